// The arithmetic of upsampling as torch does it, exact where it can be: along one axis, then the product of two axes. Pure, no DOM.
//
// A setting is { image, before, method, factor, size, align }: image is rows of numbers, before the rows of the map whose max pooling is
// the image, size [height, width] or null (the factor says it). Maps outside of the interpolations are in nails.js.
import { cubicWeight } from "../kit/cubic.js";
export const WEIGHTED_METHODS = ["bilinear", "bicubic"];
export const INTERPOLATIONS = ["nearest", "nearest-exact", ...WEIGHTED_METHODS];
export const METHODS = [...INTERPOLATIONS, "bed of nails", "max unpooling"];

export const isWeighted = (method) => WEIGHTED_METHODS.includes(method);
export const interpolates = (method) => INTERPOLATIONS.includes(method);
export const reachOfMethod = (method) => ({ bilinear: 1, bicubic: 2 })[method] ?? 0;

// Height and width of the output; a chosen size counts only for the methods that interpolate.
/** @param {{ image: number[][], method: string, factor?: number, size?: number[] | null }} setting */
export function outputSize({ image, method, factor = 1, size }) {
  if (size && interpolates(method)) return size;
  return [image.length * factor, image[0].length * factor];
}

// Where output pixel i looks, in input pixels from the center of the first, as a fraction { over, under }.
export function placeOf(method, inputs, outputs, align, i) {
  if (align && isWeighted(method))
    return outputs > 1 ? { over: i * (inputs - 1), under: outputs - 1 } : { over: 0, under: 1 };
  const twice = method === "nearest" ? 2 * i : 2 * i + 1; // torch's nearest looks with the left edge of its pixel
  return { over: twice * inputs - outputs, under: 2 * outputs };
}

// What output pixel i reads along one axis: { tap, at, cell, weight }; `at` may lie outside, then the border cell is read again.
export function axisTaps(method, inputs, outputs, align, i) {
  const { over, under } = placeOf(method, inputs, outputs, align, i),
    reach = reachOfMethod(method);
  const inside = (at) => Math.min(Math.max(at, 0), inputs - 1);
  if (reach === 0) {
    const at = inside(Math.floor((2 * over + under) / (2 * under))); // the cell around the place
    return [{ tap: 0, at, cell: at, weight: 1 }];
  }
  const base = Math.floor(over / under),
    share = (over - base * under) / under;
  const weightAt = (distance) => (reach === 1 ? 1 - Math.abs(distance) : cubicWeight(distance));
  return Array.from({ length: 2 * reach }, (_, tap) => {
    const at = base - reach + 1 + tap;
    return { tap, at, cell: inside(at), weight: weightAt(share - (tap - reach + 1)) };
  }).filter(({ at }) => share > 0 || at === base);
}

// The weights of a whole axis: for each output pixel [{ cell, weight }], a border cell that is read twice counted once.
export function axisWeights(method, inputs, outputs, align) {
  return Array.from({ length: outputs }, (_, i) => {
    const merged = new Map();
    for (const { cell, weight } of axisTaps(method, inputs, outputs, align, i))
      merged.set(cell, (merged.get(cell) ?? 0) + weight);
    return [...merged].map(([cell, weight]) => ({ cell, weight }));
  });
}

// A plane of numbers (row by row, any array) resized: first the rows, then the columns.
export function resizePlane(plane, [height, width], [high, wide], method, align) {
  const rows = axisWeights(method, height, high, align),
    cols = axisWeights(method, width, wide, align);
  const tall = new Float64Array(high * width),
    resized = new Float64Array(high * wide);
  for (let row = 0; row < high; row++)
    for (const { cell, weight } of rows[row])
      for (let col = 0; col < width; col++)
        tall[row * width + col] += weight * plane[cell * width + col];
  for (let col = 0; col < wide; col++)
    for (const { cell, weight } of cols[col])
      for (let row = 0; row < high; row++)
        resized[row * wide + col] += weight * tall[row * width + cell];
  return resized;
}

// The products behind output pixel (row, col) of an interpolation: { tap, row, col, cellRow, cellCol, pixel, down, along, weight, product };
// row and col may lie outside of the input, cellRow and cellCol don't; the weight is down · along.
export function interpolationTerms({ image, method, align, ...setting }, row, col) {
  const [high, wide] = outputSize({ image, method, ...setting }),
    reach = Math.max(2 * reachOfMethod(method), 1);
  const downs = axisTaps(method, image.length, high, align, row),
    alongs = axisTaps(method, image[0].length, wide, align, col);
  return downs.flatMap((down) =>
    alongs.map((along) => {
      const pixel = image[down.cell][along.cell],
        weight = down.weight * along.weight;
      return {
        tap: down.tap * reach + along.tap,
        row: down.at,
        col: along.at,
        cellRow: down.cell,
        cellCol: along.cell,
        pixel,
        down: down.weight,
        along: along.weight,
        weight,
        product: pixel * weight,
      };
    }),
  );
}

// Which output pixels of an interpolation input cell (row, col) reaches: { row, col, weight, tap }; the tap that counts most.
export function interpolationReach({ image, method, align, ...setting }, row, col) {
  const [high, wide] = outputSize({ image, method, ...setting }),
    reach = Math.max(2 * reachOfMethod(method), 1);
  const downs = readersAlong(method, image.length, high, align, row),
    alongs = readersAlong(method, image[0].length, wide, align, col);
  return downs.flatMap((down) =>
    alongs.map((along) => ({
      row: down.i,
      col: along.i,
      weight: down.weight * along.weight,
      tap: down.tap * reach + along.tap,
    })),
  );
}

function readersAlong(method, inputs, outputs, align, wanted) {
  return Array.from({ length: outputs }, (_, i) => {
    const taps = axisTaps(method, inputs, outputs, align, i).filter(({ cell }) => cell === wanted);
    const most = taps.reduce(
      (best, tap) => (Math.abs(best.weight) >= Math.abs(tap.weight) ? best : tap),
      taps[0],
    );
    return {
      i,
      weight: taps.reduce((sum, { weight }) => sum + weight, 0),
      tap: most?.tap,
      count: taps.length,
    };
  }).filter(({ count }) => count > 0);
}

// Input rows (or columns) that no output pixel reads: what shrinking without antialiasing skips.
export function skippedCells(method, inputs, outputs, align) {
  const read = new Set(
    axisWeights(method, inputs, outputs, align).flatMap((taps) => taps.map(({ cell }) => cell)),
  );
  return Array.from({ length: inputs }, (_, cell) => cell).filter((cell) => !read.has(cell));
}
