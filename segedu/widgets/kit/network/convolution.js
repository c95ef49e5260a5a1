// Convolution and transposed convolution, fast: what every frame of a network spends its time on. Pure, no DOM.
//
// network/plain.js has the definition. Here the weights stand still and the map moves: a few weights at a time are held
// in variables while a row of the map runs past them, and two output channels share what is read of the input. Borders
// cost nothing, because the input is copied into a map with zeros around.

import { AT_ONCE, isOrdinary, lengthAfter, zerosAround } from "./taps.js";

/** @typedef {{ data: Float32Array, channels: number, height: number, width: number }} FeatureMap */
/** @typedef {(channels: number, height: number, width: number, part?: string) => FeatureMap} MakeMap */
/** @typedef {import("./taps.js").Taps} Taps */

/**
 * Convolve a map, or transpose-convolve it, as the step says.
 * @param {FeatureMap} input
 * @param {any} step
 * @param {Taps[]} prepared by `prepareTaps`
 * @param {Float32Array | null} bias one number per output channel
 * @param {MakeMap} make
 */
export function convolve(input, step, prepared, bias, make) {
  const height = lengthAfter(step, 0, input.height);
  const width = lengthAfter(step, 1, input.width);
  const output = make(step.channels, height, width);
  const padded = withZerosAround(input, step, make);
  const plane = height * width;
  for (let channel = 0; channel < step.channels; channel++)
    output.data.fill(bias ? bias[channel] : 0, channel * plane, (channel + 1) * plane);

  for (const taps of prepared) {
    taps.channels.forEach((channel, at) => {
      const row = channel * padded.height + taps.rows[at];
      taps.offsets[at] = row * padded.width + taps.columns[at];
    });
    if (isDenseThree(step)) addNines(padded, output, taps);
    else addTaps(padded, output, taps, isOrdinary(step) ? step.stride : [1, 1]);
  }
  return output;
}

function isDenseThree(step) {
  const isOne = (each) => each === 1;
  const isThree = step.kernel.every((size) => size === 3);
  return isOrdinary(step) && isThree && step.stride.every(isOne) && step.dilation.every(isOne);
}

function withZerosAround(input, step, make) {
  const [top, bottom] = zerosAround(step, 0, input.height);
  const [left, right] = zerosAround(step, 1, input.width);
  if (top + bottom + left + right === 0) return input;
  const [rows, columns] = [input.height + top + bottom, input.width + left + right];
  const padded = make(input.channels, rows, columns, "padded"); // the zeros around stay from frame to frame
  for (let channel = 0; channel < input.channels; channel++)
    for (let row = 0; row < input.height; row++) {
      const from = (channel * input.height + row) * input.width;
      const to = (channel * rows + row + top) * columns + left;
      padded.data.set(input.data.subarray(from, from + input.width), to);
    }
  return padded;
}

// Add all taps to the outputs: eight taps and two output channels at a time. An odd last channel is paired with itself,
// and zeros for its second set of weights.
function addTaps(input, output, taps, moves) {
  const plane = output.height * output.width;
  const stride = taps.offsets.length;
  const none = new Float32Array(stride);
  const start = taps.start[0] * output.width + taps.start[1];
  const lattice = {
    rows: Math.ceil((output.height - taps.start[0]) / taps.step[0]),
    columns: Math.ceil((output.width - taps.start[1]) / taps.step[1]),
    inputRow: input.width * moves[0],
    inputStep: moves[1],
    outputRow: output.width * taps.step[0],
    outputStep: taps.step[1],
  };
  for (let channel = 0; channel < taps.count; channel += 2) {
    const [one, two] = [channel, Math.min(channel + 1, taps.count - 1)];
    const weights = taps.weights.subarray(one * stride, (one + 1) * stride);
    const others = two > one ? taps.weights.subarray(two * stride, (two + 1) * stride) : none;
    const [to, other] = [one, two].map((each) => (taps.first + each) * plane + start);
    for (let at = 0; at < stride; at += AT_ONCE)
      addEight(input.data, taps.offsets, weights, others, at, output.data, to, other, lattice);
  }
}

function addEight(x, offsets, weights, others, at, y, to, other, lattice) {
  const { rows, columns, inputRow, inputStep, outputRow, outputStep } = lattice;
  const v0 = weights[at + 0];
  const v1 = weights[at + 1];
  const v2 = weights[at + 2];
  const v3 = weights[at + 3];
  const v4 = weights[at + 4];
  const v5 = weights[at + 5];
  const v6 = weights[at + 6];
  const v7 = weights[at + 7];
  const w0 = others[at + 0];
  const w1 = others[at + 1];
  const w2 = others[at + 2];
  const w3 = others[at + 3];
  const w4 = others[at + 4];
  const w5 = others[at + 5];
  const w6 = others[at + 6];
  const w7 = others[at + 7];
  const o0 = offsets[at + 0];
  const o1 = offsets[at + 1];
  const o2 = offsets[at + 2];
  const o3 = offsets[at + 3];
  const o4 = offsets[at + 4];
  const o5 = offsets[at + 5];
  const o6 = offsets[at + 6];
  const o7 = offsets[at + 7];
  for (let row = 0; row < rows; row++) {
    let from = row * inputRow;
    let first = to + row * outputRow;
    let second = other + row * outputRow;
    for (let column = 0; column < columns; column++) {
      const a = x[from + o0];
      const b = x[from + o1];
      const c = x[from + o2];
      const d = x[from + o3];
      const e = x[from + o4];
      const f = x[from + o5];
      const g = x[from + o6];
      const h = x[from + o7];
      y[first] += v0 * a + v1 * b + v2 * c + v3 * d + v4 * e + v5 * f + v6 * g + v7 * h;
      y[second] += w0 * a + w1 * b + w2 * c + w3 * d + w4 * e + w5 * f + w6 * g + w7 * h;
      from += inputStep;
      first += outputStep;
      second += outputStep;
    }
  }
}

// The same for the commonest case, 3 × 3 with stride 1: six of a window's nine numbers are those of the window before.
function addNines(input, output, taps) {
  const plane = output.height * output.width;
  const stride = taps.offsets.length;
  const none = new Float32Array(9);
  for (let channel = 0; channel < taps.count; channel += 2) {
    const to = (taps.first + channel) * plane;
    const hasOther = channel + 1 < taps.count;
    for (let at = 0; at + 8 < taps.channels.length; at += 9) {
      const one = channel * stride + at;
      const two = one + stride;
      const weights = taps.weights.subarray(one, one + 9);
      const others = hasOther ? taps.weights.subarray(two, two + 9) : none;
      addNine(input, taps.offsets[at], weights, others, output, to, hasOther ? to + plane : to);
    }
  }
}

function addNine(input, from, weights, others, output, to, other) {
  const x = input.data;
  const y = output.data;
  const v0 = weights[0];
  const v1 = weights[1];
  const v2 = weights[2];
  const v3 = weights[3];
  const v4 = weights[4];
  const v5 = weights[5];
  const v6 = weights[6];
  const v7 = weights[7];
  const v8 = weights[8];
  const w0 = others[0];
  const w1 = others[1];
  const w2 = others[2];
  const w3 = others[3];
  const w4 = others[4];
  const w5 = others[5];
  const w6 = others[6];
  const w7 = others[7];
  const w8 = others[8];
  for (let row = 0; row < output.height; row++) {
    let upper = from + row * input.width;
    let middle = upper + input.width;
    let lower = middle + input.width;
    let first = to + row * output.width;
    let second = other + row * output.width;
    const end = first + output.width;
    let a = x[upper];
    let b = x[upper + 1];
    let d = x[middle];
    let e = x[middle + 1];
    let g = x[lower];
    let h = x[lower + 1];
    while (first < end) {
      const c = x[upper + 2];
      const f = x[middle + 2];
      const i = x[lower + 2];
      y[first] += v0 * a + v1 * b + v2 * c + v3 * d + v4 * e + v5 * f + v6 * g + v7 * h + v8 * i;
      y[second] += w0 * a + w1 * b + w2 * c + w3 * d + w4 * e + w5 * f + w6 * g + w7 * h + w8 * i;
      a = b;
      b = c;
      d = e;
      e = f;
      g = h;
      h = i;
      upper++;
      middle++;
      lower++;
      first++;
      second++;
    }
  }
}
