// What a label map says, counted and painted: pixels per class, instances, connected regions, edges, and the blend with the image. Pure, no DOM.
//
// A scene's maps are flat arrays of height · width pixels, row by row: labels (Uint8Array, 255 is void), instances (Uint16Array, 0 for stuff and void)
// or null, and `ids`, what a mode colors: the class (semantic), the panoptic id (panoptic), the panoptic id of things and −1 elsewhere (instance).
import { rgbOf } from "../kit/colors.js";

export const VOID = 255;
export const PER_CLASS = 1000;
export const ERROR_COLOR = "#D55E00";
const VOID_GRAYS = [205, 150]; // the hatch's two grays, as in segedu.viz.label_to_rgb
// prettier-ignore
const INSTANCE_COLORS = [
  "#E69F00",
  "#56B4E9",
  "#CC79A7",
  "#009E73",
  "#F0E442",
  "#D55E00",
  "#0072B2",
  "#BEAED4",
  "#66A61E",
  "#FB8072",
];
const TINTS = [0, 0.4, 0.2, 0.6, 0.3, 0.5]; // how far an instance's color leaves its class's, by its rank

// One entry per instance, in the order of the panoptic ids, boxes in pixel edges [x0, y0, x1, y1]; stuff and void have none.
// `rank` counts the instances of a class from 0.
export function listInstances(labels, instances, width) {
  const found = new Map();
  labels.forEach((label, at) => {
    if (label === VOID || !instances?.[at]) return;
    const id = label * PER_CLASS + instances[at];
    const [x, y] = [at % width, Math.floor(at / width)];
    const known = found.get(id);
    if (!known)
      return found.set(id, {
        id,
        label,
        number: instances[at],
        pixels: 1,
        box: [x, y, x + 1, y + 1],
      });
    known.pixels += 1;
    const [x0, y0, x1, y1] = known.box;
    known.box = [Math.min(x0, x), y0, Math.max(x1, x + 1), Math.max(y1, y + 1)];
    return undefined;
  });
  const list = [...found.values()].sort((one, two) => one.id - two.id);
  list.forEach((one, at) => {
    one.rank = at && list[at - 1].label === one.label ? list[at - 1].rank + 1 : 0;
  });
  return list;
}

// Pixels of each class 0 … classes − 1, and of void.
export function countLabels(labels, classes) {
  const all = new Array(256).fill(0);
  for (const label of labels) all[label] += 1;
  return { pixels: all.slice(0, classes), unlabeled: all[VOID] };
}

export function panopticIds(labels, instances) {
  return Int32Array.from(labels, (label, at) => panopticId(label, instances?.[at] ?? 0));
}

export function panopticId(label, number) {
  return label * PER_CLASS + (label === VOID ? 0 : number);
}

// What a mode gives each pixel to be colored by; −1 is nothing.
export function idsOfMode(mode, labels, instances) {
  if (mode === "semantic") return Int32Array.from(labels);
  const ids = panopticIds(labels, instances);
  if (mode === "panoptic") return ids;
  return ids.map((id) => (id % PER_CLASS === 0 ? -1 : id));
}

// One in the channel of the pixel's class; void is zero in all.
export function oneHot(label, classes) {
  return Array.from({ length: classes }, (_, channel) => (channel === label ? 1 : 0));
}

// Pixels of one id and their box in pixel edges, [x0, y0, x1, y1].
export function measureMask(ids, wanted, width) {
  let pixels = 0;
  let [x0, y0, x1, y1] = [Infinity, Infinity, 0, 0];
  for (let at = 0; at < ids.length; at++) {
    if (ids[at] !== wanted) continue;
    const [x, y] = [at % width, Math.floor(at / width)];
    pixels += 1;
    x0 = Math.min(x0, x);
    y0 = Math.min(y0, y);
    x1 = Math.max(x1, x + 1);
    y1 = Math.max(y1, y + 1);
  }
  return { pixels, box: [x0, y0, x1, y1] };
}

// Connected regions of the pixels that are `wanted`, joined over edges and not over corners: scipy.ndimage.label's default.
export function connectedRegions(values, wanted, width) {
  const regions = new Int32Array(values.length);
  const sizes = [];
  const stack = [];
  for (let start = 0; start < values.length; start++) {
    if (values[start] !== wanted || regions[start]) continue;
    const name = sizes.push(0);
    stack.push(start);
    regions[start] = name;
    while (stack.length) {
      const at = stack.pop();
      sizes[name - 1] += 1;
      for (const next of neighbors(at, width, values.length))
        if (values[next] === wanted && !regions[next]) {
          regions[next] = name;
          stack.push(next);
        }
    }
  }
  return { count: sizes.length, sizes, regions };
}

function neighbors(at, width, count) {
  const found = [];
  if (at % width > 0) found.push(at - 1);
  if (at % width < width - 1) found.push(at + 1);
  if (at >= width) found.push(at - width);
  if (at + width < count) found.push(at + width);
  return found;
}

// Pairs [number, number] of instances of one class that share an edge of a pixel, smaller number first.
export function touchingPairs(labels, instances, wanted, width) {
  const pairs = new Map();
  const meet = (at, next) => {
    if (labels[at] !== wanted || labels[next] !== wanted || instances[at] === instances[next])
      return;
    const pair = [instances[at], instances[next]].sort((one, two) => one - two);
    if (pair[0] > 0) pairs.set(pair.join(), pair);
  };
  for (let at = 0; at < labels.length; at++) {
    if (at % width < width - 1) meet(at, at + 1);
    if (at + width < labels.length) meet(at, at + width);
  }
  return [...pairs.values()].sort((one, two) => one[0] - two[0] || one[1] - two[1]);
}

// The different ids of a map, rising, and for each pixel its place among them (Uint16Array): what is drawn every frame works on places.
export function indexIds(ids) {
  const values = [...new Set(ids)].sort((one, two) => one - two);
  const places = new Map(values.map((id, place) => [id, place]));
  const index = new Uint16Array(ids.length);
  for (let at = 0; at < ids.length; at++)
    index[at] = at > 0 && ids[at] === ids[at - 1] ? index[at - 1] : (places.get(ids[at]) ?? 0);
  return { values, index };
}

// The color of an id in a mode: the class's, or an instance's own; in panoptic mode a tint of its class's. `list`: see listInstances.
export function colorOfId(id, mode, colors, list) {
  if (mode === "semantic") return colors[id];
  const at = list.findIndex((one) => one.id === id);
  if (mode === "instance") return INSTANCE_COLORS[at % INSTANCE_COLORS.length];
  const color = colors[Math.floor(id / PER_CLASS)];
  return at < 0 ? color : tint(color, TINTS[list[at].rank % TINTS.length]);
}

// Dark colors become lighter, light ones darker.
function tint(hex, share) {
  const parts = rgbOf(hex);
  const goal = 0.3 * parts[0] + 0.59 * parts[1] + 0.11 * parts[2] > 140 ? 0 : 255;
  return `#${parts
    .map((part) =>
      Math.round(part + (goal - part) * share)
        .toString(16)
        .padStart(2, "0"),
    )
    .join("")}`;
}

// (1 − opacity) · image + opacity · color, rounded once: one part of one pixel.
export function blendPart(image, color, opacity) {
  return Math.round((1 - opacity) * image + opacity * color);
}

export function hatchGray(row, col) {
  return VOID_GRAYS[hatchStripe(row, col)];
}

const hatchStripe = (row, col) => Math.floor((row + col) / 3) % 2;

// The picture (RGBA, 4 bytes a pixel) of an image under its ids. paintOf(id) → { color: "#rrggbb" or null for void's hatch, opacity }.
export function blendOverlay(image, { values, index }, width, paintOf) {
  const result = new Uint8ClampedArray(image.length);
  const tables = values.map((id) => blendTables(paintOf(id)));
  for (let at = 0, byte = 0; at < index.length; at++, byte += 4) {
    const pair = tables[index[at]];
    const table =
      pair.length === 1 ? pair[0] : pair[hatchStripe(Math.floor(at / width), at % width)];
    result[byte] = table[image[byte]];
    result[byte + 1] = table[256 + image[byte + 1]];
    result[byte + 2] = table[512 + image[byte + 2]];
    result[byte + 3] = 255;
  }
  return result;
}

// What each of 256 values of red, green and blue becomes under a color; void has one table per gray of its hatch.
function blendTables({ color, opacity }) {
  const paints = color ? [rgbOf(color)] : VOID_GRAYS.map((gray) => [gray, gray, gray]);
  return paints.map((rgb) => {
    const table = new Uint8Array(768);
    for (let at = 0; at < 768; at++) table[at] = blendPart(at & 255, rgb[at >> 8], opacity);
    return table;
  });
}

// Where the prediction differs from the label, void left out: 1 is wrong.
export function errorMap(labels, prediction) {
  const wrong = Uint8Array.from(labels, (label, at) =>
    label !== VOID && label !== prediction[at] ? 1 : 0,
  );
  const count = wrong.reduce((sum, one) => sum + one, 0);
  const valid = labels.reduce((sum, label) => sum + (label === VOID ? 0 : 1), 0);
  return { wrong, count, valid };
}

// The upper left corner of a window of rows × cols around a pixel, moved inside of the image; a smaller image is the window.
export function windowAround(row, col, height, width, rows, cols) {
  const place = (at, size, length) => Math.max(0, Math.min(at - (size >> 1), length - size));
  const [high, wide] = [Math.min(rows, height), Math.min(cols, width)];
  return { top: place(row, high, height), left: place(col, wide, width), rows: high, cols: wide };
}

// The values of a flat map in a window, as rows.
export function cropOf(values, { top, left, rows, cols }, width) {
  return Array.from({ length: rows }, (_, row) =>
    Array.from({ length: cols }, (_col, col) => values[(top + row) * width + left + col]),
  );
}
