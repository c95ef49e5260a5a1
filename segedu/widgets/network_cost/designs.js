// Designs as the student changes them: presets, edits, what to say about a comparison and a guess, the torch code. Pure, no DOM.
import { formatCount } from "../kit/numbers.js";
import { BYTES_PER_NUMBER, stepsOf } from "./core.js";
import { samePadding } from "../kit/fields.js";

export const MOST_DEPTH = 16;
export const MOST_WIDTH = 128;

const layersOf = (strides, dilations) =>
  strides.map((stride, at) => ({ stride, dilation: dilations?.[at] ?? 1, times: 1 }));
const towerOf = (strides, channels, { dilations, double = true, up = "none" } = {}) =>
  settled({ channels, kernel: 3, double, up, layers: layersOf(strides, dilations) });
const EIGHT = [1, 2, 1, 2, 1, 2, 1, 1];
const ONES = [1, 1, 1, 1, 1, 1, 1, 1];

// All but "strides dropped" take about the same MACs. The same list as in designs.py.
export const NETWORKS = {
  downsampling: towerOf(EIGHT, 36),
  "strides dropped": dropStrides(towerOf(EIGHT, 36)),
  "full resolution": towerOf(ONES, 32, { double: false }),
  dilated: towerOf(ONES, 32, { dilations: [1, 1, 2, 2, 4, 4, 8, 8], double: false }),
  "down and up": towerOf(EIGHT, 25, { up: "step by step" }),
};

export function designKey({ channels, kernel, double, up, layers }) {
  return JSON.stringify([
    channels,
    kernel,
    double,
    up,
    layers.map(({ stride, dilation, times }) => [stride, dilation, times]),
  ]);
}

// The preset's name of a design, or "custom".
export function designName(design) {
  return (
    Object.keys(NETWORKS).find((name) => designKey(NETWORKS[name]) === designKey(design)) ??
    "custom"
  );
}

// Channels double at each stride where the design says so; otherwise they stay as they are.
export function settled(design) {
  if (!design.double) return design;
  let times = 1;
  const layers = design.layers.map((layer) => {
    times *= layer.stride > 1 ? 2 : 1;
    return { ...layer, times };
  });
  return { ...design, layers };
}

export function setLayer(design, at, part) {
  return settled({
    ...design,
    layers: design.layers.map((layer, other) => (other === at ? { ...layer, ...part } : layer)),
  });
}

// More layers are copies of the last one without its stride; fewer leave out the last ones.
export function setDepth(design, depth) {
  const layers = design.layers.slice(0, depth);
  while (layers.length < depth) layers.push({ ...layers.at(-1), stride: 1 });
  return settled({ ...design, layers });
}

export function setDoubling(design, double) {
  return settled({
    ...design,
    double,
    layers: design.layers.map((layer) => ({ ...layer, times: 1 })),
  });
}

// The lecture's question: every stride 1, and each layer keeps its channels.
export function dropStrides(design) {
  return {
    ...design,
    double: false,
    layers: design.layers.map((layer) => ({ ...layer, stride: 1 })),
  };
}

// "34.1", "0.404"; three digits, whole numbers from 1000 on.
export function ratioOf(value, other) {
  const ratio = value / other;
  return ratio >= 999.5 ? formatCount(ratio) : String(Number(ratio.toPrecision(3)));
}

const timesWords = (value, other) => `${ratioOf(value, other)} times`;

// One sentence: what this design pays and sees against the other.
export function verdictOn(mine, other) {
  const macs = mine.macs / other.macs;
  const sides = ({ field }) =>
    field[0] === field[1] ? `${field[0]}` : `${field[0]} × ${field[1]}`;
  if (
    ["macs", "activationBytes", "parameters"].every((name) => mine[name] === other[name]) &&
    sides(mine) === sides(other)
  )
    return "Both designs cost the same and see the same: change one of them.";
  const memory = timesWords(mine.activationBytes, other.activationBytes);
  const paid =
    macs > 0.95 && macs < 1.05
      ? `At about equal MACs (${timesWords(mine.macs, other.macs)}) and ${memory} the activations`
      : `With ${timesWords(mine.macs, other.macs)} the MACs and ${memory} the activations`;
  const seen =
    sides(mine) === sides(other)
      ? `as far as the other: ${sides(mine)} px`
      : `${sides(mine)} px, the other ${sides(other)} px`;
  return `${paid}, this design sees ${seen}.`;
}

// A guess is one of five answers; `low` to `high` are the ratios that it covers, the lower end excluded.
export const GUESSES = [
  { name: "a quarter or less", low: 0, high: 0.25 },
  { name: "less", low: 0.25, high: 0.8 },
  { name: "about the same", low: 0.8, high: 1.25 },
  { name: "more", low: 1.25, high: 4 },
  { name: "more than four times", low: 4, high: Infinity },
];

export const GUESSED = [
  {
    name: "MACs",
    of: ({ macs }) => macs,
    why: "a layer multiplies k·k·C_in·C_out numbers at each of its H·W cells: channels count twice, and a stride takes effect in both directions",
  },
  {
    name: "activations",
    of: ({ activationBytes }) => activationBytes,
    why: "they are channels times cells: the layers at full resolution hold most of them, and channels count once",
  },
  {
    name: "receptive field",
    of: ({ field }) => field[0],
    why: "each layer adds d·(k − 1)·j pixels, and j is the product of the strides before it; channels add nothing",
  },
];

// What to say about the guesses, one name of GUESSES or "" per quantity: [{ right, words }].
export function judgeGuesses(guesses, mine, other) {
  return GUESSED.map(({ name, of, why }, at) => {
    const ratio = of(mine) / of(other);
    const truth = GUESSES.find(({ low, high }) => ratio > low && ratio <= high).name;
    const right = guesses[at] === truth;
    const said = guesses[at] ? `you said “${guesses[at]}”, it is` : "no guess;";
    const words = right
      ? `right, ${timesWords(of(mine), of(other))}.`
      : `${said} ${timesWords(of(mine), of(other))}: ${why}.`;
    return { right, words: `${name}: ${words}` };
  });
}

// The design as an nn.Sequential, and the lines that print its numbers.
export function torchCode(design, conditions) {
  const { size, batch, training, precision, classes } = conditions;
  const steps = stepsOf(design, { size, classes });
  const dtype = precision === "bf16" ? "torch.bfloat16" : "torch.float32";
  const first = batch * 3 * size[0] * size[1] * BYTES_PER_NUMBER[precision];
  const memory = training
    ? [`print("activation bytes", se.ops.activation_memory(net, images, ${dtype}))`]
    : [
        `outputs = [${first}, *(row.activation_bytes for row in table)]  # the images first`,
        'print("activation bytes", max(a + b for a, b in zip(outputs, outputs[1:])))',
      ];
  const field = steps.some(({ kind }) => kind === "up")
    ? [
        "field = se.ops.measured_receptive_field(net, (1, *images[1:]))  # of the middle cell, cut at the image's border",
        'print("receptive field", field.size)',
      ]
    : ['print("receptive field", se.receptive_field(net).size)'];
  return [
    "import torch",
    "from torch import nn",
    "",
    "import segedu as se",
    "",
    "net = nn.Sequential(",
    ...steps.map(codeLine),
    ")",
    `images = (${batch}, 3, ${size.join(", ")})`,
    `rows = se.ops.layer_table(net, images, ${dtype})`,
    'table = [row for row in rows if row.kind != "ReLU"]  # a ReLU works in place and takes no memory',
    "for row in table:",
    "    print(row.kind, row.output_shape, row.parameters, row.macs, row.activation_bytes)",
    'print("parameters", se.count_parameters(net))',
    'print("MACs", se.count_macs(net, images))',
    ...memory,
    ...field,
  ].join("\n");
}

function codeLine({ kind, channels, sizes, kernel, stride, dilation }) {
  if (kind === "up") return `    nn.Upsample(size=(${sizes[1].join(", ")}), mode="bilinear"),`;
  if (kind === "scores") return `    nn.Conv2d(${channels.join(", ")}, 1),`;
  const options = [
    ["stride", stride, 1],
    ["padding", samePadding(kernel, dilation), 0],
    ["dilation", dilation, 1],
  ];
  const given = options
    .filter(([, value, usual]) => value !== usual)
    .map(([name, value]) => `, ${name}=${value}`);
  return `    nn.Conv2d(${channels.join(", ")}, ${kernel}${given.join("")}), nn.ReLU(inplace=True),`;
}
