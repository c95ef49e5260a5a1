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
  const canvas = element("canvas", { "aria-hidden": "true" }),
    box = element("div", { class: "sg-clip" }, canvas);
  let colors = /** @type {import("./kit.js").Colors} */ ({}); // read at the first paint, when the page has them
  let read = false;
  let size = 1;
  let shape = "";
  let room = [0, 0];
  let lastFace = "";

  function paint({ rows, cols, size: side, cell, frames }, active, fresh = false) {
    size = side;
    if (shape !== (shape = `${rows},${cols},${size}`)) reshape(cols * size + 2, rows * size + 2);
    lastFace = ""; // sizing a canvas clears its settings
    const context = sharpContext(canvas, ...room);
    if (!read || fresh) colors = widget.colors();
    read = true;
    /** @type {{ cols: number, size: number, texts: string[], inks: any[], colors: (string | null)[], kinds: string[] }} */
    const painted = { cols, size, texts: [], inks: [], colors: [], kinds: [] };
    for (let at = 0; at < rows * cols; at++) {
      const spec = cell(Math.floor(at / cols), at % cols);
      painted.texts.push(paintCell(context, spec, 1 + (at % cols) * size, 1 + Math.floor(at / cols) * size));
      painted.inks.push(context.fillStyle);
      painted.colors.push(spec.color ?? null);
      painted.kinds.push(spec.kind ?? "plain");
    }
    canvas.painted = painted;
    for (const frame of frames) strokeFrame(context, frame);
    if (active) strokeFrame(context, { ...active, rows: 1, cols: 1, color: colors.accent, width: 3, inset: 1 });
  }

  function reshape(width, height) {
    box.remove(); // on the page, the canvas's first font would lay the page out anew
    Object.assign(box.style, { width: `${width}px`, height: `${height}px` });
    room = [width, height].map((side) => Math.ceil(side / STEP) * STEP);
  }

  // Returns the number that stands in the cell; "" where it would be too small to read.
  function paintCell(context, spec, x, y) {
    const filled = spec.color && !spec.faint,
      content = spec.text ?? "",
      font = fontSize(content, size);
    context.fillStyle = filled ? spec.color : spec.kind === "unread" ? colors.panel : colors.page;
    context.fillRect(x, y, size, size);
    if (!filled && spec.shade) fillAlpha(context, colors.ink, spec.shade * SHADE, x, y);
    context.strokeStyle = colors.line;
    context.lineWidth = 1;
    context.setLineDash((spec.kind ?? "plain") === "plain" ? [] : [2, 3]);
    if (size > 4) context.strokeRect(x, y, size, size);
    if (spec.color && spec.faint) paintRim(context, spec.color, x, y);
    if (font < READABLE || content === "") return "";
    context.fillStyle = filled
      ? inkOn(spec.color)
      : spec.kind === "pad" || spec.kind === "hole"
        ? colors.soft
        : colors.ink;
    const face = `${filled ? 600 : 400} ${font.toFixed(1)}px system-ui, sans-serif`;
    if (face !== lastFace) context.font = lastFace = face; // parsing a font costs more than drawing a digit
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.fillText(content, x + size / 2, y + size / 2 + 0.5);
    return content;
  }

  // In small cells a rim would leave nothing inside: a tint.
  function paintRim(context, color, x, y) {
    fillAlpha(context, color, size < RIM_CELL ? 0.3 : 0.16, x, y);
    if (size < RIM_CELL) return;
    context.strokeStyle = color;
    context.lineWidth = 3;
    context.setLineDash([]);
    context.strokeRect(x + 2, y + 2, size - 4, size - 4);
  }

  function fillAlpha(context, color, alpha, x, y) {
    context.globalAlpha = alpha;
    context.fillStyle = color;
    context.fillRect(x, y, size, size);
    context.globalAlpha = 1;
  }

  function strokeFrame(context, { row, col, rows: high, cols: wide, color, width: line = 2.5, dashed, inset = 0 }) {
    context.strokeStyle = !color || color.startsWith("var(") ? colors.ink : color;
    context.lineWidth = line;
    context.setLineDash(dashed ? [5, 3] : []);
    context.strokeRect(
      1 + col * size + inset,
      1 + row * size + inset,
      wide * size - 2 * inset,
      high * size - 2 * inset,
    );
    context.setLineDash([]);
  }
  return { node: box, paint };
}
