// The stack seen from the side, one row of cells per level, the input at the bottom: what one output column reads, and how often.
// A cell stands over the middle of its field; its number counts its paths to the output; lines wear the color of their kernel tap.
// Below the input, bars: the effective field of the columns, with the Gaussian of the same width as a dashed line.
import { inkOn, mixColors, tapColor } from "../kit/colors.js";
import { formatNumber, plural } from "../kit/numbers.js";
import { effectiveSigma, formatPaths, pathCounts, readerCounts, tapsOf } from "./core.js";
import { element } from "../kit/kit.js";
import { createSurface, hexColor, LIT_COLOR } from "../kit/surface.js";

const BARS = 58;
const AXIS = 18;
const MOST_LINES = 1500;

export function createSideView(widget, { point }) {
  let scene = null;
  let layout = null;
  const surface = createSurface(widget, {
    name: "side",
    label: "The stack from the side: arrow keys choose a cell",
    onHover: (x, y) => point(x === null ? null : cellUnder(x, y)),
    onMove: move,
  });
  const caption = element("p", { class: "sg-note rf-words", "data-words": "side" });
  const el = element(
    "div",
    {},
    element("div", {
      class: "sg-title",
      text: "From the side: which columns feed one output cell",
    }),
    surface.el,
    caption,
  );

  function draw(next) {
    scene = next;
    layout = layOut(scene);
    surface.draw(layout.width, layout.height, (context, colors) =>
      paint(context, colors, scene, layout),
    );
    caption.textContent = wordsFor(scene);
  }

  function cellUnder(x, y) {
    const level = scene.layers.length - Math.floor((y - 2) / layout.pitch);
    const { jump, start, size } = scene.levels[level] ?? {};
    if (jump === undefined) return null;
    const cell = Math.round(
      ((x - layout.gutter) / layout.px + layout.first - 0.5 - start - (size - 1) / 2) / jump,
    );
    return cell >= 0 && cell < scene.lengths.cols[level] && x > layout.gutter
      ? { level, cell }
      : null;
  }

  function move(down, right) {
    const at =
      scene.pointed?.level === undefined
        ? { level: scene.layers.length, cell: scene.shown.col }
        : { ...scene.pointed };
    const level = Math.min(Math.max(at.level - down, 0), scene.layers.length);
    if (level !== at.level)
      at.cell = Math.round(
        (center(scene, at.level, at.cell) -
          scene.levels[level].start -
          (scene.levels[level].size - 1) / 2) /
          scene.levels[level].jump,
      );
    point({ level, cell: Math.min(Math.max(at.cell + right, 0), scene.lengths.cols[level] - 1) });
    widget.announce(wordsFor(scene));
  }
  return { el, draw };
}

// The middle of a cell's field, in input columns.
function center({ levels }, level, cell) {
  const { jump, start, size } = levels[level];
  return start + cell * jump + (size - 1) / 2;
}

// What fits: the whole field with a margin, at least 20 columns; pitch is the height of one level.
function layOut({ layers, field, width, lengths }) {
  const gutter = width < 500 ? 42 : 66;
  const margin = Math.max(2, Math.ceil(field.cols.size * 0.2));
  const columns = Math.max(20, field.cols.size + 2 * margin);
  const spare = Math.floor((columns - field.cols.size) / 2);
  const least = Math.min(0, field.cols.first) - 1;
  const most = Math.max(lengths.cols[0] - 1, field.cols.last) + 1;
  const first = Math.min(
    Math.max(field.cols.first - spare, least),
    Math.max(most - columns + 1, least),
  );
  const pitch = layers.length <= 4 ? 50 : layers.length <= 8 ? 38 : 24;
  const cellHeight = Math.min(20, pitch * 0.5);
  return {
    gutter,
    columns,
    first,
    px: (width - gutter - 2) / columns,
    pitch,
    cellHeight,
    width,
    height: pitch * layers.length + cellHeight + 4 + BARS + AXIS,
  };
}

function paint(context, colors, scene, layout) {
  const { layers, counts } = scene;
  const hexPage = hexColor(context, colors.page);
  const path = pathOfPointed(scene);
  const font = `${layout.gutter < 60 ? 11 : 12}px system-ui, sans-serif`;
  context.font = font;
  context.textBaseline = "middle";
  context.save();
  context.beginPath();
  context.rect(layout.gutter, 0, layout.width - layout.gutter, layout.height);
  context.clip();
  for (let level = layers.length; level > 0; level--)
    paintLines(context, scene, layout, level, path);
  for (let level = layers.length; level >= 0; level--)
    paintCells(context, colors, hexPage, scene, layout, level);
  context.font = font;
  paintBars(context, colors, scene, layout);
  context.restore();
  context.fillStyle = colors.ink;
  context.textAlign = "left";
  for (let level = 0; level <= layers.length; level++)
    context.fillText(
      levelName(level, layers.length, layout.gutter < 60),
      0,
      rowOf(level, layers, layout) + layout.cellHeight / 2,
    );
  if (counts.cols[0].some((count) => count > 0))
    context.fillText(layout.gutter < 60 ? "share" : "weight", 0, layout.height - AXIS - BARS / 2);
}

function levelName(level, last, short) {
  if (level === 0) return "input";
  if (short) return level === last ? "out" : String(level);
  return level === last ? "output" : `layer ${level}`;
}

const rowOf = (level, layers, { pitch }) => 2 + (layers.length - level) * pitch;
const columnX = (scene, layout, level, cell) =>
  layout.gutter + (center(scene, level, cell) - layout.first + 0.5) * layout.px;

// For the cell under the pointer: which cells of each level lie on a path through it.
function pathOfPointed({ pointed, layers, lengths, counts }) {
  if (pointed?.level === undefined) return null;
  const below = pathCounts(layers, lengths.cols, pointed.cell, pointed.level);
  const above = readerCounts(layers, lengths.cols, pointed.cell, pointed.level);
  return (level, cell) =>
    level <= pointed.level
      ? below[level][cell] > 0
      : above[level][cell] > 0 && counts.cols[level][cell] > 0;
}

function paintLines(context, scene, layout, level, path) {
  const { layers, counts, lengths } = scene;
  const { cellHeight, px } = layout;
  const lit = counts.cols[level].flatMap((count, cell) =>
    count > 0 || path?.(level, cell) ? [cell] : [],
  );
  const many = lit.length * layers[level - 1].kernel > MOST_LINES;
  const top = rowOf(level, layers, layout) + cellHeight;
  const bottom = rowOf(level - 1, layers, layout);
  for (const cell of lit) {
    for (const { tap, cell: read, inside } of tapsOf(
      layers[level - 1],
      lengths.cols[level - 1],
      cell,
    )) {
      if (many && tap % 2 === 1) continue;
      const followed = !path || (path(level, cell) && inside && path(level - 1, read));
      context.globalAlpha = followed ? (inside ? 0.9 : 0.35) : 0.12;
      context.strokeStyle = tapColor(tap);
      context.lineWidth = px > 8 ? 2 : 1;
      context.setLineDash(inside ? [] : [2, 3]);
      context.beginPath();
      context.moveTo(columnX(scene, layout, level, cell), top);
      context.lineTo(columnX(scene, layout, level - 1, read), bottom);
      context.stroke();
    }
  }
  context.globalAlpha = 1;
  context.setLineDash([]);
}

function paintCells(context, colors, hexPage, scene, layout, level) {
  const { layers, counts, lengths, levels, pointed } = scene;
  const { px, cellHeight, first, columns } = layout;
  const { jump, start, size } = levels[level];
  const most = Math.max(...counts.cols[level]);
  const y = rowOf(level, layers, layout);
  const width = Math.max(jump * px - (jump * px > 5 ? 2 : 0.4), 1);
  const from = Math.floor((first - start - size) / jump);
  const to = Math.ceil((first + columns - start) / jump);
  for (let cell = from; cell <= to; cell++) {
    const x = columnX(scene, layout, level, cell) - width / 2;
    const inside = cell >= 0 && cell < lengths.cols[level];
    const count = counts.cols[level][cell] ?? 0;
    if (!inside && (px * jump < 5 || !isRead(scene, level, cell))) continue;
    const fill =
      count > 0 ? mixColors(hexPage, LIT_COLOR, 0.25 + (0.75 * count) / most) : colors.panel;
    context.fillStyle = inside ? fill : colors.page;
    context.fillRect(x, y, width, cellHeight);
    context.strokeStyle = inside ? colors.line : colors.soft;
    context.setLineDash(inside ? [] : [2, 2]);
    context.lineWidth = 1;
    if (width > 4) context.strokeRect(x, y, width, cellHeight);
    context.setLineDash([]);
    if (count > 0)
      writeCount(context, String(count), fill, x + width / 2, y + cellHeight / 2, width - 3);
    if (pointed?.level === level && pointed.cell === cell) {
      context.strokeStyle = colors.ink;
      context.lineWidth = 2.5;
      context.strokeRect(x - 1, y - 1, width + 2, cellHeight + 2);
    }
  }
}

// Is this padding cell read by a lit cell of the level above?
function isRead({ layers, counts, lengths }, level, cell) {
  if (level === layers.length) return false;
  return counts.cols[level + 1].some(
    (count, reader) =>
      count > 0 &&
      tapsOf(layers[level], lengths.cols[level], reader).some((tap) => tap.cell === cell),
  );
}

function writeCount(context, text, fill, x, y, room) {
  const size = Math.min(12, room / (0.58 * text.length));
  if (size < 7.5) return;
  context.font = `${size.toFixed(1)}px system-ui, sans-serif`;
  context.fillStyle = inkOn(fill);
  context.textAlign = "center";
  context.fillText(text, x, y + 0.5);
}

function paintBars(context, colors, scene, layout) {
  const { counts, layers, field } = scene;
  const { px, height, gutter, width } = layout;
  const base = height - AXIS;
  const sum = counts.cols[0].reduce((a, b) => a + b, 0) || 1;
  const sigma = effectiveSigma(layers);
  const middle = (field.cols.first + field.cols.last) / 2;
  const bell = (x) =>
    Math.exp(-((x - middle) ** 2) / (2 * sigma ** 2)) / (sigma * Math.sqrt(2 * Math.PI));
  const scale =
    (BARS - 12) /
    Math.max(...counts.cols[0].map((count) => count / sum), sigma > 0 ? bell(middle) : 0);
  const wide = Math.max(px * 0.84, 1);
  context.fillStyle = LIT_COLOR;
  counts.cols[0].forEach((count, column) => {
    const high = (count / sum) * scale;
    if (count > 0)
      context.fillRect(columnX(scene, layout, 0, column) - wide / 2, base - high, wide, high);
  });
  context.strokeStyle = colors.ink;
  context.lineWidth = 1;
  context.strokeRect(gutter, base + 0.5, width - gutter, 0);
  if (sigma > 0) paintBell(context, layout, (x) => base - bell(x) * scale);
  writeColumns(context, colors, scene, layout);
}

// The numbers of the input's columns, as many as fit.
function writeColumns(context, colors, scene, layout) {
  const { px, height, first, columns } = layout;
  const every = [1, 2, 5, 10, 20, 50, 100].find((step) => step * px >= 34) ?? 100;
  context.fillStyle = colors.soft;
  context.textAlign = "center";
  for (let column = Math.ceil(first / every) * every; column < first + columns; column += every) {
    const exists = column >= 0 && column < scene.lengths.cols[0];
    if (exists)
      context.fillText(String(column), columnX(scene, layout, 0, column), height - AXIS / 2 + 1);
  }
}

function paintBell(context, { first, columns, gutter, px }, y) {
  context.setLineDash([5, 4]);
  context.lineWidth = 1.75;
  context.beginPath();
  for (let at = 0; at <= columns * 4; at++)
    context.lineTo(gutter + (at / 4) * px, y(first + at / 4 - 0.5));
  context.stroke();
  context.setLineDash([]);
}

function wordsFor({ pointed, layers, lengths, counts, shown }) {
  const output = `output column ${shown.col}`;
  if (pointed?.level === undefined) {
    const total = counts.cols[0].reduce((a, b) => a + b, 0);
    const touched = counts.cols[0].filter((count) => count > 0).length;
    const sigma = formatNumber(effectiveSigma(layers), 2);
    return (
      `${formatPaths(total)} ${total === 1 ? "path leads" : "paths lead"} from ${plural(touched, "input column")} ` +
      `to ${output}; a cell's number counts its own. Dashed: the Gaussian with the same σ, ${sigma} pixels. ` +
      "Point at a cell to follow its paths."
    );
  }
  const { level, cell } = pointed;
  const paths = counts.cols[level][cell] ?? 0;
  const name = level === 0 ? "Input" : level === layers.length ? "Output" : `Layer ${level}`;
  const leads =
    paths > 0
      ? `${formatPaths(paths)} ${paths === 1 ? "path" : "paths"} to ${output}`
      : `no path to ${output}`;
  if (level === 0) return `${name}, column ${cell}: ${leads}.`;
  const read = tapsOf(layers[level - 1], lengths.cols[level - 1], cell);
  const columns = read.map((tap) => (tap.inside ? tap.cell : "padding")).join(", ");
  return `${name}, column ${cell}: ${leads}; it reads ${columns} below.`;
}
