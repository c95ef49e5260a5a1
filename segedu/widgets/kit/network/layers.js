// What a network does beside convolution and pooling: norms, resizing, joining, cutting. Pure, no DOM.
//
// Each takes the maps that it reads, its step (operation, numbers, sizes worked out), and `make`, which gives a map to
// write to; it returns that map. Numbers and borders are those of torch's functions.

/** @typedef {import("./convolution.js").FeatureMap} FeatureMap */
/** @typedef {import("./convolution.js").MakeMap} MakeMap */

function sameAs(map, make) {
  return make(map.channels, map.height, map.width);
}

function mapped(input, make, rule) {
  const output = sameAs(input, make);
  for (let at = 0; at < output.data.length; at++) output.data[at] = rule(input.data[at]);
  return output;
}

export function relu([input], _step, make) {
  const output = sameAs(input, make);
  output.data.set(input.data);
  reluInPlace(output);
  return output;
}

export function reluInPlace({ data }) {
  for (let at = 0; at < data.length; at++) if (data[at] < 0) data[at] = 0;
}

export function sigmoid([input], _step, make) {
  return mapped(input, make, (value) => 1 / (1 + Math.exp(-value)));
}

// Over the channels, pixel by pixel.
export function softmax([input], _step, make) {
  const output = sameAs(input, make);
  const plane = input.height * input.width;
  for (let pixel = 0; pixel < plane; pixel++) {
    let largest = -Infinity;
    for (let at = pixel; at < input.data.length; at += plane)
      largest = Math.max(largest, input.data[at]);
    let sum = 0;
    for (let at = pixel; at < input.data.length; at += plane)
      sum += Math.exp(input.data[at] - largest);
    for (let at = pixel; at < input.data.length; at += plane)
      output.data[at] = Math.exp(input.data[at] - largest) / sum;
  }
  return output;
}

// scale · x + bias per channel: what is left of a batch norm.
export function affine([input], { scale, bias }, make) {
  const output = sameAs(input, make);
  const plane = input.height * input.width;
  for (let channel = 0; channel < input.channels; channel++)
    for (let at = channel * plane; at < (channel + 1) * plane; at++)
      output.data[at] = input.data[at] * scale[channel] + bias[channel];
  return output;
}

export function groupNorm([input], { groups, eps, scale, bias }, make) {
  const output = sameAs(input, make);
  const plane = input.height * input.width;
  const size = (input.channels / groups) * plane;
  for (let start = 0; start < input.data.length; start += size) {
    let [sum, squares] = [0, 0];
    for (let at = start; at < start + size; at++) sum += input.data[at];
    const mean = sum / size;
    for (let at = start; at < start + size; at++) squares += (input.data[at] - mean) ** 2;
    const factor = 1 / Math.sqrt(squares / size + eps);
    for (let at = start; at < start + size; at++) {
      const channel = Math.floor(at / plane);
      const value = (input.data[at] - mean) * factor;
      output.data[at] = value * (scale ? scale[channel] : 1) + (bias ? bias[channel] : 0);
    }
  }
  return output;
}

// Where each output row (or column) reads: { from, to, share } mixes cell `from` with cell `to`, which counts `share`.
function placesAlong(length, outputLength, { mode, align_corners: aligned, ratio }, axis) {
  const scale = ratio ? ratio[axis] : length / outputLength;
  const alignedScale = outputLength > 1 ? (length - 1) / (outputLength - 1) : 0;
  return Array.from({ length: outputLength }, (_, at) => {
    if (mode !== "bilinear") {
      const middle = mode === "nearest" ? at : at + 0.5;
      const cell = Math.floor(Math.fround(middle * Math.fround(scale))); // in single precision, as torch rounds ties
      const from = Math.min(cell, length - 1);
      return { from, to: from, share: 0 };
    }
    const place = aligned ? at * alignedScale : Math.max(0, scale * (at + 0.5) - 0.5);
    const from = Math.min(Math.floor(place), length - 1);
    return { from, to: Math.min(from + 1, length - 1), share: place - from };
  });
}

export function resize([input], step, make) {
  const [height, width] = step.size;
  const output = make(input.channels, height, width);
  const rows = placesAlong(input.height, height, step, 0);
  const columns = placesAlong(input.width, width, step, 1);
  let at = 0;
  for (let channel = 0; channel < input.channels; channel++)
    for (const row of rows) {
      const upper = (channel * input.height + row.from) * input.width;
      const lower = (channel * input.height + row.to) * input.width;
      for (const { from, to, share } of columns) {
        const above = input.data[upper + from] * (1 - share) + input.data[upper + to] * share;
        const below = input.data[lower + from] * (1 - share) + input.data[lower + to] * share;
        output.data[at++] = above * (1 - row.share) + below * row.share;
      }
    }
  return output;
}

// Channels of all maps, one map behind the other.
export function concatenate(inputs, _step, make) {
  const channels = inputs.reduce((sum, input) => sum + input.channels, 0);
  const output = make(channels, inputs[0].height, inputs[0].width);
  let at = 0;
  for (const { data } of inputs) {
    output.data.set(data, at);
    at += data.length;
  }
  return output;
}

const RULES = {
  add: (a, b) => a + b,
  subtract: (a, b) => a - b,
  multiply: (a, b) => a * b,
  divide: (a, b) => a / b,
};

// Cell by cell; a map with one channel, row or column is used for all of the other's.
export function combine([one, two], { operation }, make) {
  const sides = ["channels", "height", "width"].map((side) => Math.max(one[side], two[side]));
  const [channels, height, width] = sides;
  const output = make(channels, height, width);
  const rule = RULES[operation];
  const stepsOf = (map) => [
    map.channels === 1 ? 0 : map.height * map.width,
    map.height === 1 ? 0 : map.width,
    map.width === 1 ? 0 : 1,
  ];
  const [a, b] = [stepsOf(one), stepsOf(two)];
  let to = 0;
  for (let channel = 0; channel < channels; channel++)
    for (let row = 0; row < height; row++) {
      let first = channel * a[0] + row * a[1];
      let second = channel * b[0] + row * b[1];
      for (let column = 0; column < width; column++) {
        output.data[to++] = rule(one.data[first], two.data[second]);
        first += a[2];
        second += b[2];
      }
    }
  return output;
}

// sides: left, right, top, bottom, as torch orders them; a negative one cuts off.
export function pad([input], { sides, mode, value }, make) {
  const [left, right, top, bottom] = sides;
  const output = make(input.channels, input.height + top + bottom, input.width + left + right);
  const placeOf = (at, length) => {
    if (mode === "replicate") return Math.min(Math.max(at, 0), length - 1);
    if (mode === "reflect") return length - 1 - Math.abs(length - 1 - Math.abs(at));
    return at >= 0 && at < length ? at : -1;
  };
  let to = 0;
  for (let channel = 0; channel < input.channels; channel++)
    for (let row = -top; row < input.height + bottom; row++)
      for (let column = -left; column < input.width + right; column++) {
        const [y, x] = [placeOf(row, input.height), placeOf(column, input.width)];
        const at = (channel * input.height + y) * input.width + x;
        output.data[to++] = y < 0 || x < 0 ? value : input.data[at];
      }
  return output;
}

// ranges: [start, stop, step] of channels, rows and columns, as Python's slices.
export function slice([input], { ranges }, make) {
  const lengths = [input.channels, input.height, input.width];
  const chosen = ranges.map(([start, stop, step], axis) => {
    const place = (at) => Math.min(Math.max(at < 0 ? at + lengths[axis] : at, 0), lengths[axis]);
    const [from, to] = [place(start ?? 0), place(stop ?? lengths[axis])];
    return Array.from(
      { length: Math.max(0, Math.ceil((to - from) / step)) },
      (_, at) => from + at * step,
    );
  });
  const [channels, rows, columns] = chosen;
  const output = make(channels.length, rows.length, columns.length);
  let to = 0;
  for (const channel of channels)
    for (const row of rows) {
      const start = (channel * input.height + row) * input.width;
      for (const column of columns) output.data[to++] = input.data[start + column];
    }
  return output;
}
