import type { SearchOption, SearchProblem } from "./search.ts";

/**
 * Returns for each variable the number of its class. Variables of one class may change their options with each other: they
 * have the same, and are of one group, or each alone in its group.
 */
export function alikeVariables({ variables }: SearchProblem): readonly number[] {
  const sizes = groupSizes(variables);
  const texts = new Map<readonly SearchOption[], string>();
  const classes = new Map<string, number>();
  return variables.map(({ options, group }) => {
    let text = texts.get(options);
    if (text === undefined) texts.set(options, text = options.map(textOf).join(" "));
    const key = `${sizes.get(group) === 1 ? "alone" : group}|${text}`;
    const known = classes.get(key);
    if (known !== undefined) return known;
    classes.set(key, classes.size);
    return classes.size - 1;
  });
}

function textOf({ place, takes }: SearchOption): string {
  return `${place}:${takes.map(({ resource, amount }) => `${resource}-${amount}`).join()}`;
}

function groupSizes(variables: SearchProblem["variables"]): ReadonlyMap<number, number> {
  const sizes = new Map<number, number>();
  for (const { group } of variables) sizes.set(group, (sizes.get(group) ?? 0) + 1);
  return sizes;
}

/**
 * Tells places that are mirror images of each other: every variable may go to both and takes the same there, nothing of them
 * belongs to another place, and as much is left of each. What leads nowhere in one leads nowhere in the other.
 */
export class PlaceLikeness {
  readonly #classes = new Map<number, number>();
  readonly #resources = new Map<number, readonly number[]>();

  constructor({ variables, kinds }: SearchProblem) {
    if (variables.some((each, index) => index > 0 && each.group === variables[index - 1].group)) {
      return; // Of a group one place may be taken and the other not.
    }
    const kindOf = (resource: number) => kinds?.[resource] ?? 0;
    const owners = new Map<number, number>();
    const texts = new Map<number, string[]>();
    const listed = new Map<readonly SearchOption[], number>();
    for (const { options } of variables) {
      if (listed.has(options)) continue;
      listed.set(options, listed.size);
      for (const { place, takes } of options) {
        const sorted = takes.toSorted((a, b) => kindOf(a.resource) - kindOf(b.resource));
        const text = sorted.map(({ resource, amount }) => `${kindOf(resource)}-${amount}`).join();
        texts.set(place, [...texts.get(place) ?? [], `${listed.get(options)}:${text}`]);
        for (const { resource } of sorted) {
          if ((owners.get(resource) ?? place) !== place) return; // Shared: no place stands for itself.
          owners.set(resource, place);
        }
      }
    }
    this.#classify(owners, texts, kindOf);
  }

  #classify(
    owners: ReadonlyMap<number, number>,
    texts: ReadonlyMap<number, readonly string[]>,
    kindOf: (resource: number) => number,
  ): void {
    const classes = new Map<string, number>();
    for (const [place, parts] of texts) {
      const own = [...owners].filter(([, owner]) => owner === place).map(([resource]) => resource);
      own.sort((a, b) => kindOf(a) - kindOf(b));
      const key = `${own.map(kindOf).join()}|${parts.join(" ")}`;
      const known = classes.get(key) ?? classes.size;
      classes.set(key, known);
      this.#classes.set(place, known);
      this.#resources.set(place, own);
    }
  }

  /** Returns a mark that is equal for places that are alike; nothing where none can be. */
  markOf(place: number, left: readonly number[]): string | undefined {
    const known = this.#classes.get(place);
    if (known === undefined) return undefined;
    return `${known}|${this.#resources.get(place)!.map((each) => left[each]).join()}`;
  }
}
