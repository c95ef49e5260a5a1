// Rectangles, ellipses and strokes on a grid of cells, and how they move. Pure, no DOM.
//
// A shape is { kind: "rectangle" | "ellipse", top, left, height, width }, in whole cells, always inside of the grid.
import { clamp } from "../kit/numbers.js";
import { VOID } from "./core.js";

// Is the cell's center in the shape? Whole numbers throughout, so no rounding decides.
export function inShape({ kind, top, left, height, width }, row, col) {
  if (row < top || col < left || row >= top + height || col >= left + width) return false;
  const [down, right] = [2 * (row - top) + 1 - height, 2 * (col - left) + 1 - width];
  return (
    kind === "rectangle" || (down * width) ** 2 + (right * height) ** 2 <= (height * width) ** 2
  );
}

// The map with the shape as its only object; void stays where it is.
export function drawShape(map, shape) {
  return map.map((line, row) =>
    line.map((label, col) => (label === VOID ? label : Number(inShape(shape, row, col)))),
  );
}

// The shape that a map shows: the remembered one if it still fits, else one read off the object's bounding box, else null.
export function shapeOf(map, remembered) {
  const fits = (shape) =>
    map.every((line, row) =>
      line.every((label, col) => label === VOID || label === Number(inShape(shape, row, col))),
    );
  if (remembered && insideGrid(remembered, map) && fits(remembered)) return remembered;
  const box = boxOf(map);
  if (!box) return null;
  return (
    [
      { kind: "rectangle", ...box },
      { kind: "ellipse", ...box },
    ].find(fits) ?? null
  );
}

function insideGrid({ top, left, height, width }, map) {
  return Math.min(top, left) >= 0 && top + height <= map.length && left + width <= map[0].length;
}

// { top, left, height, width } around the object's cells; null without one.
export function boxOf(map) {
  const rows = map.flatMap((line, row) => (line.includes(1) ? [row] : []));
  if (rows.length === 0) return null;
  const cols = map[0].flatMap((_, col) => (rows.some((row) => map[row][col] === 1) ? [col] : []));
  const [top, left] = [rows[0], cols[0]];
  return { top, left, height: rows.at(-1) - top + 1, width: cols.at(-1) - left + 1 };
}

// Moved by whole cells, as far as the grid allows.
export function moveShape(shape, down, right, map) {
  const top = clamp(shape.top + down, 0, map.length - shape.height);
  const left = clamp(shape.left + right, 0, map[0].length - shape.width);
  return { ...shape, top, left };
}

// One or two edges moved to a line between cells: `vertical` −1 moves the top, 1 the bottom, 0 neither; `horizontal` likewise.
export function resizeShape(shape, vertical, horizontal, row, col, map) {
  const [top, height] = moveEnd(shape.top, shape.height, vertical, row, map.length);
  const [left, width] = moveEnd(shape.left, shape.width, horizontal, col, map[0].length);
  return { ...shape, top, left, height, width };
}

function moveEnd(start, length, which, to, limit) {
  if (which < 0) {
    const next = clamp(to, 0, start + length - 1);
    return [next, start + length - next];
  }
  return which > 0 ? [start, clamp(to, start + 1, limit) - start] : [start, length];
}

// The shape that two cells of the grid span, both included.
export function spannedShape(kind, from, to, map) {
  const ends = (at, length) =>
    [from[at], to[at]].map((end) => clamp(end, 0, length - 1)).sort((a, b) => a - b);
  const [[top, bottom], [left, right]] = [ends(0, map.length), ends(1, map[0].length)];
  return { kind, top, left, height: bottom - top + 1, width: right - left + 1 };
}

// A painted object moved by whole cells, as far as it stays on the grid; void stays where it is.
export function movePainted(map, down, right) {
  const box = boxOf(map);
  if (!box) return map;
  const to = moveShape(box, down, right, map);
  const [dy, dx] = [to.top - box.top, to.left - box.left];
  return map.map((line, row) =>
    line.map((label, col) => (label === VOID ? label : Number(map[row - dy]?.[col - dx] === 1))),
  );
}

// A square of size × size cells around a cell, painted with a label; what sticks out of the grid is lost.
export function paintSquare(map, row, col, size, label) {
  const before = (size - 1) >> 1;
  const covered = (at, middle) => at >= middle - before && at < middle - before + size;
  return map.map((line, y) =>
    covered(y, row) ? line.map((old, x) => (covered(x, col) ? label : old)) : line,
  );
}

// The cells from one to another, both included: a fast pointer leaves no gaps.
export function lineOfCells([fromRow, fromCol], [toRow, toCol]) {
  const steps = Math.max(Math.abs(toRow - fromRow), Math.abs(toCol - fromCol), 1);
  return Array.from({ length: steps + 1 }, (_, at) => [
    Math.round(fromRow + ((toRow - fromRow) * at) / steps),
    Math.round(fromCol + ((toCol - fromCol) * at) / steps),
  ]);
}
