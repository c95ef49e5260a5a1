// Inputs, kernels and whole settings of the transposed-convolution explorer's menus, in any size. Pure, no DOM.
import { listOf, rowsOf } from "./core.js";

const SMALL_INPUT = [
  [1, 2, 0, 1],
  [3, 1, 2, 0],
  [0, 2, 1, 3],
];
const SMALL_KERNEL = [
  [1, 2, 3],
  [0, 1, 2],
  [2, 1, 1],
];
const repeated = (values) => (rows, cols) =>
  rowsOf(rows, cols, (i, j) => values[i % values.length][j % values[0].length]);
const ones = (rows, cols) => rowsOf(rows, cols, () => 1);
const middleOne = (rows, cols) =>
  rowsOf(rows, cols, (i, j) => (i === (rows - 1) >> 1 && j === (cols - 1) >> 1 ? 1 : 0));
const count = (rows, cols) => rowsOf(rows, cols, (i, j) => i * cols + j + 1);

// One axis of the kernel that upsamples bilinearly: a tent as high as 1 (Long et al. 2015).
function tent(length) {
  const factor = Math.ceil(length / 2);
  return listOf(length, (at) => 1 - Math.abs(at - (length - 1) / 2) / factor);
}

// The menus, by the trait they set; each entry makes rows × cols numbers.
export const MATRICES = {
  image: {
    "small numbers": repeated(SMALL_INPUT),
    "all ones": ones,
    "a single 1": middleOne,
    "count 1, 2, 3, …": count,
  },
  kernel: {
    "small numbers": repeated(SMALL_KERNEL),
    "all ones": ones,
    "count 1, 2, 3, …": count,
    "bilinear tent": (rows, cols) => rowsOf(rows, cols, (i, j) => tent(rows)[i] * tent(cols)[j]),
    "a single 1": middleOne,
  },
};

// The menu's name of some numbers, or "custom". Where two names make the same numbers, `preferred` wins.
export function matrixName(trait, values, preferred = "custom") {
  const is = (name) =>
    MATRICES[trait]
      [name](values.length, values[0].length)
      .flat()
      .every((value, at) => Math.abs(value - values.flat()[at]) < 1e-12);
  if (MATRICES[trait][preferred] && is(preferred)) return preferred;
  return Object.keys(MATRICES[trait]).find(is) ?? "custom";
}

// Numbers of the same name in another size; custom ones are cropped, or go on as `memory` or the small numbers do. `memory` keeps
// what was cropped, so that a size slider moved there and back changes nothing.
export function resizeMatrix(trait, memory, name, rows, cols) {
  const more = MATRICES[trait][MATRICES[trait][name] ? name : "small numbers"](rows, cols);
  return MATRICES[trait][name] ? more : rowsOf(rows, cols, (i, j) => memory[i]?.[j] ?? more[i][j]);
}

// The remembered numbers, with their upper left part replaced by the present ones.
export function rememberMatrix(memory, values) {
  return listOf(Math.max(memory.length, values.length), (i) => [
    ...(values[i] ?? []),
    ...(memory[i] ?? []).slice(values[i]?.length ?? 0),
  ]);
}

// Do the remembered numbers start with these?
export function remembers(memory, values) {
  return values.every((line, i) => line.every((value, j) => memory[i]?.[j] === value));
}

// Settings worth a look.
const example = (image, kernel, size, stride, padding = 0, outputPadding = 0, dilation = 1) => ({
  image,
  kernel,
  size,
  stride,
  padding,
  outputPadding,
  dilation,
});
export const EXAMPLES = {
  "checkerboard: kernel 3, stride 2": example("all ones", "all ones", 3, 2),
  "even: kernel 4, stride 2": example("all ones", "all ones", 4, 2, 1),
  "gaps: kernel 2, stride 3": example("all ones", "all ones", 2, 3),
  "one stamp is the kernel": example("a single 1", "count 1, 2, 3, …", 3, 2),
  "exactly double: kernel 3, padding 1, output_padding 1": example(
    "small numbers",
    "count 1, 2, 3, …",
    3,
    2,
    1,
    1,
  ),
  "nearest ×2: ones, kernel 2, stride 2": example("small numbers", "all ones", 2, 2),
  "bilinear ×2: tent, kernel 4, stride 2": example("small numbers", "bilinear tent", 4, 2, 1),
  "dilation 2, stride 2: cells without a stamp": example("all ones", "all ones", 3, 2, 0, 0, 2),
};

// The name of the example that a setting is, or "".
export function exampleName({ image, kernel, stride, padding, outputPadding, dilation }) {
  const numbers = { stride, padding, outputPadding, dilation };
  const is = (made) =>
    kernel.length === made.size &&
    kernel[0].length === made.size &&
    Object.entries(numbers).every(([name, value]) => made[name] === value) &&
    matrixName("image", image, made.image) === made.image &&
    matrixName("kernel", kernel, made.kernel) === made.kernel;
  return Object.keys(EXAMPLES).find((name) => is(EXAMPLES[name])) ?? "";
}
