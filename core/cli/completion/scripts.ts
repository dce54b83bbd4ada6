/** The shells whose completion is written. */
export const shells = ["bash", "zsh", "fish"] as const;

export type Shell = typeof shells[number];

/**
 * bash splits words at ":" and "=" too, and replaces only what it takes for the last word: so the line is split anew, and
 * what bash keeps is cut from the front of each proposal.
 */
const bash = String
  .raw`# Completion of khutulun for bash. Once for all shells: khutulun completion bash >/etc/bash_completion.d/khutulun
_khutulun() {
  local typed="\${COMP_LINE:0:COMP_POINT}" line partial kept
  local -a words
  read -ra words <<<"$typed"
  [[ $typed == *[[:space:]] ]] && words+=("")
  partial="\${words[-1]}"
  kept="\${partial%"\${partial##*[:=]}"}"
  [[ $COMP_WORDBREAKS == *:* ]] || kept=
  COMPREPLY=()
  while IFS= read -r line; do
    [[ -n $line ]] && COMPREPLY+=("\${line#"$kept"}")
  done < <("\${words[0]}" completion words -- "\${words[@]:1}" 2>/dev/null | cut -f1)
}
complete -o bashdefault -o default -F _khutulun khutulun
`;

const zsh = String.raw`#compdef khutulun
# Completion of khutulun for zsh. Once for all shells: khutulun completion zsh >/usr/local/share/zsh/site-functions/_khutulun
_khutulun() {
  local line
  local -a proposals
  for line in "\${(@f)$("\${words[1]}" completion words -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
    [[ -n $line ]] && proposals+=("\${\${line%%$'\t'*}//:/\\:}:\${line#*$'\t'}")
  done
  if (( $#proposals )); then
    _describe khutulun proposals
  else
    _files
  fi
}
if [[ $funcstack[1] == _khutulun ]]; then
  _khutulun "$@"
else
  compdef _khutulun khutulun
fi
`;

const fish = String
  .raw`# Completion of khutulun for fish. Once for all shells: khutulun completion fish >/etc/fish/completions/khutulun.fish
function __khutulun_proposals
  set -l words (commandline -opc)
  set -l partial (commandline -ct)
  set -l proposals ($words[1] completion words -- $words[2..-1] "$partial" 2>/dev/null)
  if set -q proposals[1]
    printf '%s\n' $proposals
  else
    __fish_complete_path "$partial"
  end
end
complete -c khutulun -f -a '(__khutulun_proposals)'
`;

/** Returns what a shell reads to complete our commands. Each asks `khutulun completion words` as one types. */
export function completionScript(shell: Shell): string {
  return { bash, zsh, fish }[shell].replaceAll("\\${", "${");
}
