// A grid painted on a canvas: for many cells. grid.js chooses, and says what a cell's spec is.
// A canvas can't be read, so it carries what was painted on it, the lists cell by cell:
// canvas.painted = { cols, size, texts, inks, colors, kinds }.
import { inkOn } from "./colors.js";
import { fontSize, READABLE, SHADE } from "./grid_text.js";
import { element, sharpContext } from "./kit.js";

const RIM_CELL = 12; // px
const STEP = 256; // px: the canvas grows in such steps, cut to the grid's size: new memory and a new layer cost half a frame

/** @param {import("./kit.js").Widget} widget */
export function canvasPainter(widget) {
  const canvas = element("canvas", { "aria-hidden": "true" });
  const box = element("div", { class: "sg-clip" }, canvas);
  /** @type {import("./kit.js").Colors | null} */
  let colors = null; // read at the first paint, when the page has them
  let shape = "";
  let room = [0, 0];

  function paint({ rows, cols, size, cell, frames }, active, fresh = false) {
    const newShape = `${rows},${cols},${size}`;
    if (shape !== newShape) reshape(cols * size + 2, rows * size + 2);
    shape = newShape;
    const context = sharpContext(canvas, ...room); // sizing a canvas clears its settings, the font too
    if (!colors || fresh) colors = widget.colors();
    const brush = { context, colors, size, face: "" };
    canvas.painted = paintCells(brush, rows, cols, cell);
    for (const frame of frames) strokeFrame(brush, frame);
    if (active)
      strokeFrame(brush, { ...active, rows: 1, cols: 1, color: colors.accent, width: 3, inset: 1 });
  }

  function reshape(width, height) {
    box.remove(); // on the page, the canvas's first font would lay the page out anew
    Object.assign(box.style, { width: `${width}px`, height: `${height}px` });
    room = [width, height].map((side) => Math.ceil(side / STEP) * STEP);
  }
  return { node: box, paint };
}

// Returns what was painted, list by list, cell by cell.
function paintCells(brush, rows, cols, cell) {
  const { context, size } = brush;
  /** @type {{ cols: number, size: number, texts: string[], inks: any[], colors: (string | null)[], kinds: string[] }} */
  const painted = { cols, size, texts: [], inks: [], colors: [], kinds: [] };
  for (let at = 0; at < rows * cols; at++) {
    const spec = cell(Math.floor(at / cols), at % cols);
    painted.texts.push(
      paintCell(brush, spec, 1 + (at % cols) * size, 1 + Math.floor(at / cols) * size),
    );
    painted.inks.push(context.fillStyle);
    painted.colors.push(spec.color ?? null);
    painted.kinds.push(spec.kind ?? "plain");
  }
  return painted;
}

// Returns the number that stands in the cell; "" where it would be too small to read.
function paintCell(brush, spec, x, y) {
  const { context, colors, size } = brush;
  const filled = spec.color && !spec.faint;
  context.fillStyle = filled ? spec.color : spec.kind === "unread" ? colors.panel : colors.page;
  context.fillRect(x, y, size, size);
  if (!filled && spec.shade) fillAlpha(brush, colors.ink, spec.shade * SHADE, x, y);
  context.strokeStyle = colors.line;
  context.lineWidth = 1;
  context.setLineDash((spec.kind ?? "plain") === "plain" ? [] : [2, 3]);
  if (size > 4) context.strokeRect(x, y, size, size);
  if (spec.color && spec.faint) paintRim(brush, spec.color, x, y);
  return paintText(brush, spec, filled, x, y);
}

function paintText(brush, spec, filled, x, y) {
  const { context, colors, size } = brush;
  const content = spec.text ?? "";
  const font = fontSize(content, size);
  if (font < READABLE || content === "") return "";
  const soft = spec.kind === "pad" || spec.kind === "hole";
  context.fillStyle = filled ? inkOn(spec.color) : soft ? colors.soft : colors.ink;
  const face = `${filled ? 600 : 400} ${font.toFixed(1)}px system-ui, sans-serif`;
  if (face !== brush.face) context.font = face; // parsing a font costs more than drawing a digit
  brush.face = face;
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.fillText(content, x + size / 2, y + size / 2 + 0.5);
  return content;
}

// In small cells a rim would leave nothing inside: a tint.
function paintRim(brush, color, x, y) {
  const { context, size } = brush;
  fillAlpha(brush, color, size < RIM_CELL ? 0.3 : 0.16, x, y);
  if (size < RIM_CELL) return;
  context.strokeStyle = color;
  context.lineWidth = 3;
  context.setLineDash([]);
  context.strokeRect(x + 2, y + 2, size - 4, size - 4);
}

function fillAlpha({ context, size }, color, alpha, x, y) {
  context.globalAlpha = alpha;
  context.fillStyle = color;
  context.fillRect(x, y, size, size);
  context.globalAlpha = 1;
}

function strokeFrame({ context, colors, size }, frame) {
  const { row, col, rows, cols, color, width = 2.5, dashed, inset = 0 } = frame;
  context.strokeStyle = !color || color.startsWith("var(") ? colors.ink : color;
  context.lineWidth = width;
  context.setLineDash(dashed ? [5, 3] : []);
  const place = [1 + col * size + inset, 1 + row * size + inset];
  context.strokeRect(...place, cols * size - 2 * inset, rows * size - 2 * inset);
  context.setLineDash([]);
}
