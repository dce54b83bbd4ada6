import type { SearchProblem, SearchResult } from "./search.ts";

/** Places with more room than so many cells, over both kinds, are not filled cell by cell. */
const cellsMax = 200_000;

/** How many ways to fill a place are tried before those that were filled earlier are filled in another way. */
const waysMax = 24;

/** A place with its two resources: of the second kind there may be none. */
interface Room {
  readonly place: number;
  readonly capacity: readonly [number, number];
}

/** What a variable takes of a place. */
interface Piece {
  readonly index: number;
  readonly at: number;
  readonly size: readonly [number, number];
}

/**
 * Fills one place after the other, each as far as it has to be filled: where next to nothing may be left over, one can see
 * from the sums that the open variables can come to which of them to take. It finds solutions that deciding variable by
 * variable would reach only by luck; that there is none it cannot tell.
 *
 * It knows problems of whole amounts in which each place has resources of its own, of two kinds at most.
 */
export class PlaceFilling {
  readonly #problem: SearchProblem;
  readonly #rooms: readonly Room[] | undefined;
  readonly #needs: (readonly [number, number])[] = [];
  readonly #choice: number[];
  #work = 0;

  constructor(problem: SearchProblem, readonly workMax: number) {
    this.#problem = problem;
    this.#choice = problem.variables.map(() => -1);
    this.#rooms = this.#findRooms();
  }

  run(): SearchResult {
    const rooms = this.#rooms;
    if (!rooms) return { failed: "budget" };
    const spare: [number, number] = [0, 0];
    for (const { capacity } of rooms) {
      spare[0] += capacity[0];
      spare[1] += capacity[1];
    }
    for (const [first, second] of this.#needs) {
      spare[0] -= first;
      spare[1] -= second;
    }
    return this.#fill(rooms, 0, spare) ? { choice: this.#choice } : { failed: "budget" };
  }

  /** Returns the places, smallest first; nothing where the problem is of another form. */
  #findRooms(): Room[] | undefined {
    const { variables, capacities, kinds } = this.#problem;
    const resources = new Map<number, [number, number]>();
    const owners = new Map<number, number>();
    for (const { options } of variables) {
      let need: readonly [number, number] | undefined;
      for (const { place, takes } of options) {
        const known = resources.get(place) ?? [-1, -1];
        resources.set(place, known);
        const size: [number, number] = [0, 0];
        for (const { resource, amount } of takes) {
          const kind = kinds?.[resource] ?? 0;
          const isOwn = (owners.get(resource) ?? place) === place;
          if (kind > 1 || !isOwn || !Number.isSafeInteger(amount) || amount < 0) return undefined;
          owners.set(resource, place);
          known[kind] = resource;
          size[kind] += amount;
        }
        if (need && (need[0] !== size[0] || need[1] !== size[1])) return undefined;
        need = size;
      }
      this.#needs.push(need ?? [0, 0]);
    }
    const rooms = [...resources].map(([place, of]): Room => ({
      place,
      capacity: [of[0] < 0 ? 0 : capacities[of[0]], of[1] < 0 ? 0 : capacities[of[1]]],
    }));
    const isSmall = ({ capacity: [first, second] }: Room) =>
      Number.isSafeInteger(first) && Number.isSafeInteger(second) && first >= 0 && second >= 0 &&
      (first + 1) * (second + 1) <= cellsMax;
    if (!rooms.every(isSmall)) return undefined;
    const sizeOf = ({ capacity }: Room) => capacity[0] + capacity[1];
    return rooms.sort((a, b) => sizeOf(a) - sizeOf(b) || a.place - b.place);
  }

  #fill(rooms: readonly Room[], from: number, spare: readonly [number, number]): boolean {
    if (!this.#choice.includes(-1)) return true;
    if (from === rooms.length || this.#work > this.workMax) return false;
    const { capacity, place } = rooms[from];
    const pieces = this.#piecesFor(place);
    const sums = new Sums(pieces.map(({ size }) => size), capacity);
    this.#work += sums.work;
    let ways = 0;
    for (const goal of sums.goals(spare)) {
      const left: [number, number] = [
        spare[0] - (capacity[0] - goal[0]),
        spare[1] - (capacity[1] - goal[1]),
      ];
      const isDone = this.#take(pieces, sums, 0, goal, () => {
        ways++;
        return this.#fill(rooms, from + 1, left);
      }, () => ways >= waysMax || this.#work > this.workMax);
      if (isDone) return true;
      if (ways >= waysMax || this.#work > this.workMax) return false;
    }
    return false;
  }

  /** Returns what the open variables would take of a place, the largest first. */
  #piecesFor(place: number): Piece[] {
    const pieces: Piece[] = [];
    for (const [index, { options }] of this.#problem.variables.entries()) {
      if (this.#choice[index] >= 0) continue;
      const at = options.findIndex((each) => each.place === place);
      if (at >= 0) pieces.push({ index, at, size: this.#needs[index] });
    }
    const sizeOf = ({ size }: Piece) => size[0] + size[1];
    return pieces.sort((a, b) => sizeOf(b) - sizeOf(a) || a.index - b.index);
  }

  /** Takes pieces that come to exactly so much, in every way until one leads on. */
  #take(
    pieces: readonly Piece[],
    sums: Sums,
    from: number,
    goal: readonly [number, number],
    goOn: () => boolean,
    isSpent: () => boolean,
  ): boolean {
    this.#work++;
    if (from === pieces.length) return goOn();
    const { index, at, size } = pieces[from];
    const rest: [number, number] = [goal[0] - size[0], goal[1] - size[1]];
    if (sums.has(from + 1, rest) && !this.#isTaken(index, pieces[from])) {
      this.#choice[index] = at;
      if (this.#take(pieces, sums, from + 1, rest, goOn, isSpent)) return true;
      this.#choice[index] = -1;
      if (isSpent()) return false;
    }
    return sums.has(from + 1, goal) &&
      this.#take(pieces, sums, from + 1, goal, goOn, isSpent);
  }

  /** Whether another variable of the same group is at the place. */
  #isTaken(index: number, { at }: Piece): boolean {
    const { variables } = this.#problem;
    const { group, options } = variables[index];
    const { place } = options[at];
    for (const beside of [-1, 1]) {
      for (let other = index + beside; variables[other]?.group === group; other += beside) {
        const chosen = this.#choice[other];
        if (chosen >= 0 && variables[other].options[chosen].place === place) return true;
      }
    }
    return false;
  }
}

/** Which sums the last pieces of a list can come to, in two kinds at once, as bits. */
class Sums {
  work = 0;
  readonly #width: number;
  readonly #bits: Uint32Array[] = [];

  constructor(
    sizes: readonly (readonly [number, number])[],
    readonly capacity: readonly [number, number],
  ) {
    this.#width = (capacity[1] >> 5) + 1;
    const length = this.#width * (capacity[0] + 1);
    let bits: Uint32Array = new Uint32Array(length);
    bits[0] = 1;
    this.#bits[sizes.length] = bits;
    for (let at = sizes.length - 1; at >= 0; at--) {
      bits = this.#with(bits, sizes[at]);
      this.#bits[at] = bits;
      this.work += length / 16;
    }
  }

  /** Whether the pieces from one on can come to exactly so much. */
  has(from: number, [first, second]: readonly [number, number]): boolean {
    if (first < 0 || second < 0) return false;
    return (this.#bits[from][first * this.#width + (second >> 5)] >>> (second & 31) & 1) === 1;
  }

  /** Yields what all pieces can come to that leaves no more than may be left, the least left first. */
  *goals(spare: readonly [number, number]): Iterable<readonly [number, number]> {
    const [first, second] = this.capacity;
    const most = Math.min(spare[0], first) + Math.min(spare[1], second);
    for (let over = 0; over <= most; over++) {
      for (
        let a = Math.max(0, over - Math.min(spare[1], second));
        a <= Math.min(over, spare[0], first);
        a++
      ) {
        const goal: readonly [number, number] = [first - a, second - (over - a)];
        if (this.has(0, goal)) yield goal;
      }
    }
  }

  /** Returns the sums with one more piece: those without it, and those moved by it. */
  #with(bits: Uint32Array, [first, second]: readonly [number, number]): Uint32Array {
    const made = bits.slice();
    const width = this.#width;
    const [whole, part] = [second >> 5, second & 31];
    for (let row = first; row <= this.capacity[0]; row++) {
      const [to, from] = [row * width, (row - first) * width];
      for (let word = width - 1; word >= whole; word--) {
        let moved = bits[from + word - whole] << part;
        if (part > 0 && word > whole) moved |= bits[from + word - whole - 1] >>> (32 - part);
        made[to + word] |= moved;
      }
    }
    return made;
  }
}
