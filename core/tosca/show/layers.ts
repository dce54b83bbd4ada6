import type { Clout, Edge, Vertex } from "../../clout/mod.ts";

/** How much room things take in the picture. */
export interface LayerSizes {
  readonly boxGap: number;
  readonly laneHeight: number;
  readonly margin: number;
  widthOf(vertex: Vertex): number;
  heightOf(vertex: Vertex): number;
  /** Between columns; wider where edges with long names leave. */
  gapAfter(vertexes: readonly Vertex[]): number;
}

/** Where a vertex is, or where edges to a vertex pass a column between others. */
export interface Spot {
  readonly key: string;
  readonly column: number;
  /** Nothing for a lane. */
  readonly vertex?: Vertex;
  readonly height: number;
  x: number;
  /** The middle. */
  y: number;
  width: number;
}

/** An edge with the spots that it passes, from its source to its target. */
export interface Route {
  readonly edge: Edge;
  readonly spots: readonly Spot[];
}

export interface Layers {
  readonly spots: readonly Spot[];
  readonly routes: readonly Route[];
  readonly width: number;
  readonly height: number;
}

/**
 * Lays a graph out in columns: what depends on others stands left of them. Edges over several columns get lanes between
 * the boxes, one for each target, so that no edge runs behind a box.
 */
export function layOut(clout: Clout, sizes: LayerSizes): Layers {
  const columns = assignColumns(clout);
  const { spots, routes } = makeSpots(clout, columns, sizes);
  const byColumn: Spot[][] = [];
  for (const spot of spots) (byColumn[spot.column] ??= []).push(spot);
  const neighbours = neighboursOf(routes);
  stack(byColumn, sizes);
  for (let sweep = 0; sweep < 12; sweep++) {
    const order = sweep % 2 === 0 ? byColumn : [...byColumn].reverse();
    for (const column of order) sortByMiddle(column, neighbours, sizes);
  }
  for (let sweep = 0; sweep < 8; sweep++) {
    for (const column of byColumn) straighten(column, neighbours, sizes);
  }
  let x = sizes.margin;
  for (const column of byColumn) {
    const vertexes = column.flatMap(({ vertex }) => vertex ?? []);
    const width = Math.max(0, ...vertexes.map((each) => sizes.widthOf(each)));
    for (const spot of column) Object.assign(spot, { x, width });
    x += width + sizes.gapAfter(vertexes);
  }
  const top = Math.min(...spots.map(({ y, height }) => y - height / 2));
  for (const spot of spots) spot.y = Math.round(spot.y - top + sizes.margin);
  return {
    spots,
    routes,
    width: Math.max(0, ...spots.map((each) => each.x + each.width)) + sizes.margin,
    height: Math.max(0, ...spots.map((each) => each.y + each.height / 2)) + sizes.margin,
  };
}

/** Puts each vertex right of all that depend on it, and what nothing depends on close to what it needs. */
function assignColumns(clout: Clout): ReadonlyMap<string, number> {
  const columns = new Map<string, number>([...clout.vertexes.keys()].map((id) => [id, 0]));
  const hasSources = new Set<string>();
  // As many rounds as vertexes suffice where there is no circle; a circle stops at the last round.
  const rounds = Math.min(clout.vertexes.size, 40);
  for (let round = 0; round < rounds; round++) {
    let isChanged = false;
    for (const vertex of clout.vertexes.values()) {
      const next = columns.get(vertex.id)! + 1;
      for (const { target } of vertex.edges) {
        if (!columns.has(target)) continue;
        hasSources.add(target);
        if (target === vertex.id || columns.get(target)! >= next || next > 12) continue;
        columns.set(target, next);
        isChanged = true;
      }
    }
    if (!isChanged) break;
  }
  for (const { id, edges } of clout.vertexes.values()) {
    const targets = edges.flatMap(({ target }) => columns.get(target) ?? []);
    if (hasSources.has(id) || targets.length === 0) continue;
    columns.set(id, Math.max(0, Math.min(...targets) - 1));
  }
  const used = [...new Set(columns.values())].sort((a, b) => a - b);
  return new Map([...columns].map(([id, column]) => [id, used.indexOf(column)]));
}

function makeSpots(clout: Clout, columns: ReadonlyMap<string, number>, sizes: LayerSizes) {
  const spots = new Map<string, Spot>();
  const add = (key: string, column: number, height: number, vertex?: Vertex): Spot => {
    const known = spots.get(key);
    if (known) return known;
    const spot = { key, column, height, x: 0, y: 0, width: 0, ...(vertex ? { vertex } : {}) };
    spots.set(key, spot);
    return spot;
  };
  for (const vertex of clout.vertexes.values()) {
    add(vertex.id, columns.get(vertex.id)!, sizes.heightOf(vertex), vertex);
  }
  const routes: Route[] = [];
  for (const vertex of clout.vertexes.values()) {
    for (const edge of vertex.edges) {
      const target = spots.get(edge.target);
      if (!target) continue;
      const passed: Spot[] = [spots.get(vertex.id)!];
      for (let column = passed[0].column + 1; column < target.column; column++) {
        passed.push(add(`${edge.target}\n${column}`, column, sizes.laneHeight));
      }
      routes.push({ edge, spots: [...passed, target] });
    }
  }
  return { spots: [...spots.values()], routes };
}

function neighboursOf(routes: readonly Route[]): ReadonlyMap<Spot, readonly Spot[]> {
  const found = new Map<Spot, Spot[]>();
  const add = (one: Spot, other: Spot) => {
    const known = found.get(one);
    if (known) known.push(other);
    else found.set(one, [other]);
  };
  for (const { spots } of routes) {
    for (let at = 1; at < spots.length; at++) {
      add(spots[at - 1], spots[at]);
      add(spots[at], spots[at - 1]);
    }
  }
  return found;
}

function distance(above: Spot, below: Spot, { boxGap }: LayerSizes): number {
  const gap = above.vertex && below.vertex ? boxGap : boxGap / 2;
  return (above.height + below.height) / 2 + gap;
}

function stack(byColumn: readonly (readonly Spot[])[], sizes: LayerSizes): void {
  for (const column of byColumn) {
    column.forEach((spot, index) => {
      spot.y = index === 0 ? 0 : column[index - 1].y + distance(column[index - 1], spot, sizes);
    });
    const middle = (column[0].y + column.at(-1)!.y) / 2;
    for (const spot of column) spot.y -= middle;
  }
}

function wanted(spot: Spot, neighbours: ReadonlyMap<Spot, readonly Spot[]>): number {
  const known = neighbours.get(spot);
  if (!known) return spot.y;
  return known.reduce((sum, { y }) => sum + y, 0) / known.length;
}

function sortByMiddle(
  column: Spot[],
  neighbours: ReadonlyMap<Spot, readonly Spot[]>,
  sizes: LayerSizes,
): void {
  const sorted = column.map((spot, index) => ({ spot, index, at: wanted(spot, neighbours) }));
  sorted.sort((a, b) => a.at - b.at || a.index - b.index);
  column.splice(0, column.length, ...sorted.map(({ spot }) => spot));
  stack([column], sizes);
}

/** Moves the spots of a column towards the middle of their neighbours, as far as their order lets them. */
function straighten(
  column: readonly Spot[],
  neighbours: ReadonlyMap<Spot, readonly Spot[]>,
  sizes: LayerSizes,
): void {
  const ends = column.map((spot) => wanted(spot, neighbours));
  const places: number[] = [];
  column.forEach((spot, index) => {
    const least = index === 0
      ? -Infinity
      : places[index - 1] + distance(column[index - 1], spot, sizes);
    places.push(Math.max(ends[index], least));
  });
  const shift = places.reduce((sum, each, index) => sum + ends[index] - each, 0) / column.length;
  column.forEach((spot, index) => spot.y = places[index] + shift);
}
