// The overlay of target and prediction on a canvas: a color per kind of cell, void hatched, the edited shape with its handles.
import { KINDS } from "./core.js";
import { hatch, outline } from "../kit/surface.js";

// Both, target only, prediction only: the colors of lecture 09's figures.
export const KIND_COLORS = { tp: "#009E73", fn: "#0072B2", fp: "#E69F00" };
export const PAD = 10; // px around the cells: room for handles on the border
const GRID_CELL = 5; // px; smaller cells get no lines between them
const EDGE_ROOM = 30; // px; shorter sides have handles at their corners only
const HANDLE_GAP = 5; // px from the shape's box to its handles: the inside stays free for dragging
const HANDLE_SIZE = 8;

export function paintMap(context, colors, scene, cell) {
  const { rows, cols } = scene.compared;
  const [width, height] = [cols * cell, rows * cell];
  context.clearRect(0, 0, width + 2 * PAD, height + 2 * PAD);
  context.save();
  context.translate(PAD, PAD);
  paintGround(context, colors, scene, width, height);
  for (const kind of ["tp", "fn", "fp"])
    fillCells(
      context,
      scene,
      cell,
      KIND_COLORS[kind],
      scene.photo ? scene.opacity : 1,
      isKind(scene, kind),
    );
  paintVoid(context, colors, scene, cell);
  paintLines(context, colors, scene, cell);
  if (scene.lit) paintLit(context, colors, scene, cell);
  if (scene.tool === "shape" && scene.shape) paintShape(context, colors, scene.shape, cell);
  if (scene.tool !== "shape" && scene.cursor) paintCursor(context, scene, cell);
  context.restore();
}

const isKind =
  ({ compared }, kind) =>
  (at) =>
    KINDS[compared.kinds[at]] === kind;

function paintGround(context, colors, { photo }, width, height) {
  context.fillStyle = colors.page;
  context.fillRect(0, 0, width, height);
  if (photo) context.drawImage(photo, 0, 0, width, height);
}

// One fill for all cells of which `where` is true.
function fillCells(context, { compared: { rows, cols } }, cell, color, alpha, where) {
  context.globalAlpha = alpha;
  context.fillStyle = color;
  context.beginPath();
  for (let at = 0; at < rows * cols; at++)
    if (where(at)) context.rect((at % cols) * cell, Math.floor(at / cols) * cell, cell, cell);
  context.fill();
  context.globalAlpha = 1;
}

// Hatched; where the prediction says object under it, a tint of its color.
function paintVoid(context, colors, scene, cell) {
  const { compared, prediction } = scene;
  if (compared.counts.void === 0) return;
  const { rows, cols } = compared;
  const isVoid = isKind(scene, "void");
  context.save();
  context.beginPath();
  for (let at = 0; at < rows * cols; at++)
    if (isVoid(at)) context.rect((at % cols) * cell, Math.floor(at / cols) * cell, cell, cell);
  context.clip();
  hatch(context, { page: colors.panel, line: colors.strongLine }, 0, 0, cols * cell, rows * cell);
  context.restore();
  fillCells(
    context,
    scene,
    cell,
    KIND_COLORS.fp,
    0.4,
    (at) => isVoid(at) && prediction[Math.floor(at / cols)][at % cols] === 1,
  );
}

function paintLines(context, colors, { compared: { rows, cols } }, cell) {
  context.strokeStyle = colors.line;
  context.lineWidth = 1;
  context.strokeRect(-0.5, -0.5, cols * cell + 1, rows * cell + 1);
  if (cell < GRID_CELL) return;
  context.globalAlpha = 0.55;
  context.beginPath();
  for (let row = 1; row < rows; row++) {
    context.moveTo(0, row * cell);
    context.lineTo(cols * cell, row * cell);
  }
  for (let col = 1; col < cols; col++) {
    context.moveTo(col * cell, 0);
    context.lineTo(col * cell, rows * cell);
  }
  context.stroke();
  context.globalAlpha = 1;
}

// What a metric doesn't look at fades; a dot marks what it takes for right.
function paintLit(context, colors, scene, cell) {
  const { lit, compared } = scene;
  const { rows, cols } = compared;
  fillCells(context, scene, cell, colors.page, 0.8, (at) => !lit.all(at));
  const radius = Math.max(cell * 0.17, 1.5);
  context.fillStyle = "#ffffff";
  context.strokeStyle = "#000000";
  context.lineWidth = 1;
  context.beginPath();
  for (let at = 0; at < rows * cols; at++) {
    if (!lit.all(at) || !lit.right(at)) continue;
    const [x, y] = [((at % cols) + 0.5) * cell, (Math.floor(at / cols) + 0.5) * cell];
    context.moveTo(x + radius, y);
    context.arc(x, y, radius, 0, 2 * Math.PI);
  }
  context.fill();
  context.stroke();
}

function paintShape(context, _colors, shape, cell) {
  const { top, left, height, width } = shape;
  outline(context, left * cell, top * cell, width * cell, height * cell, "#000000", true);
  context.lineWidth = 2;
  for (const { x, y } of handlesOf(shape, cell)) {
    context.fillStyle = "#ffffff";
    context.strokeStyle = "#000000";
    context.fillRect(x - HANDLE_SIZE / 2, y - HANDLE_SIZE / 2, HANDLE_SIZE, HANDLE_SIZE);
    context.strokeRect(x - HANDLE_SIZE / 2, y - HANDLE_SIZE / 2, HANDLE_SIZE, HANDLE_SIZE);
  }
}

// Where a shape is taken to be resized: { vertical, horizontal, x, y }, in px from the first cell's corner.
export function handlesOf({ top, left, height, width }, cell) {
  const found = [];
  const along = (side) => (side * cell >= EDGE_ROOM ? [-1, 0, 1] : [-1, 1]);
  const place = (start, length, which) =>
    (start + (length * (which + 1)) / 2) * cell + which * HANDLE_GAP;
  for (const vertical of along(height))
    for (const horizontal of along(width))
      if (vertical || horizontal)
        found.push({
          vertical,
          horizontal,
          x: place(left, width, horizontal),
          y: place(top, height, vertical),
        });
  return found;
}

function paintCursor(context, { cursor: [row, col], brush }, cell) {
  const before = (brush - 1) >> 1;
  outline(
    context,
    (col - before) * cell,
    (row - before) * cell,
    brush * cell,
    brush * cell,
    "#000000",
  );
}
