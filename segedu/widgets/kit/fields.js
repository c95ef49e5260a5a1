// How far a stack of layers sees, one axis at a time. Pure, no DOM.
//
// A layer is { kernel, stride, padding, dilation }, whole numbers; an average pooling counts as a convolution.
/** @typedef {{ kernel: number, stride: number, padding: number, dilation: number }} Layer */
/** @typedef {{ jump: number, start: number, size: number }} Level */

// Jump, start and size after each layer, level 0 first: one cell further in a level is `jump` pixels further in the input;
// cell i sees the pixels start + i · jump … start + i · jump + size − 1.
/** @param {Layer[]} layers @returns {Level[]} */
export function recursion(layers) {
  let level = { jump: 1, start: 0, size: 1 };
  const levels = [level];
  for (const { kernel, stride, padding, dilation } of layers) {
    const { jump, start, size } = level;
    level = {
      jump: jump * stride,
      start: start - padding * jump,
      size: size + (kernel - 1) * dilation * jump,
    };
    levels.push(level);
  }
  return levels;
}

/** What the output of the whole stack sees. @param {Layer[]} layers @returns {Level} */
export function lastLevel(layers) {
  return recursion(layers)[layers.length];
}

// The padding that keeps an odd kernel's output as large as its input (at stride 1).
export function samePadding(kernel, dilation) {
  return Math.floor((dilation * (kernel - 1)) / 2);
}
