import type { CommandKind, CommandRule } from "./manifest.ts";

/** The longest argument that is given to a regular expression. */
const wordLengthMax = 4096;

/** Returns what the first rule that matches the argument vector says it is; nothing where none does. */
export function classifyCommand(
  argv: readonly string[],
  rules: readonly CommandRule[],
): CommandKind | undefined {
  return rules.find((rule) => matches(argv, rule.words))?.kind;
}

/** Whether a rule of this kind matches the argument vector. */
export function isCommandAllowed(
  argv: readonly string[],
  rules: readonly CommandRule[],
  kind: CommandKind,
): boolean {
  return rules.some((rule) => rule.kind === kind && matches(argv, rule.words));
}

function matches(argv: readonly string[], words: readonly string[]): boolean {
  const takesRest = words.at(-1) === "**";
  const fixed = takesRest ? words.slice(0, -1) : words;
  if (takesRest ? argv.length < Math.max(fixed.length, 1) : argv.length !== fixed.length) {
    return false;
  }
  return fixed.every((word, index) => matchesWord(argv[index], word));
}

function matchesWord(argument: string, word: string): boolean {
  if (word === "*") return true;
  const source = expressionOf(word);
  if (source === undefined) return argument === word;
  return argument.length <= wordLengthMax && new RegExp(`^(?:${source})$`, "u").test(argument);
}

/** Returns the regular expression of a word written `/…/`; an absolute path such as `/bin/sh` is none. */
function expressionOf(word: string): string | undefined {
  return word.length > 2 && word.startsWith("/") && word.endsWith("/")
    ? word.slice(1, -1)
    : undefined;
}

/**
 * Returns why a word is no word of a rule, or nothing.
 *
 * Expressions are kept such that no argument can make them slow: no repeated groups, no references back, few
 * repetitions. So they cost at most about the square of an argument's length.
 */
export function wordProblem(word: string, isLast: boolean): string | undefined {
  if (word === "**") return isLast ? undefined : 'has "**" before the last word';
  const source = expressionOf(word);
  if (source === undefined) return undefined;
  try {
    new RegExp(source, "u");
  } catch {
    return `is not a regular expression: ${word}`;
  }
  const plain = source.replaceAll(/\\[^\d]/g, "x").replaceAll(/\[[^\]]*\]/g, "x");
  if (/\\\d|\\k/.test(source)) return "refers back to a group, which can be slow";
  if (/\)[*+?{]/.test(plain)) return "repeats a group, which can be slow";
  if ((plain.match(/[*+]|\{\d+,\}/g) ?? []).length > 2) {
    return "has more than two open-ended repetitions, which can be slow";
  }
  if ((plain.match(/(?<!\()\?|\{\d+(,\d+)?\}/g) ?? []).length > 4) {
    return "has more than four optional or counted parts, which can be slow";
  }
  return undefined;
}
