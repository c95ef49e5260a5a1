// What a network costs and how far it sees, layer by layer: parameters, MACs, bytes, receptive field. Pure, no DOM.
//
// A design is { channels, kernel, double, up, layers: [{ stride, dilation, times }] }: a layer makes channels · times channels.
// Conditions hold for all designs: { size: [H, W], batch, training, precision: "fp32" | "bf16", classes }.
// A step is one drawn layer, in the order of execution: { kind, channels: [in, out], sizes: [before, after], kernel, stride, dilation },
// kind "conv" on the way down, "up" (bilinear, to a size), "back" (the convolution behind it) or "scores" (1×1).
// designs.py and core.py say the same; a test holds these numbers to segedu.ops.cost.
import { recursion, samePadding } from "../kit/fields.js";

export const T4_BYTES = 16e9;
export const MOST_CHANNELS = 512;
export const TRAINING_BYTES_PER_WEIGHT = 16;
export const BYTES_PER_NUMBER = { fp32: 4, bf16: 2 };
const RGB = 3;

export function channelsOf({ channels, layers }) {
  return layers.map(({ times }) => Math.min(channels * times, MOST_CHANNELS));
}

export function stepsOf(design, { size, classes }) {
  const down = wayDown(design, size);
  const back = design.up === "step by step" ? wayUp(design, down) : [];
  const last = [...down, ...back].at(-1);
  const here = last.sizes[1];
  const steps = [...down, ...back, plainStep("scores", [last.channels[1], classes], [here, here])];
  if (design.up === "at once" && down.some(({ stride }) => stride > 1))
    steps.push(plainStep("up", [classes, classes], [here, size]));
  return steps;
}

function plainStep(kind, channels, sizes, kernel = 1) {
  return { kind, channels, sizes, kernel, stride: 1, dilation: 1 };
}

function wayDown(design, size) {
  const made = channelsOf(design);
  let before = size;
  return design.layers.map(({ stride, dilation }, at) => {
    const after = before.map((side) => Math.ceil(side / stride));
    const channels = [at === 0 ? RGB : made[at - 1], made[at]];
    const step = {
      kind: "conv",
      channels,
      sizes: [before, after],
      kernel: design.kernel,
      stride,
      dilation,
    };
    before = after;
    return step;
  });
}

function wayUp({ kernel }, down) {
  let channels = down.at(-1).channels[1];
  return down
    .filter(({ stride }) => stride > 1)
    .reverse()
    .flatMap((step) => {
      const [large, small] = step.sizes;
      const fewer = step === down[0] ? step.channels[1] : step.channels[0];
      const pair = [
        plainStep("up", [channels, channels], [small, large]),
        plainStep("back", [channels, fewer], [large, large], kernel),
      ];
      channels = fewer;
      return pair;
    });
}

// The steps with their costs: { …step, number, parameters, macs, bytes, image, field: [vertical, horizontal], before, after }; before and
// after are { jump, size } of the receptive field, null behind an upsampling, where the field depends on the cell: `field` is the middle one's.
export function rowsOf(design, conditions) {
  const steps = stepsOf(design, conditions);
  const turn = steps.findIndex(({ kind }) => kind === "up");
  const fixed = steps.slice(0, turn < 0 ? steps.length : turn);
  const levels = recursion(
    fixed.map((step) => ({ ...step, padding: samePadding(step.kernel, step.dilation) })),
  );
  const bytes = BYTES_PER_NUMBER[conditions.precision];
  return steps.map((step, at) => {
    const [given, made] = step.channels;
    const [height, width] = step.sizes[1];
    const weights = step.kind === "up" ? 0 : step.kernel ** 2 * given * made;
    return {
      ...step,
      number: at + 1,
      parameters: weights === 0 ? 0 : weights + made,
      macs: conditions.batch * weights * height * width,
      bytes: conditions.batch * made * height * width * bytes,
      field: [0, 1].map((axis) =>
        fieldLength(steps.slice(0, at + 1), axis, step.sizes[1][axis] >> 1),
      ),
      before: levels[at + 1] ? levels[at] : null,
      after: levels[at + 1] ?? null,
    };
  });
}

// The first and last pixel that one output cell sees along an axis; they may lie outside of the image. Bilinear upsampling
// from n to m cells reads the two around (cell + ½) · n / m − ½, only one where that is a whole number, and none beyond the border.
export function cellSees(steps, axis, cell) {
  let first = cell;
  let last = cell;
  for (const { kind, sizes, kernel, stride, dilation } of [...steps].reverse()) {
    if (kind === "up") {
      const [small, large] = [sizes[0][axis], sizes[1][axis]];
      first = Math.max(0, Math.floor(((2 * first + 1) * small - large) / (2 * large)));
      last = Math.min(small - 1, Math.ceil(((2 * last + 1) * small - large) / (2 * large)));
    } else {
      const padding = samePadding(kernel, dilation);
      first = first * stride - padding;
      last = last * stride + dilation * (kernel - 1) - padding;
    }
  }
  return { first, last };
}

function fieldLength(steps, axis, cell) {
  const { first, last } = cellSees(steps, axis, cell);
  return last - first + 1;
}

// The sums. Training keeps the output of every layer; inference needs one layer's input and output at a time.
export function totalsOf(rows, conditions) {
  const sum = (name) => rows.reduce((total, row) => total + row[name], 0);
  const parameters = sum("parameters");
  const numberBytes = BYTES_PER_NUMBER[conditions.precision];
  const weightBytes = parameters * (conditions.training ? TRAINING_BYTES_PER_WEIGHT : numberBytes);
  const activationBytes = memoryAt(rows, rows.length - 1, conditions).peak;
  const room = Math.max(0, T4_BYTES - weightBytes);
  return {
    parameters,
    macs: sum("macs"),
    activationBytes,
    weightBytes,
    field: rows.at(-1).field,
    largestBatch: Math.floor((room * conditions.batch) / activationBytes),
  };
}

// What the activations take while layer `at` runs, and the most until then, in bytes; the image counts in inference only.
export function memoryAt(rows, at, { size, batch, precision, training }) {
  const image = batch * RGB * size[0] * size[1] * BYTES_PER_NUMBER[precision];
  const made = rows.map(({ bytes }) => bytes);
  const pairs = made.map((bytes, one) => bytes + (one === 0 ? image : made[one - 1]));
  const kept = made.slice(0, at + 1).reduce((total, bytes) => total + bytes, 0);
  return training
    ? { now: kept, peak: kept }
    : { now: pairs[at], peak: Math.max(...pairs.slice(0, at + 1)) };
}

export function macsOf(design, { size, batch, classes }) {
  return stepsOf(design, { size, classes }).reduce(
    (total, { kind, kernel, channels, sizes }) =>
      total +
      (kind === "up"
        ? 0
        : batch * kernel ** 2 * channels[0] * channels[1] * sizes[1][0] * sizes[1][1]),
    0,
  );
}

// The width, 1 to `most`, whose MACs come closest to `target`; MACs grow with the width.
export function widthForMacs(design, conditions, target, most = 128) {
  const far = (channels) => Math.abs(macsOf({ ...design, channels }, conditions) - target);
  let best = 1;
  for (let channels = 2; channels <= most; channels++)
    if (far(channels) < far(best)) best = channels;
  return best;
}

// What can't work well, one sentence each; empty when there is nothing to say.
export function remarksOn(_design, rows, totals, conditions) {
  const kinds = [tooMuchMemory, deadTaps, emptyStride, unevenWayUp, beyondTheImage];
  return kinds.map((kind) => kind(rows, totals, conditions)).filter((words) => words !== "");
}

function tooMuchMemory(_rows, { activationBytes, weightBytes, largestBatch }, { batch, training }) {
  if (activationBytes + weightBytes <= T4_BYTES) return "";
  const work = training ? "Training" : "Inference";
  const sum = `${scaledBytes(activationBytes)} of activations + ${scaledBytes(weightBytes)} for the weights`;
  const cure =
    largestBatch > 0 ? `the largest batch that fits is ${largestBatch}` : "not even one image fits";
  return `${work} with a batch of ${batch} takes ${sum} = ${scaledBytes(activationBytes + weightBytes)}; a T4 has 16 GB: ${cure}.`;
}

const MAP_AXES = ["row", "column"];
const countOf = (count, axis) => `${count} ${MAP_AXES[axis]}${count === 1 ? "" : "s"}`;

// The first layer whose outer taps never read a pixel, else the first whose kernel spans more than its input.
function deadTaps(rows) {
  const convolutions = rows.filter(({ kind, kernel }) => kind !== "up" && kernel > 1);
  const reachOf = ({ kernel, dilation }) => samePadding(kernel, dilation);
  const narrow = (row, span) => row.sizes[0].findIndex((side) => span > side);
  const dead = convolutions.find((row) => narrow(row, reachOf(row) + 1) >= 0);
  const row = dead ?? convolutions.find((one) => narrow(one, 2 * reachOf(one) + 1) >= 0);
  if (!row) return "";
  const reach = reachOf(row);
  const axis = narrow(row, dead ? reach + 1 : 2 * reach + 1);
  const so = dead
    ? `the outer taps stand ${reach} from the middle one and never read anything but padding`
    : "wherever it stands, some of its taps read padding";
  return `Layer ${row.number}: the kernel spans ${2 * reach + 1} cells, its input has ${countOf(row.sizes[0][axis], axis)}: ${so}.`;
}

function emptyStride(rows) {
  let product = 1;
  for (const { number, sizes, stride } of rows) {
    const axis = sizes[0].indexOf(1);
    if (stride > 1 && axis >= 0)
      return `Layer ${number}: a stride of ${stride}, and its input has ${countOf(1, axis)}: nothing is left to skip. The strides before it multiply to ${product}, the image has ${countOf(rows[0].sizes[0][axis], axis)}.`;
    product *= stride;
  }
  return "";
}

function unevenWayUp(rows) {
  for (const { kind, number, sizes } of rows) {
    const axis = sizes[0].findIndex((side, at) => kind === "up" && sizes[1][at] % side !== 0);
    if (axis >= 0)
      return `Layer ${number} goes from ${countOf(sizes[0][axis], axis)} to ${sizes[1][axis]}, no whole factor: come up to a size, not by a factor, or choose an image that the strides divide.`;
  }
  return "";
}

function beyondTheImage(_rows, { field }, { size }) {
  const axis = field.findIndex((side, at) => side > size[at]);
  return axis < 0
    ? ""
    : `The receptive field spans ${countOf(field[axis], axis)}, the image has ${size[axis]}: every output cell looks at padding as well.`;
}

// Three digits and a prefix, half rounded up: 1234567 → "1.23 M". Below 1000 all digits.
export function scaled(value) {
  if (value < 1000) return String(value);
  const unit = 10 ** (String(value).length - 3);
  const rounded = Math.round(value / unit) * unit;
  const power = Math.floor((String(rounded).length - 1) / 3);
  return `${(rounded / 1000 ** power).toPrecision(3)} ${["", "k", "M", "G", "T", "P"][power]}`;
}

export function scaledBytes(bytes) {
  return `${scaled(bytes)}${bytes < 1000 ? " " : ""}B`;
}
