#!/bin/sh
# Khutulun @VERSION@ for Linux on @MACHINE@. One file: this script, then the program and a runtime (tar, gzip).
# The first start unpacks them into a private folder named by their digest; later starts only look for it there.
# To look inside:  tail -c +@OFFSET@ FILE | tar -tzv
digest=@DIGEST@

case $0 in /*) self=$0 ;; *) self=$PWD/$0 ;; esac

# Calls $1 with each folder that may hold what is unpacked, until one will do. Only root owns /var/cache: a system unit
# has no HOME, and a root shell shall use the same folder.
each_base() {
  if [ -n "${KHUTULUN_CACHE-}" ]; then "$1" "$KHUTULUN_CACHE"; return; fi
  if [ -O /var/cache ]; then "$1" /var/cache/khutulun && return; fi
  if [ -n "${XDG_CACHE_HOME-}" ]; then "$1" "$XDG_CACHE_HOME/khutulun" && return; fi
  if [ -n "${HOME-}" ]; then "$1" "$HOME/.cache/khutulun" && return; fi
  return 1
}

# Only what is our own is run: a folder that somebody else prepared is not.
is_unpacked() {
  [ -O "$1/$digest" ] && [ -x "$1/$digest/deno" ] && home=$1/$digest
}

problem() {
  printf 'khutulun: %s\n  what: %s\n  why:  %s\n  fix:  %s\n' "$1" "$2" "$3" "$4" >&2
  exit 1
}

# Prints $2 bytes of this file from $1 on, decompressed.
part() {
  tail -c "+$1" "$self" 2>/dev/null | head -c "$2" 2>/dev/null | gzip -dc 2>/dev/null
}

# Writes a part of the runtime to its place, $3 MiB from the beginning.
runtime_part() {
  part "$1" "$2" | dd of="$temporary/deno" bs=1048576 seek="$3" conv=notrunc 2>/dev/null
}

# Brings the runtime: that of another version, where it is the same; else by processes that run on, listed in $pids.
begin_runtime() {
  for mark in "$1"/*/runtime-@RUNTIME@; do
    if [ -O "${mark%/*}" ] && [ -O "$mark" ] && ln "${mark%/*}/deno" "$temporary/deno" 2>/dev/null; then return; fi
  done
  : >"$temporary/deno" && chmod 0700 "$temporary/deno" || return
@PARTS@
}

# While parts are unpacked, the whole is held against its digest; nothing of it runs before.
check_digest() {
  [ -n "$actual" ] || actual=$(tail -c +@OFFSET@ "$self" | sha256sum)
  [ "${actual%% *}" = "$digest" ] || problem PLATFORM_EXECUTABLE_DAMAGED "Cannot start: \"$self\" is damaged" \
    "Its content has another digest than it says of itself" "Copy the file again"
}

unpack() {
  mkdir -p "$1" 2>/dev/null && [ -O "$1" ] && temporary=$(mktemp -d "$1/.unpack.XXXXXX" 2>/dev/null) || {
    reasons="${reasons:+$reasons; }\"$1\" is not a folder of ours that can be written"
    return 1
  }
  pids=
  complete=1
  begin_runtime "$1" || complete=
  part @BUNDLE@ | tar -xf - -C "$temporary" 2>/dev/null || complete=
  check_digest
  for pid in $pids; do wait "$pid" || complete=; done
  if [ -z "$complete" ]; then
    reasons="${reasons:+$reasons; }\"$1\" has no room for 100 MB"
  elif ! "$temporary/deno" --version >/dev/null 2>&1; then
    reasons="${reasons:+$reasons; }programs in \"$1\" cannot be run (mounted \"noexec\", or not a @MACHINE@ machine with glibc)"
  else
    # After a power loss a folder with the right name must not have empty files.
    : >"$temporary/used"
    : >"$temporary/runtime-@RUNTIME@"
    sync -f "$temporary" 2>/dev/null || sync
    # Of several first starts at once, one wins here; the others find its folder.
    mv -T "$temporary" "$1/$digest" 2>/dev/null || rm -rf "$temporary"
    is_unpacked "$1" && prune "$1" && return
    reasons="${reasons:+$reasons; }\"$1/$digest\" is there, and not ours"
  fi
  rm -rf "$temporary"
  return 1
}

# Takes away versions that nothing runs and nobody started for a day, and what killed first starts left.
prune() {
  running=$(ls -l /proc/[0-9]*/exe 2>/dev/null)
  for other in "$1"/*; do
    case $running in *" $other/deno"*) continue ;; esac
    if [ "$other" != "$home" ] && [ -n "$(find "$other/used" -mmin +1440 2>/dev/null)" ]; then rm -rf "$other"; fi
  done
  find "$1" -maxdepth 1 -name '.unpack.*' -mmin +60 -exec rm -rf {} + 2>/dev/null
  return 0
}

if ! each_base is_unpacked; then
  umask 077
  actual=
  reasons=
  temporary=
  pids=
  trap '[ -z "$pids" ] || kill $pids 2>/dev/null; [ -z "$temporary" ] || rm -rf "$temporary"' EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM HUP
  each_base unpack || problem PLATFORM_NO_CACHE "Cannot unpack the program for its first start" \
    "${reasons:-"There is neither KHUTULUN_CACHE nor XDG_CACHE_HOME nor HOME"}" \
    "Set KHUTULUN_CACHE to a folder of yours that is writable and not mounted \"noexec\""
  trap - EXIT INT TERM HUP
fi

: >"$home/used"
export KHUTULUN_EXECUTABLE="$self" DENO_DIR="$home/cache" DENO_NO_UPDATE_CHECK=1
# Without --quiet the runtime clears lines of a terminal as it starts, as if it had drawn on them.
exec "$home/deno" run --quiet -A --unstable-net --no-config --no-lock --cached-only --no-remote --no-npm --no-prompt "$home/main.js" "$@"
