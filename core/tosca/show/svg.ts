import type { Clout, Vertex } from "../../clout/mod.ts";
import { shortType } from "./dot.ts";

const boxHeight = 44;
const rowGap = 28;
const columnGap = 110;
const margin = 20;
const characterWidth = 7.6;

interface Box {
  readonly vertex: Vertex;
  readonly column: number;
  readonly x: number;
  readonly y: number;
  readonly width: number;
}

/** Returns a picture of the graph: sources on the left, what they depend on to the right, edges with their requirement. */
export function toSvg(clout: Clout): string {
  const boxes = layOut(clout);
  const all = [...boxes.values()];
  const width = Math.max(0, ...all.map((each) => each.x + each.width)) + margin;
  const height = Math.max(0, ...all.map((each) => each.y + boxHeight)) + margin;
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="sans-serif" font-size="13">`,
    '<defs><marker id="arrow" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0,0 L8,4 L0,8 z" fill="#667"/></marker></defs>',
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    ...drawEdges(boxes),
    ...all.map(drawBox),
    "</svg>",
  ];
  return `${parts.join("\n")}\n`;
}

/** Puts each vertex into a column right of all that depend on it, and columns in an order with short edges. */
function layOut(clout: Clout): Map<string, Box> {
  const columns = assignColumns(clout);
  const byColumn: Vertex[][] = [];
  for (const vertex of clout.vertexes.values()) {
    (byColumn[columns.get(vertex.id)!] ??= []).push(vertex);
  }
  const rows = orderRows(clout, byColumn);
  const boxes = new Map<string, Box>();
  let x = margin;
  for (const [column, vertexes] of byColumn.entries()) {
    const width = Math.max(...vertexes.map(widthOf));
    for (const vertex of vertexes) {
      const y = margin + rows.get(vertex.id)! * (boxHeight + rowGap);
      boxes.set(vertex.id, { vertex, column, x, y, width });
    }
    x += width + columnGap;
  }
  return boxes;
}

function assignColumns(clout: Clout): Map<string, number> {
  const columns = new Map<string, number>([...clout.vertexes.keys()].map((id) => [id, 0]));
  // As many rounds as vertexes suffice where there is no circle; a circle stops at the last round.
  const rounds = Math.min(clout.vertexes.size, 40);
  for (let round = 0; round < rounds; round++) {
    let isChanged = false;
    for (const vertex of clout.vertexes.values()) {
      const next = columns.get(vertex.id)! + 1;
      for (const { target } of vertex.edges) {
        if (target === vertex.id || columns.get(target)! >= next || next > 12) continue;
        columns.set(target, next);
        isChanged = true;
      }
    }
    if (!isChanged) break;
  }
  const used = [...new Set(columns.values())].sort((a, b) => a - b);
  return new Map([...columns].map(([id, column]) => [id, used.indexOf(column)]));
}

/** Sorts each column by the middle of what points to it. */
function orderRows(clout: Clout, byColumn: readonly (readonly Vertex[])[]): Map<string, number> {
  const rows = new Map<string, number>();
  const sources = new Map<string, string[]>();
  for (const vertex of clout.vertexes.values()) {
    for (const { target } of vertex.edges) {
      sources.set(target, [...sources.get(target) ?? [], vertex.id]);
    }
  }
  const middle = (id: string) => {
    const known = (sources.get(id) ?? []).flatMap((each) => rows.get(each) ?? []);
    return known.length === 0
      ? Infinity
      : known.reduce((sum, each) => sum + each, 0) / known.length;
  };
  for (const vertexes of byColumn) {
    const sorted = vertexes.map((vertex, index) => ({ vertex, index, at: middle(vertex.id) }));
    sorted.sort((a, b) => (a.at === b.at ? 0 : a.at - b.at) || a.index - b.index);
    sorted.forEach(({ vertex }, row) => rows.set(vertex.id, row));
  }
  return rows;
}

function widthOf(vertex: Vertex): number {
  return Math.ceil(Math.max(vertex.id.length, shortType(vertex).length) * characterWidth) + 24;
}

function drawBox({ vertex, x, y, width }: Box): string {
  const middle = x + width / 2;
  return `<g><rect x="${x}" y="${y}" width="${width}" height="${boxHeight}" rx="7" fill="#eef2fb" stroke="#4a63a8"/>` +
    `<text x="${middle}" y="${y + 19}" text-anchor="middle" font-weight="bold">${
      escape(vertex.id)
    }</text>` +
    `<text x="${middle}" y="${y + 35}" text-anchor="middle" font-size="11" fill="#556">${
      escape(shortType(vertex))
    }</text></g>`;
}

function drawEdges(boxes: ReadonlyMap<string, Box>): string[] {
  const drawn: string[] = [];
  const labels = new Map<string, number>();
  for (const box of boxes.values()) {
    for (const edge of box.vertex.edges) {
      const target = boxes.get(edge.target);
      if (!target) continue;
      const [x1, y1] = [box.x + box.width, box.y + boxHeight / 2];
      const isBack = target.column <= box.column;
      const [x2, y2] = [isBack ? target.x + target.width : target.x, target.y + boxHeight / 2];
      const bend = isBack ? columnGap / 2 : Math.min(60, (x2 - x1) / 2);
      const path = `M${x1},${y1} C${x1 + bend},${y1} ${
        isBack ? x2 + bend : x2 - bend
      },${y2} ${x2},${y2}`;
      drawn.push(`<path d="${path}" fill="none" stroke="#667" marker-end="url(#arrow)"/>`);
      const key = `${box.vertex.id}\n${edge.target}`;
      const nth = labels.get(key) ?? 0;
      labels.set(key, nth + 1);
      const [labelX, labelY] = [isBack ? x1 + bend : (x1 + x2) / 2, (y1 + y2) / 2 - 4 - nth * 12];
      drawn.push(
        `<text x="${labelX}" y="${labelY}" text-anchor="middle" font-size="10" fill="#445" stroke="#fff" stroke-width="3" paint-order="stroke">${
          escape(edge.name)
        }</text>`,
      );
    }
  }
  return drawn;
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
