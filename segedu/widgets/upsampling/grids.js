// The grids of the upsampling explorer (the map before pooling, the input, the output), their captions, and the line below them.
import { tapColor } from "../kit/colors.js";
import { clamp, formatNumber, plural } from "../kit/numbers.js";
import { axisTaps } from "./core.js";
import { createGrid } from "../kit/grid.js";
import { element } from "../kit/kit.js";
import { blockTap, classId, maxPool } from "./nails.js";
import { exactNumber, outputWords } from "./words.js";

const LARGEST_CELL = 38; // px
const ARROW_WIDTH = 34; // px
const READABLE_TEXT = 7.2; // px: what the grid still draws

export function createGrids(widget, { point, edit, goTo }) {
  let ring = 0,
    here = { row: 0, col: 0 };
  const pixel = ({ row, col }) => ({ row: row - ring, col: col - ring });
  const pointAt = (grid, locate) => (cell) => point(cell && { grid, ...locate(cell) });
  const before = captionedGrid(
    createGrid(widget, {
      name: "before",
      label: "Map before pooling. Arrow keys move, a digit or Enter edits a cell.",
      onHover: pointAt("before", (cell) => cell),
      onEdit: (cell, text) => edit("before", cell, text),
    }),
  );
  const input = captionedGrid(
    createGrid(widget, {
      name: "input",
      label: "Input grid. Arrow keys move, a digit or Enter edits a cell.",
      onHover: pointAt("input", pixel),
      onEdit: (cell, text) => edit("image", pixel(cell), text),
      start: () => ({ row: ring, col: ring }),
    }),
  );
  const output = captionedGrid(
    createGrid(widget, {
      name: "output",
      label: "Output grid. Arrow keys move to another output pixel.",
      onHover: pointAt("output", (cell) => cell),
      onMove: goTo,
      onPress: goTo,
      start: () => here,
      many: true,
    }),
  );
  const pooling = arrowSign();
  const line = element("p", { class: "sg-note up-line" });
  const row = element(
    "div",
    { class: "up-grids" },
    before.el,
    pooling,
    input.el,
    arrowSign(),
    output.el,
  );
  return {
    el: element("div", {}, row, line),
    draw(scene) {
      const { setting, size } = scene,
        unpooling = setting.method === "max unpooling";
      here = scene.here;
      ring = ringOf(setting, size);
      const cell = squareSize(scene, ring);
      pooling.hidden = !unpooling;
      before.draw(
        `before pooling ${size.join(" × ")}`,
        unpooling ? beforeDrawing(scene, cell) : null,
      );
      input.draw(inputCaption(setting, ring), inputCells(scene, ring, cell));
      output.draw(outputCaption(scene), outputCells(scene, cell));
      line.textContent = pointedWords(scene);
    },
  };
}

function captionedGrid(grid) {
  const caption = element("div", { class: "up-caption" });
  const el = element("div", { class: "up-block" }, caption, grid.el);
  return {
    el,
    draw(text, drawing) {
      el.hidden = !drawing;
      caption.textContent = text;
      if (drawing) grid.draw(drawing);
    },
  };
}

function arrowSign() {
  return element("span", {
    class: "up-sign",
    style: `width: ${ARROW_WIDTH}px`,
    "aria-hidden": "true",
    text: "→",
  });
}

function inputCaption({ image, method }, ring) {
  const name = method === "max unpooling" ? "pooled" : "input";
  return `${name} ${image.length} × ${image[0].length}${ring ? ", border repeated" : ""}`;
}

function outputCaption({ size, pointed, labels }) {
  const shown =
    pointed?.grid === "input"
      ? ": weights of the cell pointed at"
      : labels
        ? ", rounded to ids"
        : "";
  return `output ${size.join(" × ")}${shown}`;
}

// How many cells beyond the border are read.
function ringOf({ image, method, align }, size) {
  const inputs = [image.length, image[0].length];
  const beyond = inputs.flatMap((n, axis) =>
    Array.from({ length: size[axis] }, (_, i) =>
      axisTaps(method, n, size[axis], align, i).map(({ at }) => Math.max(-at, at - n + 1)),
    ).flat(),
  );
  return Math.max(0, ...beyond);
}

// One cell size for all grids: in a row if the cells stay large, else as large as the widest grid allows.
function squareSize({ setting, size, width }, ring) {
  const columns = [
    setting.method === "max unpooling" ? size[1] : 0,
    setting.image[0].length + 2 * ring,
    size[1],
  ];
  const signs = setting.method === "max unpooling" ? 2 : 1;
  const inRow = Math.floor(
    (width - signs * (ARROW_WIDTH + 4)) / columns.reduce((sum, count) => sum + count, 0),
  );
  return inRow >= 26
    ? Math.min(LARGEST_CELL, inRow)
    : clamp(Math.floor((width - 4) / Math.max(...columns)), 6, LARGEST_CELL);
}

function inkRange(values) {
  const flat = values.flat(),
    low = Math.min(...flat),
    high = Math.max(...flat);
  return (value) => (high > low ? (value - low) / (high - low) : 0);
}

// A number with as many decimals as the cell has room for; "" rather than a wrong one.
export function fitNumber(value, cell) {
  for (const decimals of [2, 1]) {
    const text = formatNumber(value, decimals);
    if ((cell - 3) / (0.58 * text.length) >= READABLE_TEXT) return text;
  }
  return "";
}

// In max unpooling: the block of what is pointed at, or of the output pixel that is shown.
function blockShown({ setting: { factor }, pointed, shown }) {
  if (pointed?.grid === "input") return { row: pointed.row, col: pointed.col };
  const at = pointed ?? shown;
  return { row: Math.floor(at.row / factor), col: Math.floor(at.col / factor) };
}

const sameAt = (a, b) => a.row === b.row && a.col === b.col;

function beforeDrawing(scene, cell) {
  const { before, factor } = scene.setting,
    shade = inkRange(before),
    maxima = maxPool(before, factor),
    lit = blockShown(scene);
  const spec = (row, col) => {
    const block = { row: Math.floor(row / factor), col: Math.floor(col / factor) },
      kept = sameAt(maxima[block.row][block.col], { row, col });
    return {
      text: fitNumber(before[row][col], cell),
      shade: shade(before[row][col]),
      color: kept ? tapColor(blockTap(scene.setting, block)) : null,
      faint: !sameAt(block, lit),
      editable: true,
      words: `before[${row}, ${col}] = ${exactNumber(before[row][col])}${kept ? ", the maximum of its block" : ""}`,
    };
  };
  const frames = [{ row: lit.row * factor, col: lit.col * factor, rows: factor, cols: factor }];
  return { rows: before.length, cols: before[0].length, size: cell, cell: spec, frames };
}

function inputCells(scene, ring, cell) {
  const { setting, pointed, terms } = scene,
    { image } = setting,
    shade = inkRange(image),
    unpooling = setting.method === "max unpooling",
    block = unpooling ? blockShown(scene) : null;
  const lit = new Map(
    pointed?.grid === "input" ? [] : terms.map(({ row, col, tap }) => [`${row},${col}`, tap]),
  );
  const spec = (atRow, atCol) => {
    const row = atRow - ring,
      col = atCol - ring;
    const real = image[row]?.[col] !== undefined,
      { value, words } = real
        ? {
            value: image[row][col],
            words: `input[${row}, ${col}] = ${exactNumber(image[row][col])}`,
          }
        : repeatedCell(image, row, col);
    const tap = unpooling ? blockTap(setting, { row, col }) : lit.get(`${row},${col}`);
    return {
      text: fitNumber(value, cell),
      shade: real ? shade(value) : 0,
      color: tap === undefined ? null : tapColor(tap),
      faint: unpooling && !sameAt(block, { row, col }),
      kind: real ? "plain" : "pad",
      editable: real && !unpooling,
      words,
    };
  };
  const frames =
    ring > 0
      ? [
          {
            row: ring,
            col: ring,
            rows: image.length,
            cols: image[0].length,
            width: 1.5,
            color: "var(--sg-strong-line)",
          },
        ]
      : [];
  if (pointed?.grid === "input")
    frames.push({ row: pointed.row + ring, col: pointed.col + ring, rows: 1, cols: 1, width: 3 });
  return {
    rows: image.length + 2 * ring,
    cols: image[0].length + 2 * ring,
    size: cell,
    cell: spec,
    frames,
  };
}

function insideOf(image, row, col) {
  return { row: clamp(row, 0, image.length - 1), col: clamp(col, 0, image[0].length - 1) };
}

function repeatedCell(image, atRow, atCol) {
  const { row, col } = insideOf(image, atRow, atCol);
  return {
    value: image[row][col],
    words: `outside, repeats input[${row}, ${col}] = ${exactNumber(image[row][col])}`,
  };
}

function outputCells(scene, cell) {
  const { size, pointed, labels, invented, here, shown, hidden } = scene,
    weights = pointed?.grid === "input";
  const frames = labels && !weights ? inventedFrames(invented, hidden) : [];
  frames.push({
    ...here,
    rows: 1,
    cols: 1,
    width: 3,
    dashed: pointed?.grid === "output" && !sameAt(shown, here),
  });
  if (pointed?.grid === "output")
    frames.push({ row: shown.row, col: shown.col, rows: 1, cols: 1, width: 3 });
  return {
    rows: size[0],
    cols: size[1],
    size: cell,
    cell: weights ? stampSpec(scene, cell) : outputSpec(scene, cell),
    frames,
  };
}

// What the input cell that is pointed at counts in each output pixel. `words` are read seldom, so they are made when asked for.
function stampSpec({ reach }, cell) {
  const reached = new Map(reach.map((each) => [`${each.row},${each.col}`, each]));
  return (row, col) => {
    const from = reached.get(`${row},${col}`);
    return {
      text: from ? fitNumber(from.weight, cell) : "",
      color: from ? tapColor(from.tap) : null,
      get words() {
        return `output[${row}, ${col}] has weight ${exactNumber(from?.weight ?? 0)}`;
      },
    };
  };
}

function outputSpec(scene, cell) {
  const { outputs, hidden, labels, invented, setting } = scene,
    shade = inkRange(outputs),
    texts = outputTexts(outputs, labels, cell),
    unpooling = setting.method === "max unpooling",
    homes = unpooling ? homeBlocks(setting) : null,
    lit = unpooling ? blockShown(scene) : null;
  return (row, col) => {
    const value = outputs[row][col],
      secret = hidden(row, col),
      home = homes?.get(`${row},${col}`),
      odd = labels && !secret && invented[row][col];
    return {
      text: secret ? "?" : texts[row][col],
      shade: secret ? 0 : shade(value),
      color: home && !secret ? tapColor(home.tap) : null,
      faint: home && !sameAt(home, lit),
      kind: odd ? "unread" : "plain",
      get words() {
        const said = `= ${exactNumber(labels ? classId(value) : value)}${odd ? ", an invented id" : ""}`;
        return `output[${row}, ${col}] ${secret ? "is hidden" : said}`;
      },
    };
  };
}

// The output's numbers as text, kept while the output stays: writing 900 of them takes longer than drawing them.
const textsOf = new WeakMap();
function outputTexts(outputs, labels, cell) {
  const key = `${labels},${cell}`,
    kept = textsOf.get(outputs);
  if (kept?.key === key) return kept.texts;
  const texts = outputs.map((line) =>
    line.map((value) => fitNumber(labels ? classId(value) : value, cell)),
  );
  textsOf.set(outputs, { key, texts });
  return texts;
}

function inventedFrames(invented, hidden) {
  return invented.flatMap((line, row) =>
    line.flatMap((is, col) =>
      is && !hidden(row, col)
        ? [
            {
              row,
              col,
              rows: 1,
              cols: 1,
              width: 2,
              dashed: true,
              inset: 2,
              color: "var(--sg-strong-line)",
            },
          ]
        : [],
    ),
  );
}

// Where max unpooling puts each value: "row,col" of the output → its block and the block's color.
function homeBlocks({ before, factor, ...setting }) {
  const homes = maxPool(before, factor).flatMap((line, row) =>
    line.map((place, col) => [
      `${place.row},${place.col}`,
      { row, col, tap: blockTap(setting, { row, col }) },
    ]),
  );
  return new Map(homes);
}

function pointedWords(scene) {
  const { setting, pointed, shown, reach, hidden } = scene;
  if (pointed?.grid === "input") return reachWords(setting, pointed, reach);
  if (pointed?.grid === "before") return beforeWords(setting, pointed);
  return outputWords(setting, shown.row, shown.col, hidden(shown.row, shown.col));
}

function reachWords({ image, method }, pointed, reach) {
  const cell = insideOf(image, pointed.row, pointed.col),
    name = `${method === "max unpooling" ? "pooled" : "input"}[${cell.row}, ${cell.col}] = ${exactNumber(image[cell.row][cell.col])}`;
  const start = sameAt(cell, pointed)
    ? name
    : `Outside of the input nothing is stored: the border cell is read again. ${name}`;
  if (reach.length === 0) return `${start} reaches no output pixel.`;
  const total = reach.reduce((sum, { weight }) => sum + weight, 0);
  return `${start} reaches ${plural(reach.length, "output pixel")}; the output grid shows ${reach.length > 1 ? `its weights, they sum to ${exactNumber(total)}` : `its weight, ${exactNumber(total)}`}.`;
}

function beforeWords({ before, factor }, { row, col }) {
  const block = [Math.floor(row / factor), Math.floor(col / factor)],
    place = maxPool(before, factor)[block[0]][block[1]];
  const name = `before[${row}, ${col}] = ${exactNumber(before[row][col])}`;
  return sameAt(place, { row, col })
    ? `${name} is the maximum of its block: it goes to pooled[${block.join(", ")}], with index ${place.index} = ${row} · ${before[0].length} + ${col}.`
    : `${name} is not the maximum of its block: pooling drops it, unpooling can't bring it back.`;
}
