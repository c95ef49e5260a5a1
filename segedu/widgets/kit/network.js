// A trained network of the course, run in the page: network/export.py wrote its steps and weights. Pure, no DOM.
//
//   const network = await openNetwork(record);
//   const { out } = network.run(image);       // logits, one plane per class
//   const labels = labelsOf(out);             // the class of each pixel
//
// A map is { data, channels, height, width }: float32, channel by channel, row by row. Maps are written anew in each
// run, so copy what is to stay. `network.maps` has those of the last run, by the names of the model's layers.

import { convolve } from "./network/convolution.js";
import {
  affine,
  combine,
  concatenate,
  groupNorm,
  pad,
  relu,
  reluInPlace,
  resize,
  sigmoid,
  slice,
  softmax,
} from "./network/layers.js";
import { adaptiveAveragePool, averagePool, maxPool, maxUnpool } from "./network/pooling.js";
import { prepareTaps } from "./network/taps.js";
import { unpackBytes } from "./packed.js";

/** @typedef {import("./network/convolution.js").FeatureMap} FeatureMap */
/** @typedef {{ run: (image: FeatureMap) => Record<string, FeatureMap>, maps: Map<string, FeatureMap> }} Network */

const OPERATIONS = {
  relu,
  sigmoid,
  softmax,
  affine,
  group_norm: groupNorm,
  max_pool: maxPool,
  max_unpool: maxUnpool,
  average_pool: averagePool,
  adaptive_average_pool: adaptiveAveragePool,
  resize,
  concatenate,
  add: combine,
  subtract: combine,
  multiply: combine,
  divide: combine,
  pad,
  slice,
};

const RULES = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "/": (a, b) => a / b,
  "//": (a, b) => Math.floor(a / b),
  "%": (a, b) => a - b * Math.floor(a / b),
};

/**
 * Read a network that network/export.py wrote.
 * @param {any} record
 * @returns {Promise<Network>}
 */
export async function openNetwork(record) {
  const weights = floatsOf(new Uint16Array((await unpackBytes(record.weights)).buffer));
  const scales = new Float32Array((await unpackBytes(record.scales)).buffer);
  const channels = new Map([["image", record.channels]]);
  const steps = record.steps.map((step) => prepared(step, channels, weights, scales));
  const rooms = new Map(); // maps of the last run, to be written again
  const maps = new Map();
  return { run: (image) => run(record, steps, image, maps, rooms), maps };
}

// A step with its weights in place of the numbers that say where they stand.
function prepared(step, channels, weights, scales) {
  const perChannel = (at) => (at === undefined ? null : scales.subarray(at, at + step.channels));
  const ready = { ...step, scale: perChannel(step.scale), bias: perChannel(step.bias), taps: null };
  if (step.weight !== undefined) {
    const wide = channels.get(step.inputs[0]);
    const size = (step.kernel[0] * step.kernel[1] * wide * step.channels) / step.groups;
    const weight = weights.subarray(step.weight, step.weight + size);
    ready.taps = prepareTaps(step, wide, weight, ready.scale);
  }
  channels.set(step.name, step.channels);
  return ready;
}

function run(record, steps, image, maps, rooms) {
  checkImage(record, image);
  const maker =
    (name) =>
    (channels, height, width, part = "") =>
      roomFor(
        rooms,
        part === "indices" ? `${name}.indices` : `${name} ${part}`,
        channels,
        height,
        width,
      );
  maps.clear();
  maps.set("image", normalized(image, record, maker("image")));
  for (const step of steps) {
    const make = maker(step.name);
    const inputs = step.inputs.map((name) => maps.get(name));
    const output = step.taps
      ? convolve(inputs[0], step, step.taps, step.bias, make)
      : OPERATIONS[step.operation](inputs, withSizes(step, maps), make);
    if (step.relu) reluInPlace(output);
    maps.set(step.name, output);
    if (step.indices) maps.set(`${step.name}.indices`, rooms.get(`${step.name}.indices`));
  }
  const outputs = Object.entries(record.outputs);
  return Object.fromEntries(outputs.map(([name, map]) => [name, maps.get(map)]));
}

function checkImage({ channels, size }, image) {
  const { height, width } = image;
  if (image.channels !== channels)
    throw new Error(`the image has ${image.channels} channels; this network takes ${channels}.`);
  if (image.data.length !== channels * height * width)
    throw new Error(
      `the image has ${image.data.length} numbers; ${channels} × ${height} × ${width} belong to it.`,
    );
  if (size && (size[0] !== height || size[1] !== width))
    throw new Error(
      `the image is ${height} × ${width}; scale it to ${size[0]} × ${size[1]} first.`,
    );
}

// The image in [0, 1] as the model takes it: (x − mean) / std, one number for all channels or one each.
function normalized(image, { mean, std }, make) {
  const output = make(image.channels, image.height, image.width);
  const plane = image.height * image.width;
  for (let channel = 0; channel < image.channels; channel++) {
    const shift = mean[mean.length > 1 ? channel : 0];
    const divisor = std[std.length > 1 ? channel : 0];
    for (let at = channel * plane; at < (channel + 1) * plane; at++)
      output.data[at] = (image.data[at] - shift) / divisor;
  }
  return output;
}

// The map of this name from the last run if it has the size, else a new one of zeros.
function roomFor(rooms, name, channels, height, width) {
  const old = rooms.get(name);
  if (old && old.channels === channels && old.height === height && old.width === width) return old;
  if (!(height > 0 && width > 0))
    throw new Error(`at ${name.split(" ")[0]} nothing is left of the image; take a larger one.`);
  const data = new Float32Array(channels * height * width);
  const room = { data, channels, height, width };
  rooms.set(name, room);
  return room;
}

// A step whose sizes are numbers: { map, axis } and { operation, numbers } worked out.
function withSizes(step, maps) {
  const { size, sides, ranges } = step;
  const numbers = (value) => numberOf(value, maps);
  return {
    ...step,
    size: size && numbers(size),
    sides: sides && numbers(sides),
    ranges: ranges && numbers(ranges),
  };
}

function numberOf(value, maps) {
  if (Array.isArray(value)) return value.map((each) => numberOf(each, maps));
  if (value === null || typeof value !== "object") return value;
  if (value.map) return value.axis === 0 ? maps.get(value.map).height : maps.get(value.map).width;
  const [a, b] = value.numbers.map((each) => numberOf(each, maps));
  return RULES[value.operation](a, b);
}

/**
 * The channel of the largest number of each pixel, the first of equals.
 * @param {FeatureMap} logits
 * @returns {Uint8Array}
 */
export function labelsOf({ data, channels, height, width }) {
  const plane = height * width;
  const labels = new Uint8Array(plane);
  for (let pixel = 0; pixel < plane; pixel++) {
    let best = 0;
    for (let channel = 1; channel < channels; channel++)
      if (data[channel * plane + pixel] > data[best * plane + pixel]) best = channel;
    labels[pixel] = best;
  }
  return labels;
}

// Numbers of 16 bits (1 sign, 5 exponent, 10 fraction) as numbers of 32.
export function floatsOf(halves) {
  const floats = new Float32Array(halves.length);
  for (let at = 0; at < halves.length; at++) {
    const bits = halves[at];
    const exponent = (bits >> 10) & 31;
    const fraction = (bits & 1023) / 1024;
    const size = exponent === 0 ? fraction * 2 ** -14 : (1 + fraction) * 2 ** (exponent - 15);
    floats[at] = bits & 0x8000 ? -size : size;
  }
  return floats;
}
