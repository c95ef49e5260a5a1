// A grid drawn with SVG: sharp at any zoom. grid.js chooses, and says what a cell's spec is.
// A cell that was made is kept: a slider that changes a grid's size moves nodes and makes only those that were never
// there, because making and laying out hundreds of them anew costs a frame or two.
import { inkOn } from "./colors.js";
import { fontSize, READABLE, SHADE } from "./grid_text.js";
import { svgElement } from "./kit.js";

export function svgPainter() {
  const lines = []; // [row] → { node, cells: [col] → { node, box, shade, text, was } }
  const board = svgElement("g"),
    overlay = svgElement("g"),
    svg = svgElement("svg", { "aria-hidden": "true" }, board, overlay);
  let shape = "";

  function paint({ rows, cols, size, cell, frames }, active) {
    const newShape = `${rows},${cols},${size}`;
    if (shape !== newShape) reshape(rows, cols, size);
    shape = newShape;
    for (let row = 0; row < rows; row++)
      for (let col = 0; col < cols; col++) paintCell(lines[row].cells[col], cell(row, col), size);
    const cursor = active && {
      ...active,
      rows: 1,
      cols: 1,
      color: "var(--sg-accent)",
      width: 3,
      inset: 1,
    };
    overlay.replaceChildren(
      ...[...frames, cursor].filter(Boolean).map((frame) => frameNode(frame, size)),
    );
  }

  function reshape(rows, cols, size) {
    const [width, height] = [cols, rows].map((cells) => cells * size + 2);
    for (const [name, value] of Object.entries({
      width,
      height,
      viewBox: `0 0 ${width} ${height}`,
    }))
      svg.setAttribute(name, value);
    fill(board, lines, rows, () => ({ node: svgElement("g"), cells: [] }));
    for (let row = 0; row < rows; row++) {
      fill(lines[row].node, lines[row].cells, cols, (col) => newCell(row, col));
      for (let col = 0; col < cols; col++)
        place(lines[row].cells[col], 1 + col * size, 1 + row * size, size);
    }
  }
  return { node: svg, paint };
}

// Show the first `count` of what is kept in the parent, making those that are missing.
function fill(parent, kept, count, make) {
  while (parent.childElementCount > count) parent.lastElementChild.remove();
  while (kept.length < count) kept.push(make(kept.length));
  for (let at = parent.childElementCount; at < count; at++) parent.append(kept[at].node);
}

function newCell(row, col) {
  const box = svgElement("rect"),
    text = svgElement("text");
  return {
    node: svgElement("g", { "data-row": row, "data-col": col }, box, text),
    box,
    text,
    shade: null,
    was: {},
  };
}

function place(cell, x, y, size) {
  Object.assign(cell, { x, y });
  putAll(cell, "box", { x, y, width: size, height: size });
  putAll(cell, "text", { x: x + size / 2, y: y + size / 2 + 0.5 });
}

function paintCell(cell, spec, size) {
  const key = `${spec.text}|${spec.shade}|${spec.color}|${spec.faint}|${spec.kind}|${size}|${cell.x}|${cell.y}`;
  if (cell.key === key) return;
  cell.key = key;
  const content = spec.text ?? "",
    font = fontSize(content, size),
    filled = spec.color && !spec.faint,
    soft = spec.kind === "pad" || spec.kind === "hole";
  put(cell, "box", "class", `sg-cell sg-${spec.kind ?? "plain"}`);
  put(
    cell,
    "box",
    "style",
    filled ? `fill: ${spec.color}; stroke: var(--sg-page); stroke-dasharray: none` : "",
  );
  shadeCell(cell, spec, size);
  put(cell, "text", "class", soft ? "sg-soft-text" : "");
  const weight = filled ? `; fill: ${inkOn(spec.color)}; font-weight: 600` : "";
  put(cell, "text", "style", `font-size: ${font.toFixed(1)}px${weight}`);
  const shown = font >= READABLE ? content : "";
  if (cell.shown !== shown) cell.text.textContent = cell.shown = shown;
}

// A rim for a faint color, else as much ink as the shade says; most cells have neither and no node for it.
function shadeCell(cell, spec, size) {
  const rim = spec.color && spec.faint,
    ink = spec.color ? 0 : (spec.shade ?? 0) * SHADE;
  if (!rim && ink === 0) {
    cell.shade?.remove();
    return;
  }
  cell.shade ??= svgElement("rect", { class: "sg-shade" });
  if (cell.shade.parentNode === null) cell.box.after(cell.shade);
  const inset = rim ? 2 : 0.5,
    side = size - 2 * inset;
  putAll(cell, "shade", { x: cell.x + inset, y: cell.y + inset, width: side, height: side });
  const look = `fill: ${spec.color}; fill-opacity: 0.16; stroke: ${spec.color}; stroke-width: 3`;
  put(cell, "shade", "style", rim ? look : `fill-opacity: ${ink}`);
}

function putAll(cell, part, values) {
  for (const name in values) put(cell, part, name, values[name]);
}

// Set what changed: an attribute written again costs as much as a new one.
function put(cell, part, name, value) {
  const key = part + name;
  if (cell.was[key] === value) return;
  cell.was[key] = value;
  cell[part].setAttribute(name, value);
}

function frameNode(
  { row, col, rows: high, cols: wide, color, width = 2.5, dashed, inset = 0 },
  size,
) {
  return svgElement("rect", {
    class: "sg-frame",
    x: 1 + col * size + inset,
    y: 1 + row * size + inset,
    width: wide * size - 2 * inset,
    height: high * size - 2 * inset,
    style: `stroke: ${color ?? "var(--sg-ink)"}; stroke-width: ${width}${dashed ? "; stroke-dasharray: 5 3" : ""}`,
  });
}
