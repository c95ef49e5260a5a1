// What is no interpolation: bed of nails and max unpooling; and, for all methods, the output, its terms, its reach, its class ids. Pure, no DOM.
import {
  axisWeights,
  interpolates,
  interpolationReach,
  interpolationTerms,
  isWeighted,
  outputSize,
  resizePlane,
} from "./core.js";

const gridOfCells = (rows, cols, make) =>
  Array.from({ length: rows }, (_, row) =>
    Array.from({ length: cols }, (_, col) => make(row, col)),
  );

// Maxima of the factor × factor blocks: rows of { value, row, col, index }; of equal values the first in reading order, as in torch.
export function maxPool(before, factor) {
  return gridOfCells(before.length / factor, before[0].length / factor, (blockRow, blockCol) => {
    let best = null;
    for (let row = blockRow * factor; row < (blockRow + 1) * factor; row++)
      for (let col = blockCol * factor; col < (blockCol + 1) * factor; col++)
        if (best === null || before[row][col] > best.value)
          best = { value: before[row][col], row, col, index: row * before[0].length + col };
    return best;
  });
}

// A map whose max pooling is the image, with the maximum elsewhere in each block; Python's default_before makes the same.
export function defaultBefore(image, factor) {
  return gridOfCells(image.length * factor, image[0].length * factor, (atRow, atCol) => {
    const row = Math.floor(atRow / factor),
      col = Math.floor(atCol / factor),
      place = (atRow % factor) * factor + (atCol % factor);
    const top = (3 * row + 5 * col + 2 * row * col + 1) % (factor * factor);
    const value = image[row][col],
      other = value - 1 - ((place + row + 2 * col + 1) % 4);
    if (place === top) return value;
    return value > 0 ? Math.max(other, 0) : other; // as after a ReLU, where that is possible
  });
}

// The given map if its max pooling is the image, else one that is made up.
export function pooledFrom(before, image, factor) {
  const fits =
    before?.length === image.length * factor && before[0].length === image[0].length * factor;
  const same =
    fits &&
    maxPool(before, factor).every((line, row) =>
      line.every(({ value }, col) => value === image[row][col]),
    );
  return same ? before : defaultBefore(image, factor);
}

// The image after one cell of the map before pooling has changed.
export function pooledValues(before, factor) {
  return maxPool(before, factor).map((line) => line.map(({ value }) => value));
}

// A bed of nails of a plane of numbers (row by row): each value in the upper left corner of its block.
export function nailPlane(plane, [height, width], factor) {
  const nails = new Float64Array(height * width * factor * factor);
  for (let row = 0; row < height; row++)
    for (let col = 0; col < width; col++)
      nails[row * factor * width * factor + col * factor] = plane[row * width + col];
  return nails;
}

// Pool a plane, then put each maximum back to its place.
export function unpoolPlane(plane, [height, width], factor) {
  const unpooled = new Float64Array(height * width);
  for (let top = 0; top < height; top += factor)
    for (let left = 0; left < width; left += factor) {
      let best = top * width + left;
      for (let row = top; row < top + factor; row++)
        for (let col = left; col < left + factor; col++)
          if (plane[row * width + col] > plane[best]) best = row * width + col;
      unpooled[best] = plane[best];
    }
  return unpooled;
}

// The whole output as rows of numbers.
export function upsample(setting) {
  const { image, before, method, factor, align } = setting,
    [high, wide] = outputSize(setting),
    input = [image.length, image[0].length];
  const plane = interpolates(method)
    ? resizePlane(image.flat(), input, [high, wide], method, align)
    : method === "bed of nails"
      ? nailPlane(image.flat(), input, factor)
      : unpoolPlane(before.flat(), [high, wide], factor);
  return gridOfCells(high, wide, (row, col) => plane[row * wide + col]);
}

// The products behind output pixel (row, col); none where nothing was put.
export function termsOf(setting, row, col) {
  const { image, method, factor } = setting;
  if (interpolates(method)) return interpolationTerms(setting, row, col);
  const cell = { row: Math.floor(row / factor), col: Math.floor(col / factor) };
  if (
    !reachOf(setting, cell.row, cell.col).some(
      (reached) => reached.row === row && reached.col === col,
    )
  )
    return [];
  const pixel = image[cell.row][cell.col];
  return [
    {
      tap: blockTap(setting, cell),
      ...cell,
      cellRow: cell.row,
      cellCol: cell.col,
      pixel,
      down: 1,
      along: 1,
      weight: 1,
      product: pixel,
    },
  ];
}

// Which output pixels input cell (row, col) reaches, through which tap and with what weight: { row, col, weight, tap }.
export function reachOf(setting, row, col) {
  const { before, method, factor } = setting;
  if (interpolates(method)) return interpolationReach(setting, row, col);
  if (method === "bed of nails")
    return [{ row: row * factor, col: col * factor, weight: 1, tap: 0 }];
  const place = maxPool(before, factor)[row][col];
  return [{ row: place.row, col: place.col, weight: 1, tap: blockTap(setting, { row, col }) }];
}

// In max unpooling each block has its own color; elsewhere a tap has.
export function blockTap({ image, method }, { row, col }) {
  return method === "max unpooling" ? row * image[0].length + col : 0;
}

// Why the numbers can't be class ids, or null.
export function notClassIds(values) {
  const wrong = values.flat().find((value) => !Number.isInteger(value) || value < 0);
  return wrong === undefined ? null : wrong;
}

// torch's output.round(decimals=9).round(): to the nearest whole number, a half to the even one.
export function classId(value) {
  const steady = Math.round(value * 1e9) / 1e9,
    below = Math.floor(steady);
  if (steady - below !== 0.5) return Math.round(steady);
  return below % 2 === 0 ? below : below + 1;
}

// Output pixels whose rounded id none of the cells that they read has: rows of true and false.
export function inventedIds(setting, outputs) {
  const { image, method, align } = setting,
    [high, wide] = outputSize(setting);
  if (!isWeighted(method) || notClassIds(image) !== null)
    return outputs.map((line) => line.map(() => false));
  const rows = axisWeights(method, image.length, high, align),
    cols = axisWeights(method, image[0].length, wide, align);
  const reads = (row, col, id) =>
    rows[row].some((down) => cols[col].some((along) => image[down.cell][along.cell] === id));
  return outputs.map((line, row) => line.map((value, col) => !reads(row, col, classId(value))));
}
