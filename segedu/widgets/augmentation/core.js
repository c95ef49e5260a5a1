// Where each output pixel looks, and what it finds there: the image between four pixels, the label at the nearest one. Pure, no DOM.
//
// As torchvision.transforms.v2.functional: flips, then affine and elastic as one table. A setting is { flip_left_right, flip_up_down, rotation, zoom,
// shift_x, shift_y, shear, elastic, nodes, seed, … }. Planes are flat arrays of height · width, row by row; an image is red, green and blue, one after the other.
import { torchNormals, torchUniforms } from "./core_random.js";
import { cubicWeight } from "../kit/cubic.js";

export const VOID = 255;
export const GRAY = 0.5; // what an image is filled with
export const DRAWS = 40;
export const NO_CHANGE = {
  flip_left_right: false,
  flip_up_down: false,
  rotation: 0,
  zoom: 1,
  shift_x: 0,
  shift_y: 0,
  shear: 0,
  elastic: 0,
  brightness: 1,
  contrast: 1,
  saturation: 1,
  blur: 0,
  noise: 0,
};
const USUAL = { flip: 0.5, scale: [0.75, 1.5], color: 0.3 }; // segedu.Augment's defaults

// Random setting `number`, drawn as segedu.Augment() does; 0 changes nothing.
export function drawSetting(number, [height, width]) {
  if (number === 0) return { ...NO_CHANGE };
  const drawn = torchUniforms(number, 7);
  const [low, high] = USUAL.scale.map(Math.log);
  const hundredths = (value) => Math.round(value * 100) / 100;
  const zoom = hundredths(Math.exp(low + (high - low) * drawn[1]));
  const shift = (length, part) => Math.floor(length * Math.abs(zoom - 1) * (part - 0.5) + 0.5);
  const color = (part) => hundredths(1 + USUAL.color * (2 * part - 1));
  return {
    ...NO_CHANGE,
    flip_left_right: drawn[0] < USUAL.flip,
    zoom,
    shift_y: shift(height, drawn[2]),
    shift_x: shift(width, drawn[3]),
    brightness: color(drawn[4]),
    contrast: color(drawn[5]),
    saturation: color(drawn[6]),
  };
}

// From an output pixel (x, y, 1) to where it looks, both from the image's center: [[a, b, c], [d, e, f]].
export function inverseMatrix({ rotation, zoom, shift_x, shift_y, shear }) {
  const turn = (rotation * Math.PI) / 180,
    lean = Math.tan((shear * Math.PI) / 180);
  const [cos, sin] = [Math.cos(turn), Math.sin(turn)];
  const [a, b] = [(cos - sin * lean) / zoom, (cos * lean + sin) / zoom];
  const [d, e] = [-sin / zoom, cos / zoom];
  return [
    [a, b, -a * shift_x - b * shift_y],
    [d, e, -d * shift_x - e * shift_y],
  ];
}

// A smooth random field whose longest vector is 1, { x, y } planes in pixels: segedu.elastic_field with this seed and number of nodes.
export function unitField([height, width], nodes, seed) {
  const vectors = torchNormals(seed, 2 * nodes * nodes);
  const rows = cubicTaps(height, nodes),
    cols = cubicTaps(width, nodes);
  const x = bendPlane(vectors.subarray(0, nodes * nodes), rows, cols, nodes);
  const y = bendPlane(vectors.subarray(nodes * nodes), rows, cols, nodes);
  let longest = 0;
  for (let at = 0; at < x.length; at++) longest = Math.max(longest, Math.hypot(x[at], y[at]));
  return { x: x.map((value) => value / longest), y: y.map((value) => value / longest) };
}

// For each place of a side the four nodes and their weights; the first and the last place stand on the outer nodes.
function cubicTaps(length, nodes) {
  return Array.from({ length }, (_, place) => {
    const at = length > 1 ? (place * (nodes - 1)) / (length - 1) : 0,
      base = Math.floor(at);
    return [-1, 0, 1, 2].map((step) => ({
      node: Math.min(Math.max(base + step, 0), nodes - 1),
      weight: cubicWeight(at - base - step),
    }));
  });
}

function bendPlane(vectors, rows, cols, nodes) {
  const plane = new Float64Array(rows.length * cols.length);
  rows.forEach((down, row) =>
    cols.forEach((along, col) => {
      let sum = 0;
      for (const one of down)
        for (const two of along)
          sum += one.weight * two.weight * vectors[one.node * nodes + two.node];
      plane[row * cols.length + col] = sum;
    }),
  );
  return plane;
}

// Fills { x, y } (Float64Array): where each output pixel looks, in pixels of the flipped source, counted from the center of its first pixel.
export function fillTable(table, setting, field, [height, width]) {
  const [[a, b, c], [d, e, f]] = inverseMatrix(setting);
  const [midX, midY] = [(width - 1) / 2, (height - 1) / 2];
  const strength = setting.elastic;
  for (let row = 0, at = 0; row < height; row++)
    for (let col = 0; col < width; col++, at++) {
      const x = col - midX + (strength ? strength * field.x[at] : 0);
      const y = row - midY + (strength ? strength * field.y[at] : 0);
      table.x[at] = a * x + b * y + c + midX;
      table.y[at] = d * x + e * y + f + midY;
    }
}

// Where a flipped source's pixel stands in the source itself: index = base + row · down + col · right.
export function flipIndex({ flip_left_right, flip_up_down }, [height, width]) {
  return {
    base: (flip_up_down ? (height - 1) * width : 0) + (flip_left_right ? width - 1 : 0),
    down: flip_up_down ? -width : width,
    right: flip_left_right ? -1 : 1,
  };
}

// To the nearest whole number, a half to the even one, as torch rounds.
export function roundEven(value) {
  const nearest = Math.round(value);
  return nearest - value === 0.5 && nearest % 2 !== 0 ? nearest - 1 : nearest;
}

// The image between four pixels. Torchvision fills after it has interpolated: what the pixels within give, times their share, plus the rest · gray.
export function moveImage(result, image, table, flip, [height, width]) {
  const area = height * width;
  for (let at = 0; at < area; at++) {
    const left = Math.floor(table.x[at]),
      top = Math.floor(table.y[at]);
    const along = table.x[at] - left,
      down = table.y[at] - top;
    const west = left >= 0 && left < width ? 1 - along : 0,
      east = left >= -1 && left < width - 1 ? along : 0;
    const north = top >= 0 && top < height ? 1 - down : 0,
      south = top >= -1 && top < height - 1 ? down : 0;
    const within = (west + east) * (north + south);
    const first = flip.base + top * flip.down + left * flip.right;
    for (let plane = 0; plane < 3 * area; plane += area) {
      const from = plane + first;
      let sum = 0;
      if (north && west) sum += north * west * image[from];
      if (north && east) sum += north * east * image[from + flip.right];
      if (south && west) sum += south * west * image[from + flip.down];
      if (south && east) sum += south * east * image[from + flip.down + flip.right];
      result[plane + at] = within * sum + (1 - within) * GRAY;
    }
  }
}

// The label of the nearest pixel; `fill` where that lies outside. Returns how many do.
export function moveLabels(result, labels, table, flip, [height, width], fill) {
  let outside = 0;
  for (let at = 0; at < result.length; at++) {
    const row = roundEven(table.y[at]),
      col = roundEven(table.x[at]);
    const within = row >= 0 && row < height && col >= 0 && col < width;
    result[at] = within ? labels[flip.base + row * flip.down + col * flip.right] : fill;
    if (!within) outside += 1;
  }
  return outside;
}

// The four pixels around the place that output pixel `at` looks at: { row, col (of the source itself), weight, index (−1 outside) }.
export function neighborsAt(table, at, flip, [height, width]) {
  const left = Math.floor(table.x[at]),
    top = Math.floor(table.y[at]);
  const along = table.x[at] - left,
    down = table.y[at] - top;
  return [0, 1, 2, 3].map((corner) => {
    const row = flip.down < 0 ? height - 1 - top - (corner >> 1) : top + (corner >> 1);
    const col = flip.right < 0 ? width - 1 - left - (corner & 1) : left + (corner & 1);
    const within = row >= 0 && row < height && col >= 0 && col < width;
    const weight = (corner >> 1 ? down : 1 - down) * (corner & 1 ? along : 1 - along);
    return { row, col, weight, index: within ? row * width + col : -1 };
  });
}

// What torchvision makes of four pixels that hold `values`: { sum (of those within), within (their share), filled }.
export function mixOf(neighbors, values, fill) {
  const inside = neighbors.map(({ index }) => index >= 0);
  const total = (terms) => terms.reduce((sum, term) => sum + term, 0);
  const within = Math.min(1, total(neighbors.map(({ weight }, at) => (inside[at] ? weight : 0))));
  const sum = total(neighbors.map(({ weight }, at) => (inside[at] ? weight * values[at] : 0)));
  return { sum, within, filled: within * sum + (1 - within) * fill };
}

// The pixel of the source whose label output pixel `at` takes: { row, col, index (−1 outside) }.
export function nearestAt(table, at, flip, [height, width]) {
  const [inRow, inCol] = [roundEven(table.y[at]), roundEven(table.x[at])];
  const row = flip.down < 0 ? height - 1 - inRow : inRow,
    col = flip.right < 0 ? width - 1 - inCol : inCol;
  const within = row >= 0 && row < height && col >= 0 && col < width;
  return { row, col, index: within ? row * width + col : -1 };
}

// The mistake: label numbers between four pixels, rounded. Marks in `wrong` where the result is none of the labels that it was mixed from; returns how many.
export function mixLabels(result, wrong, labels, table, flip, size, fill) {
  const [height, width] = size;
  const found = new Int32Array(4),
    weights = new Float64Array(4);
  let invented = 0;
  for (let at = 0; at < result.length; at++) {
    const left = Math.floor(table.x[at]),
      top = Math.floor(table.y[at]);
    const along = table.x[at] - left,
      down = table.y[at] - top;
    let sum = 0,
      inside = 0;
    for (let corner = 0; corner < 4; corner++) {
      const row = top + (corner >> 1),
        col = left + (corner & 1);
      const within = row >= 0 && row < height && col >= 0 && col < width;
      found[corner] = within ? labels[flip.base + row * flip.down + col * flip.right] : fill;
      weights[corner] = (corner >> 1 ? down : 1 - down) * (corner & 1 ? along : 1 - along);
      if (!within) continue;
      inside += weights[corner];
      sum += weights[corner] * found[corner];
    }
    result[at] = roundEven(inside * sum + (1 - inside) * fill);
    let known = false;
    for (let corner = 0; corner < 4; corner++)
      known ||= found[corner] === result[at] && weights[corner] > 1e-4;
    wrong[at] = known ? 0 : 1;
    if (!known) invented += 1;
  }
  return invented;
}
