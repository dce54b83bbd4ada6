import type { Clout, Vertex } from "../../clout/mod.ts";
import { shortType } from "./dot.ts";
import { type LayerSizes, layOut, type Route, type Spot } from "./layers.ts";

const characterWidth = 7.9;
const labelCharacterWidth = 5.6;

const sizes: LayerSizes = {
  boxGap: 26,
  laneHeight: 8,
  margin: 20,
  widthOf: (vertex) =>
    Math.ceil(Math.max(vertex.id.length, shortType(vertex).length) * characterWidth) + 24,
  // Room for the names of what leaves it, one below the other.
  heightOf: ({ edges }) => Math.max(44, new Set(edges.map(({ target }) => target)).size * 11 + 10),
  gapAfter: (vertexes) => {
    const names = vertexes.flatMap(({ edges }) => edges.map(({ name }) => name.length));
    return Math.ceil(Math.max(8, ...names) * labelCharacterWidth) + 70;
  },
};

/**
 * Returns a picture of the graph: sources on the left, what they depend on to the right, edges with their requirement.
 *
 * Edges of one requirement that leave a node side by side have its name once.
 */
export function toSvg(clout: Clout): string {
  const { spots, routes, width, height } = layOut(clout, sizes);
  const [w, h] = [Math.max(width, 40), Math.max(height, 40)];
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${w} ${h}" width="${w}" height="${h}" font-family="sans-serif" font-size="13">`,
    '<defs><marker id="arrow" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0,0 L8,4 L0,8 z" fill="#667"/></marker></defs>',
    `<rect width="${w}" height="${h}" fill="#fff"/>`,
    ...drawRoutes(routes),
    ...spots.flatMap((spot) => spot.vertex ? [drawBox(spot, spot.vertex)] : []),
    "</svg>",
  ];
  return `${parts.join("\n")}\n`;
}

function drawBox({ x, y, width, height }: Spot, vertex: Vertex): string {
  const [middle, top] = [x + width / 2, y - height / 2];
  const first = y - 3;
  const dash = vertex.substitution ? ' stroke-dasharray="5 3"' : "";
  return `<g><rect x="${x}" y="${top}" width="${width}" height="${height}" rx="7" fill="#eef2fb" stroke="#4a63a8"${dash}/>` +
    `<text x="${middle}" y="${first}" text-anchor="middle" font-weight="bold">${
      escape(vertex.id)
    }</text>` +
    `<text x="${middle}" y="${first + 16}" text-anchor="middle" font-size="11" fill="#556">${
      escape(shortType(vertex))
    }</text></g>`;
}

function drawRoutes(routes: readonly Route[]): string[] {
  const leaving = sides(routes, (spots) => [spots[0], spots[1]]);
  const arriving = sides(routes, (spots) => [spots.at(-1)!, spots.at(-2)!]);
  const paths: string[] = [];
  const labels: string[] = [];
  const drawn = new Set<string>();
  const labelled = labeller(routes);
  for (const route of routes) {
    const { edge, spots } = route;
    const [source, next] = spots;
    const [last, target] = [spots.at(-2)!, spots.at(-1)!];
    const start = { x: source.x + source.width, y: source.y + offset(leaving, source, next) };
    const end = { x: target.x, y: target.y + offset(arriving, target, last) };
    const isBack = target.column <= source.column;
    const points = isBack ? [start, { x: target.x + target.width, y: target.y }] : [
      start,
      ...spots.slice(1, -1).flatMap(({ x, y, width }) => [{ x, y }, { x: x + width, y }]),
      end,
    ];
    const path = isBack ? backPath(points) : forwardPath(points);
    if (!drawn.has(path)) {
      paths.push(`<path d="${path}" fill="none" stroke="#667" marker-end="url(#arrow)"/>`);
    }
    drawn.add(path);
    const nth = labelled(route);
    if (nth === undefined) continue;
    const [a, b] = points;
    const x = isBack ? a.x + 30 : a.x + 8;
    const y = isBack ? (a.y + b.y) / 2 : a.y - 3 + nth * 11;
    labels.push(
      `<text x="${round(x)}" y="${
        round(y)
      }" font-size="10" fill="#445" stroke="#fff" stroke-width="3" paint-order="stroke">${
        escape(edge.name)
      }</text>`,
    );
  }
  return [...paths, ...labels];
}

/**
 * Returns a function that says how far below its line a route's label is, in lines of text; nothing where the route
 * above it, out of the same box, has the same name.
 */
function labeller(routes: readonly Route[]) {
  const bySource = new Map<Spot, Route[]>();
  for (const route of routes) {
    const known = bySource.get(route.spots[0]);
    if (known) known.push(route);
    else bySource.set(route.spots[0], [route]);
  }
  const places = new Map<Route, number>();
  for (const leaving of bySource.values()) {
    leaving.sort((a, b) => a.spots[1].y - b.spots[1].y);
    let above: Route | undefined;
    let nth = 0;
    for (const route of leaving) {
      nth = above?.spots[1] === route.spots[1] ? nth + 1 : 0;
      if (above?.edge.name !== route.edge.name) places.set(route, nth);
      above = route;
    }
  }
  return (route: Route) => places.get(route);
}

interface Point {
  readonly x: number;
  readonly y: number;
}

function forwardPath([first, ...rest]: readonly Point[]): string {
  let path = `M${round(first.x)},${round(first.y)}`;
  let at = first;
  for (const [index, next] of rest.entries()) {
    // Every second point is the end of a lane: a straight line through the column.
    const middle = (at.x + next.x) / 2;
    path += index % 2 === 1
      ? ` L${round(next.x)},${round(next.y)}`
      : ` C${round(middle)},${round(at.y)} ${round(middle)},${round(next.y)} ${round(next.x)},${
        round(next.y)
      }`;
    at = next;
  }
  return path;
}

/** An edge of a circle, or within a column, bends round on the right. */
function backPath([from, to]: readonly Point[]): string {
  const far = Math.max(from.x, to.x) + 45;
  return `M${round(from.x)},${round(from.y)} C${far},${round(from.y)} ${far},${round(to.y)} ${
    round(to.x)
  },${round(to.y)}`;
}

/** Spots on the other end of a box's edges, from top to bottom: their edges leave or arrive apart in that order. */
function sides(
  routes: readonly Route[],
  ends: (spots: readonly Spot[]) => readonly [Spot, Spot],
): ReadonlyMap<Spot, readonly Spot[]> {
  const found = new Map<Spot, Set<Spot>>();
  for (const { spots } of routes) {
    const [own, other] = ends(spots);
    const known = found.get(own) ?? new Set();
    found.set(own, known.add(other));
  }
  return new Map(
    [...found].map(([own, others]) => [own, [...others].sort((a, b) => a.y - b.y)]),
  );
}

function offset(side: ReadonlyMap<Spot, readonly Spot[]>, own: Spot, other: Spot): number {
  const all = side.get(own)!;
  const step = Math.min(13, (own.height - 8) / Math.max(1, all.length));
  return (all.indexOf(other) - (all.length - 1) / 2) * step;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
