// The geometry of a convolution, ordinary or transposed: which taps reach which output cells, and with which weights.
// Pure, no DOM.
//
// A transposed convolution with stride s is s × s ordinary ones, each for every s-th output row and column and with every
// s-th tap; an ordinary one is a single such part. So both are lists of taps for convolution.js to run.

/**
 * The taps that reach a lattice of output cells: rows start[0] + step[0] · j, columns start[1] + step[1] · i, of the
 * output channels first … first + count − 1. Each tap reads a channel of the input, shifted by rows and columns.
 * @typedef {object} Taps
 * @property {number} first
 * @property {number} count
 * @property {number[]} start
 * @property {number[]} step
 * @property {number[]} channels one a tap, as the next two
 * @property {number[]} rows
 * @property {number[]} columns
 * @property {Float32Array} weights `count` rows of offsets.length numbers, zeros behind the last tap
 * @property {Int32Array} offsets where each tap reads, from where the first output cell stands; convolution.js fills it
 */

export const AT_ONCE = 8; // taps that are added in one pass over a row: rows of weights are a multiple of it

export const isOrdinary = ({ operation }) => operation === "convolution";

export function lengthAfter(step, axis, length) {
  const span = step.dilation[axis] * (step.kernel[axis] - 1) + 1;
  const [stride, padding] = [step.stride[axis], step.padding[axis]];
  if (isOrdinary(step)) return Math.floor((length + 2 * padding - span) / stride) + 1;
  return (length - 1) * stride - 2 * padding + span + step.output_padding[axis];
}

// How many rows (axis 0) or columns (axis 1) of zeros the input needs before it and behind it.
export function zerosAround(step, axis, length) {
  const padding = step.padding[axis];
  if (isOrdinary(step)) return [padding, padding];
  const last = lengthAfter(step, axis, length) - 1;
  return [
    zerosBefore(step, axis),
    Math.max(0, Math.floor((last + padding) / step.stride[axis]) + 1 - length),
  ];
}

function zerosBefore(step, axis) {
  const reach = step.dilation[axis] * (step.kernel[axis] - 1);
  return Math.max(0, Math.floor((reach - step.padding[axis]) / step.stride[axis]));
}

/**
 * What a convolution knows before it sees a map: the taps of each group and lattice, with their weights.
 * @param {any} step a step of the network
 * @param {number} inputChannels
 * @param {Float32Array} weight (O, C / groups, kh, kw), transposed: (C, O / groups, kh, kw)
 * @param {Float32Array | null} scale one number per output channel
 * @returns {Taps[]}
 */
export function prepareTaps(step, inputChannels, weight, scale) {
  const wide = inputChannels / step.groups;
  const prepared = [];
  for (let group = 0; group < step.groups; group++)
    for (const down of latticesOf(step, 0))
      for (const across of latticesOf(step, 1)) {
        const taps = [];
        for (let channel = group * wide; channel < (group + 1) * wide; channel++)
          for (const row of down.taps)
            for (const column of across.taps) taps.push({ channel, row, column });
        prepared.push({
          first: (group * step.channels) / step.groups,
          count: step.channels / step.groups,
          start: [down.start, across.start],
          step: [down.step, across.step],
          channels: taps.map(({ channel }) => channel),
          rows: taps.map(({ row }) => row.shift),
          columns: taps.map(({ column }) => column.shift),
          weights: weightsOf(taps, step, wide, group, weight, scale),
          offsets: new Int32Array(Math.ceil(taps.length / AT_ONCE) * AT_ONCE),
        });
      }
  return prepared;
}

// Per lattice of output rows (axis 0) or columns (axis 1): { start, step, taps: [{ tap, shift }] }.
function latticesOf(step, axis) {
  const [stride, padding, dilation] = [step.stride[axis], step.padding[axis], step.dilation[axis]];
  const all = Array.from({ length: step.kernel[axis] }, (_, tap) => tap);
  if (isOrdinary(step))
    return [{ start: 0, step: 1, taps: all.map((tap) => ({ tap, shift: tap * dilation })) }];
  // Input cell j of tap t comes to output cell j · stride + t · dilation − padding.
  return Array.from({ length: stride }, (_, start) => {
    const reaching = all.filter((tap) => (start + padding - tap * dilation) % stride === 0);
    const shiftOf = (tap) => (start + padding - tap * dilation) / stride + zerosBefore(step, axis);
    return { start, step: stride, taps: reaching.map((tap) => ({ tap, shift: shiftOf(tap) })) };
  });
}

function weightsOf(taps, step, wide, group, weight, scale) {
  const count = step.channels / step.groups;
  const stride = Math.ceil(taps.length / AT_ONCE) * AT_ONCE;
  const weights = new Float32Array(count * stride);
  for (let output = 0; output < count; output++) {
    const channel = group * count + output;
    const factor = scale ? scale[channel] : 1;
    taps.forEach((tap, at) => {
      const pair = isOrdinary(step)
        ? channel * wide + tap.channel - group * wide
        : tap.channel * count + output;
      const place = (pair * step.kernel[0] + tap.row.tap) * step.kernel[1] + tap.column.tap;
      weights[output * stride + at] = weight[place] * factor;
    });
  }
  return weights;
}
