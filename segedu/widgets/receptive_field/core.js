// Receptive fields of a stack of layers, exactly, one axis at a time. Pure, no DOM.
//
// A layer is { kind: "conv" | "pool", kernel, stride, padding, dilation }: the same whole numbers on both axes; "pool" is average pooling.
// Level 0 is the input, level l the output of layer l. A cell of a level counts from 0; cells of the padding are below 0 or too large.
// Every weight is uniform (1 / kernel per axis), so what a cell adds to the output is its number of paths: a product of the two axes.

import { formatCount } from "../kit/numbers.js";
import { lastLevel, recursion } from "../kit/fields.js";

// Cells per level along one axis; from the first layer that does not fit, 0.
export function levelLengths(layers, input) {
  const lengths = [input];
  for (const { kernel, stride, padding, dilation } of layers) {
    const room = lengths.at(-1) + 2 * padding - (dilation * (kernel - 1) + 1);
    lengths.push(lengths.at(-1) > 0 && room >= 0 ? Math.floor(room / stride) + 1 : 0);
  }
  return lengths;
}

// For one axis, how many paths lead from each cell of each level to cell `index` of level `from` (the last one by default).
// Paths that would start in the padding of any level are lost, as in torch: those cells are zeros, not pixels.
export function pathCounts(layers, lengths, index, from = layers.length) {
  const counts = lengths.map((length) => new Array(length).fill(0));
  counts[from][index] = 1;
  for (let level = from; level > 0; level--) {
    const { kernel, stride, padding, dilation } = layers[level - 1];
    const below = counts[level - 1];
    counts[level].forEach((paths, cell) => {
      for (let tap = 0; paths > 0 && tap < kernel; tap++) {
        const at = cell * stride - padding + tap * dilation;
        if (at >= 0 && at < below.length) below[at] += paths;
      }
    });
  }
  return counts;
}

// The other way: how many paths lead from cell `index` of level `from` up to each cell of the levels above it.
export function readerCounts(layers, lengths, index, from) {
  const counts = lengths.map((length) => new Array(length).fill(0));
  counts[from][index] = 1;
  for (let level = from + 1; level <= layers.length; level++) {
    counts[level].forEach((_, cell) => {
      for (const { cell: read, inside } of tapsOf(layers[level - 1], lengths[level - 1], cell))
        if (inside) counts[level][cell] += counts[level - 1][read];
    });
  }
  return counts;
}

// The cells that one cell reads directly: { tap, cell, inside }, padding included.
export function tapsOf({ kernel, stride, padding, dilation }, length, index) {
  return Array.from({ length: kernel }, (_, tap) => {
    const cell = index * stride - padding + tap * dilation;
    return { tap, cell, inside: cell >= 0 && cell < length };
  });
}

// The analytic field of output cell `index` along one axis: { first, last, size }, not cut at the border.
export function analyticField(layers, index) {
  const { jump, start, size } = lastLevel(layers);
  const first = start + index * jump;
  return { first, last: first + size - 1, size };
}

// What the two axes' path counts over the input say about the square field: pixels inside the image, pixels touched, the box around these.
export function measuredField(rows, cols, fieldRows, fieldCols) {
  const inside = ({ first, last }, length) =>
    Math.max(0, Math.min(last, length - 1) - Math.max(first, 0) + 1);
  const touched = (counts) => counts.filter((count) => count > 0).length;
  const extent = (counts) =>
    counts.findLastIndex((count) => count > 0) - counts.findIndex((count) => count > 0) + 1;
  return {
    pixels: inside(fieldRows, rows.length) * inside(fieldCols, cols.length),
    touched: touched(rows) * touched(cols),
    height: touched(rows) ? extent(rows) : 0,
    width: touched(cols) ? extent(cols) : 0,
  };
}

// The smallest square around the field's center of mass that holds `share` of the weight: { row, col, side }, its upper left pixel
// and its side. The definition of segedu.ops.receptive_fields.effective_size: sides are odd, the center is rounded, halves to even.
export function effectiveSquare(rows, cols, share) {
  const [row, col] = [massCenter(rows), massCenter(cols)];
  const [high, wide] = [sumOver(rows, 0, rows.length), sumOver(cols, 0, cols.length)];
  const inside = (reach) =>
    (sumOver(rows, row - reach, row + reach) / high) *
    (sumOver(cols, col - reach, col + reach) / wide);
  let reach = 0;
  if (!(high * wide > 0)) return { row: 0, col: 0, side: 0 }; // no path from any pixel
  while (inside(reach) < share - 1e-9) reach++;
  return { row: row - reach, col: col - reach, side: 2 * reach + 1 };
}

function massCenter(counts) {
  const mean =
    counts.reduce((sum, count, at) => sum + count * at, 0) / sumOver(counts, 0, counts.length);
  const below = Math.floor(mean);
  const tie = Math.abs(mean - below - 0.5) < 1e-9;
  return tie ? below + (below % 2) : Math.round(mean);
}

function sumOver(counts, first, last) {
  return counts
    .slice(Math.max(first, 0), Math.max(last + 1, 0))
    .reduce((sum, count) => sum + count, 0);
}

// A number of paths in words: all digits while they are exact, then "1.23 · 10^18".
export function formatPaths(count) {
  if (count <= Number.MAX_SAFE_INTEGER) return formatCount(count);
  const [digits, power] = count.toExponential(2).split("e+");
  return `${digits} · 10^${power}`;
}

// Standard deviation of the effective field in pixels, away from the border: each layer adds the variance of its `kernel` even taps.
export function effectiveSigma(layers) {
  const levels = recursion(layers);
  return Math.sqrt(
    layers.reduce(
      (sum, { kernel, dilation }, at) =>
        sum + ((dilation * levels[at].jump) ** 2 * (kernel ** 2 - 1)) / 12,
      0,
    ),
  );
}

// The output cell whose field's middle is nearest to input pixel `pixel`, along one axis.
export function nearestOutput(layers, length, pixel) {
  const { jump, start, size } = lastLevel(layers);
  return Math.min(
    Math.max(Math.round((pixel - start - (size - 1) / 2) / jump), 0),
    Math.max(length - 1, 0),
  );
}

// The image averaged through the stack, separably: { data, height, width }; data holds rows of pixels with 3 numbers each.
// Whole rows are added, which is fast; so all layers go down the rows first, then, turned over, down the columns.
export function averageThrough(layers, image) {
  const down = (picture) => layers.reduce((rows, layer) => averageRows(layer, rows), picture);
  return turnedOver(down(turnedOver(down(image))));
}

function averageRows({ kernel, stride, padding, dilation }, { data, height, width }) {
  const out = Math.floor((height + 2 * padding - (dilation * (kernel - 1) + 1)) / stride) + 1;
  const [run, share] = [width * 3, 1 / kernel];
  const result = new Float32Array(out * run);
  for (let row = 0; row < out; row++) {
    for (let tap = 0; tap < kernel; tap++) {
      const at = row * stride - padding + tap * dilation;
      if (at < 0 || at >= height) continue;
      for (let to = row * run, from = at * run; from < (at + 1) * run; to++, from++)
        result[to] += share * data[from];
    }
  }
  return { data: result, height: out, width };
}

// Rows become columns; the 3 numbers of a pixel stay together.
function turnedOver({ data, height, width }) {
  const result = new Float32Array(data.length);
  for (let row = 0, from = 0; row < height; row++)
    for (let to = row * 3; from < (row + 1) * width * 3; to += height * 3)
      for (let part = 0; part < 3; part++) result[to + part] = data[from++];
  return { data: result, height: width, width: height };
}

// All that one update shows of a stack over a photo of [height, width]; counts, field and half only where it fits.
export function fieldScene(layers, [height, width], [row, col], misfit) {
  const lengths = { rows: levelLengths(layers, height), cols: levelLengths(layers, width) };
  const scene = {
    layers,
    size: [height, width],
    misfit,
    lengths,
    levels: recursion(layers),
    counts: null,
  };
  if (misfit) return scene;
  const field = { rows: analyticField(layers, row), cols: analyticField(layers, col) };
  const counts = {
    rows: pathCounts(layers, lengths.rows, row),
    cols: pathCounts(layers, lengths.cols, col),
  };
  const half = effectiveSquare(counts.rows[0], counts.cols[0], 0.5);
  return { ...scene, shown: { row, col }, field, counts, half };
}
