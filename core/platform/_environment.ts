/** Where commands are looked for when our own environment does not say. */
const pathDefault = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** Returns the whole environment of a command: what it was given over what every command gets (`PATH`, `LANG`). */
export function wholeEnvironment(
  given: Readonly<Record<string, string>> | undefined,
): Record<string, string> {
  return { PATH: Deno.env.get("PATH") || pathDefault, LANG: "C.UTF-8", ...given };
}

/** Variables that a POSIX shell sets, changes or refuses by itself, whatever it was given. */
const shellVariables = new Set([
  ...["PWD", "OLDPWD", "SHLVL", "_", "IFS", "PS1", "PS2", "PS4", "OPTIND", "OPTARG", "PPID"],
  ...[
    "LINENO",
    "RANDOM",
    "SECONDS",
    "UID",
    "EUID",
    "ENV",
    "BASHOPTS",
    "SHELLOPTS",
    "POSIXLY_CORRECT",
  ],
]);

/** Variables that a shell adds to what it runs. */
const shellAdditions = ["PWD", "OLDPWD", "SHLVL", "_"];

/**
 * Splits an environment so that it passes through a shell unharmed: `outer` is what the shell is started with, `argv` is
 * the `env` command that mends what the shell did.
 *
 * Only variables that a shell would spoil are put in the arguments: those can be read by other users for a moment.
 */
export function environmentThroughShell(
  environment: Readonly<Record<string, string>>,
): { outer: Record<string, string>; argv: string[] } {
  const outer: Record<string, string> = {};
  const argv = ["env", ...shellAdditions.flatMap((name) => ["-u", name])];
  for (const [name, value] of Object.entries(environment)) {
    if (passesThroughShell(name)) outer[name] = value;
    else argv.push(`${name}=${value}`);
  }
  return { outer, argv };
}

/** Variables of our own script start with `khutulun_`: a shell exports what it sets where it was given it. */
function passesThroughShell(name: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) && !shellVariables.has(name) &&
    !name.startsWith("khutulun_");
}
