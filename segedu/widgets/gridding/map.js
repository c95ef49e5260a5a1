// The square field of one output cell, pixel by pixel: how many paths lead to each, darker for more; a ring is a hole.
// Up to 16 × 16 pixels a grid of numbers, beyond a canvas: numbers and rings as long as they are readable.
import { inkOn, mixColors, packedColor, rgbOf } from "../kit/colors.js";
import { formatCount } from "../kit/numbers.js";
import { createGrid } from "../kit/grid.js";
import { element } from "../kit/kit.js";
import { mapName } from "./side.js";
import { createSurface, hexColor, LIT_COLOR } from "../kit/surface.js";

const GRID_SIDE = 16;
const RING_CELL = 8; // px; in smaller cells a hole is the page's color
const NUMBER_CELL = 15;
const SHADES = 64;

export function createFieldMap(widget, { point }) {
  let scene = null;
  let scale = 1;
  const pixel = (row, col) => ({ level: scene.low, cell: col, row });
  const grid = createGrid(widget, {
    name: "field",
    label: "The field: arrow keys choose a pixel",
    onHover: (cell) => point(cell && pixel(cell.row, cell.col)),
    start: middle,
  });
  const surface = createSurface(widget, {
    name: "field",
    label: "The field: arrow keys choose a pixel",
    onHover: (x, y) => point(x === null ? null : pixelUnder(x, y)),
    onMove: (down, right, large) =>
      go(here().row + down * (large ? 5 : 1), here().col + right * (large ? 5 : 1)),
    onEnds: (last) => go(last ? Infinity : 0, last ? Infinity : 0),
  });
  const title = element("div", { class: "sg-title" });
  const caption = element("p", { class: "sg-note gx-words", "data-words": "field" });
  const el = element("div", { class: "gx-field" }, title, grid.el, surface.el, caption);

  const side = () => scene.levels[scene.low].length;
  function middle() {
    return { row: (side() - 1) >> 1, col: (side() - 1) >> 1 };
  }

  function here() {
    return scene.pointed?.row === undefined
      ? middle()
      : { row: scene.pointed.row, col: scene.pointed.cell };
  }

  function pixelUnder(x, y) {
    const [row, col] = [Math.floor(y / scale), Math.floor(x / scale)];
    return row >= 0 && col >= 0 && row < side() && col < side() ? pixel(row, col) : null;
  }

  function go(row, col) {
    const keep = (value) => Math.min(Math.max(value, 0), side() - 1);
    point(pixel(keep(row), keep(col)));
    widget.announce(pixelText(scene, keep(row), keep(col)));
  }

  function draw(next, width) {
    scene = next;
    el.hidden = scene.hidden;
    if (el.hidden) return;
    const cells = side();
    const small = cells <= GRID_SIDE;
    grid.el.hidden = !small;
    surface.el.hidden = small;
    title.textContent = `On ${mapName(scene.low, scene.rates.length)}: ${cells} × ${cells} pixels, paths to each`;
    if (small) drawGrid(Math.min(Math.floor((width - 2) / cells), 36));
    else {
      scale = width / cells;
      surface.draw(width, width, (context, colors) => paintPathMap(context, colors, scene, scale));
    }
    caption.textContent = fieldCaption(scene, scale);
  }

  function drawGrid(size) {
    const paths = scene.levels[scene.low];
    const { list, at } = pathShades(widget.colors(), paths);
    const cell = (row, col) => {
      const count = paths[row] * paths[col];
      const words = pixelText(scene, row, col);
      if (count === 0) return { text: "○", kind: "hole", words };
      return { text: String(count), color: list[at(row, col)], words };
    };
    grid.draw({ rows: paths.length, cols: paths.length, size, cell, frames: frameOf(scene) });
  }
  return { el, draw };
}

// Colors for few to many paths: from a quarter of the full color on. `at(row, col)` is a pixel's place in the list.
function pathShades(colors, paths) {
  const page = hexColor(element("canvas").getContext("2d"), colors.page);
  const share = (at) => 0.25 + (0.75 * at) / (SHADES - 1);
  const most = Math.max(...paths) ** 2;
  return {
    list: Array.from({ length: SHADES }, (_, at) => mixColors(page, LIT_COLOR, share(at))),
    at: (row, col) => Math.round((paths[row] * paths[col] * (SHADES - 1)) / most),
  };
}

// Under the pointer: the pixel, or the columns that a dot of the side view spans.
function frameOf({ pointed, levels, low }) {
  if (!pointed) return [];
  const side = levels[low].length;
  if (pointed.row !== undefined)
    return [{ row: pointed.row, col: pointed.cell, rows: 1, cols: 1, width: 3 }];
  const cols = side - levels[pointed.level].length + 1;
  return [{ row: 0, col: pointed.cell, rows: side, cols, width: 2.5, dashed: cols > 1 }];
}

function paintPathMap(context, colors, scene, scale) {
  const paths = scene.levels[scene.low];
  const side = paths.length;
  context.imageSmoothingEnabled = false;
  context.drawImage(
    fieldPixels(paths, pathShades(colors, paths)),
    0,
    0,
    side * scale,
    side * scale,
  );
  if (scale >= RING_CELL) paintHoles(context, colors, paths, scale);
  if (scale >= NUMBER_CELL) paintNumbers(context, colors, paths, scale);
  context.strokeStyle = colors.line;
  context.lineWidth = 1;
  context.strokeRect(0.5, 0.5, side * scale - 1, side * scale - 1);
  for (const { row, col, rows, cols, dashed } of frameOf(scene)) {
    context.strokeStyle = colors.ink;
    context.lineWidth = 2.5;
    context.setLineDash(dashed ? [5, 3] : []);
    context.strokeRect(
      col * scale,
      row * scale,
      Math.max(cols * scale, 3),
      Math.max(rows * scale, 3),
    );
    context.setLineDash([]);
  }
}

// The field with one canvas pixel per pixel; holes are clear.
function fieldPixels(paths, { list, at }) {
  const packed = list.map((hex) => packedColor(rgbOf(hex)));
  return pixelCanvas(paths, (row, col) => packed[at(row, col)], 0);
}

// A canvas with one pixel per pixel of the field: `reached(row, col)` where a path leads, `hole` elsewhere; both packed colors.
export function pixelCanvas(paths, reached, hole) {
  const side = paths.length;
  const pixels = new ImageData(side, side);
  const words = new Uint32Array(pixels.data.buffer).fill(hole);
  for (let row = 0; row < side; row++)
    for (let col = 0; col < side && paths[row] > 0; col++)
      if (paths[col] > 0) words[row * side + col] = reached(row, col);
  const canvas = element("canvas", { width: side, height: side });
  canvas.getContext("2d").putImageData(pixels, 0, 0);
  return canvas;
}

// A ring in each hole, in one stroke.
function paintHoles(context, colors, paths, scale) {
  const radius = Math.min(scale * 0.28, 6);
  context.strokeStyle = colors.soft;
  context.lineWidth = scale > 12 ? 1.25 : 0.75;
  context.beginPath();
  paths.forEach((down, row) =>
    paths.forEach((across, col) => {
      if (down * across > 0) return;
      context.moveTo((col + 0.5) * scale + radius, (row + 0.5) * scale);
      context.arc((col + 0.5) * scale, (row + 0.5) * scale, radius, 0, 2 * Math.PI);
    }),
  );
  context.stroke();
}

function paintNumbers(context, colors, paths, scale) {
  const { list, at } = pathShades(colors, paths);
  const inks = list.map((hex) => inkOn(hex));
  const longest = String(Math.max(...paths) ** 2).length;
  const size = Math.min(scale * 0.5, 12, (scale - 3) / (0.58 * longest));
  if (size < 7) return;
  context.font = `${size.toFixed(1)}px system-ui, sans-serif`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  paths.forEach((down, row) =>
    paths.forEach((across, col) => {
      if (down * across === 0) return;
      context.fillStyle = inks[at(row, col)];
      context.fillText(String(down * across), (col + 0.5) * scale, (row + 0.5) * scale + 0.5);
    }),
  );
}

function pixelText({ levels, low }, row, col) {
  const paths = levels[low];
  const count = paths[row] * paths[col];
  return `row ${row}, column ${col}: ${count === 0 ? "a hole" : `${formatCount(count)} ${count === 1 ? "path" : "paths"}`}`;
}

function fieldCaption({ levels, low }, scale) {
  const side = levels[low].length;
  const numbers = "rows times columns: a pixel is reached if its row and its column are";
  if (side <= GRID_SIDE || scale >= NUMBER_CELL) return `Paths multiply, ${numbers}. ○ is a hole.`;
  const holes = scale >= RING_CELL ? "○ is a hole" : "a hole is left empty";
  return `${side} × ${side} pixels are too many for numbers: point at one to read its paths; ${holes}.`;
}
