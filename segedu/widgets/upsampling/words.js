// What the upsampling explorer says: formulas with the numbers filled in, why a setting has no meaning, what a wrong guess suggests. Pure, no DOM.
import { formatNumber, isRounded, plural } from "../kit/numbers.js";
import { axisTaps, interpolates, isWeighted, outputSize, placeOf, skippedCells } from "./core.js";
import { classId, maxPool, notClassIds, termsOf, upsample } from "./nails.js";

const WRITTEN_DECIMALS = 4;
const AXIS_NAMES = ["row", "column"];

export const exactNumber = (value) => formatNumber(value, WRITTEN_DECIMALS);
export const equalSign = (...values) =>
  values.some((value) => isRounded(value, WRITTEN_DECIMALS)) ? "≈" : "=";

const axisLengths = (setting) => [
  [setting.image.length, setting.image[0].length],
  outputSize(setting),
  setting.size && interpolates(setting.method) ? null : setting.factor,
];

// "(3 + 0.5) / 2 − 0.5 = 1.25": where output pixel i looks along one axis (0 = rows, 1 = columns).
export function placeWords(setting, axis, i) {
  const { method, factor, align } = setting;
  const block = Math.floor(i / factor);
  if (method === "bed of nails")
    return i % factor === 0
      ? `${i} / ${factor} = ${block}: a nail for ${AXIS_NAMES[axis]} ${block} of the input`
      : `${i} / ${factor} = ${block} rest ${i % factor}: no nail in this ${AXIS_NAMES[axis]}`;
  if (method === "max unpooling")
    return `⌊${i} / ${factor}⌋ = ${block}: the ${AXIS_NAMES[axis]} of its block`;
  const [inputs, outputs, whole] = axisLengths(setting),
    [n, m] = [inputs[axis], outputs[axis]];
  const { over, under } = placeOf(method, n, m, align, i),
    place = over / under;
  if (isWeighted(method) && align)
    return m > 1
      ? `${i} · (${n} − 1) / (${m} − 1) ${equalSign(place)} ${exactNumber(place)}`
      : "one pixel: 0";
  const scaled = (start) => (whole ? `${start} / ${whole}` : `${start} · ${n} / ${m}`);
  if (isWeighted(method))
    return `${scaled(`(${i} + 0.5)`)} − 0.5 ${equalSign(place)} ${exactNumber(place)}`;
  const inside = place + 0.5,
    start = method === "nearest" ? `${i}` : `(${i} + 0.5)`;
  return `⌊${scaled(start)}⌋ = ⌊${exactNumber(inside)}⌋ = ${Math.floor(inside)}`;
}

// "columns 0 and 1, weights 0.25 and 0.75": what is read along one axis.
export function tapsWords(setting, axis, i) {
  const [inputs, outputs] = axisLengths(setting),
    taps = axisTaps(setting.method, inputs[axis], outputs[axis], setting.align, i);
  const list = (values) => values.join(values.length === 2 ? " and " : ", ");
  const cells = taps.map(({ at, cell }) =>
    at === cell ? String(at) : `${formatNumber(at)} (outside: ${cell})`,
  );
  if (taps.length === 1) return `reads ${AXIS_NAMES[axis]} ${cells[0]}, weight 1`;
  return `reads ${AXIS_NAMES[axis]}s ${list(cells)}, weights ${list(taps.map(({ weight }) => exactNumber(weight)))}`;
}

// The rule in symbols: n input pixels, m output pixels, factor f.
export function placeRule({ method, align, size, factor }) {
  if (method === "bed of nails")
    return `output[i · ${factor}, j · ${factor}] = input[i, j], all else 0`;
  if (method === "max unpooling") return "output.flat[index] = value, all else 0";
  const scaled = (start) => (size ? `${start} · n / m` : `${start} / f`);
  if (isWeighted(method))
    return align ? "s = i · (n − 1) / (m − 1)" : `s = ${scaled("(i + 0.5)")} − 0.5`;
  return `cell = ⌊${scaled(method === "nearest" ? "i" : "(i + 0.5)")}⌋`;
}

// "3 · 2 = 6": one axis of the output size.
export function sizeWords(setting, axis) {
  const [inputs, outputs, whole] = axisLengths(setting);
  return whole
    ? `${inputs[axis]} · ${whole} = ${outputs[axis]}`
    : `${outputs[axis]}, as chosen (${equalSign(outputs[axis] / inputs[axis])} ${exactNumber(outputs[axis] / inputs[axis])} × ${inputs[axis]})`;
}

// Why align_corners can't be switched, or "".
export function alignReason({ method }) {
  if (isWeighted(method)) return "";
  if (interpolates(method))
    return `align_corners has no meaning for ${method}: it copies single pixels, no weights depend on it. torch raises ValueError if you pass it.`;
  return `align_corners has no meaning for ${method}: the places are whole cells, nothing lies between two of them.`;
}

// Why the output size can't be chosen, or "".
export function sizeReason({ method }) {
  if (interpolates(method)) return "";
  return method === "bed of nails"
    ? "A bed of nails needs a whole factor: each value gets a block of its own. A chosen size is not used."
    : "Max unpooling goes back to the map that was pooled: its size is given. A chosen size is not used.";
}

// What is odd about a setting, one sentence each; it still has an output, so nothing is refused.
export function oddities(setting) {
  const { image, method, align } = setting;
  if (!interpolates(method)) return [];
  const [inputs, outputs] = axisLengths(setting),
    words = [];
  if (inputs.every((n) => n === 1))
    words.push(
      `The input is one cell: every output pixel is ${exactNumber(image[0][0])}, whatever the method.`,
    );
  else
    inputs.forEach((n, axis) => {
      if (n === 1)
        words.push(
          `The input has one ${AXIS_NAMES[axis]}: every output ${AXIS_NAMES[axis]} reads it with weight 1${isWeighted(method) ? ", corners aligned or not" : ""}.`,
        );
    });
  outputs.forEach((m, axis) => {
    if (m === 1 && inputs[axis] > 1 && isWeighted(method))
      words.push(
        align
          ? `One output ${AXIS_NAMES[axis]} can't have both of its ends on a corner: torch takes s = 0, the first ${AXIS_NAMES[axis]}.`
          : `The one output ${AXIS_NAMES[axis]} looks at the middle of the input.`,
      );
  });
  return [...words, ...skippedWords(setting, inputs, outputs)];
}

function skippedWords({ method, align }, inputs, outputs) {
  const parts = inputs.flatMap((n, axis) => {
    const skipped = skippedCells(method, n, outputs[axis], align);
    return skipped.length > 0
      ? [`${AXIS_NAMES[axis]}${skipped.length > 1 ? "s" : ""} ${skipped.join(", ")}`]
      : [];
  });
  if (parts.length === 0) return [];
  return [
    `This shrinks without antialiasing: no output pixel reads ${parts.join(" and ")} of the input.`,
  ];
}

// What the switch "these are labels" shows.
export function labelWords(setting, outputs, invented) {
  const wrong = notClassIds(setting.image);
  if (wrong !== null)
    return `${exactNumber(wrong)} is no class id: ids are whole numbers from 0. Edit that cell to read the map as labels.`;
  const flat = invented.flat(),
    values = outputs.flat(),
    ids = [...new Set(values.filter((_, at) => flat[at]).map(classId))].sort((a, b) => a - b);
  const count = flat.filter(Boolean).length;
  if (!isWeighted(setting.method))
    return interpolates(setting.method)
      ? "Ids are copied: no class is invented."
      : "The cells in between become 0, which is a class too: it grows out of nothing.";
  if (count === 0) return "Here no rounded value differs from the ids that it was made of.";
  const below = ids[0] < 0 ? " A negative id is no class at all." : "";
  return `${count} of ${plural(values.length, "output pixel")} get an id that no cell they read has (dashed): ${ids.map(exactNumber).join(", ")}. Class 1 and class 3 have no class 2 between them: resize labels with nearest.${below}`;
}

// One sentence about the output pixel that is shown.
export function outputWords(setting, row, col, secret) {
  const { method, factor, before } = setting,
    name = `output[${row}, ${col}]`;
  const [blockRow, blockCol] = [Math.floor(row / factor), Math.floor(col / factor)];
  if (method === "bed of nails") {
    if (secret) return `${name} lies in the block of input[${blockRow}, ${blockCol}].`;
    return termsOf(setting, row, col).length > 0
      ? `${name} is the upper left corner of its block: it gets input[${blockRow}, ${blockCol}].`
      : `${name} is no corner of its block: it stays 0.`;
  }
  if (method === "max unpooling")
    return unpoolWords(
      name,
      maxPool(before, factor)[blockRow][blockCol],
      [blockRow, blockCol],
      before[0].length,
      [row, col],
      secret,
    );
  const terms = termsOf(setting, row, col),
    outside = terms.some((term) => term.row !== term.cellRow || term.col !== term.cellCol);
  const border = outside ? " The dashed cells lie outside: there the border is read again." : "";
  return `${[name, looksAt(setting, row, col), "reads"].filter(Boolean).join(" ")} ${plural(new Set(terms.map(({ cellRow, cellCol }) => `${cellRow},${cellCol}`)).size, "input cell")}.${border}`;
}

function looksAt(setting, row, col) {
  const { image, method, align } = setting,
    [high, wide] = outputSize(setting);
  if (!isWeighted(method)) return "";
  const down = placeOf(method, image.length, high, align, row),
    along = placeOf(method, image[0].length, wide, align, col);
  return `looks at row ${exactNumber(down.over / down.under)}, column ${exactNumber(along.over / along.under)} of the input and`;
}

function unpoolWords(name, place, block, width, [row, col], secret) {
  const index = `pooled[${block.join(", ")}] = ${exactNumber(place.value)} has index ${place.index} = ${place.row} · ${width} + ${place.col}: row ${place.row}, column ${place.col}.`;
  if (secret) return index;
  return `${index} ${place.row === row && place.col === col ? `That is ${name}.` : `${name} is another cell of that block: it stays 0.`}`;
}

// What a wrong guess suggests: the classic slips, tried one by one. Empty when none of them gives the guess.
export function diagnoseGuess(setting, row, col, guess) {
  const { image, method, factor } = setting;
  const near = (value) => value !== undefined && Math.abs(value - guess) < 0.0051;
  const terms = termsOf(setting, row, col);
  const other = (change) => upsample({ ...setting, ...change })[row]?.[col];
  if (!interpolates(method)) {
    if (near(image[Math.floor(row / factor)][Math.floor(col / factor)]))
      return "That value stands in another cell of its block; here nothing was put.";
    return near(0) ? "This cell is not left empty: here a value was put." : "";
  }
  if (isWeighted(method) && near(other({ align: !setting.align })))
    return setting.align ? "That is align_corners=False." : "That is align_corners=True.";
  if (isWeighted(method) && near(other({ method: "nearest-exact" })))
    return "That is the nearest cell alone; here several are mixed.";
  if (near(terms.reduce((sum, { pixel }) => sum + pixel, 0) / terms.length))
    return "That is the plain mean of the cells; the weights differ.";
  if (near(swappedSum(terms)))
    return "That has the weights of each axis the wrong way round: the nearer cell counts more.";
  return "";
}

// The sum with the weights of both axes reversed.
function swappedSum(terms) {
  return terms.reduce((sum, { pixel }, at) => sum + pixel * terms[terms.length - 1 - at].weight, 0);
}

// Lines that print the same output with torch.
export function torchCode(setting, labels) {
  const { image, before, method, factor, size, align } = setting,
    [high, wide] = outputSize(setting);
  const tensor = (values) =>
    `torch.tensor([\n${values.map((row) => `    [${row.join(", ")}],`).join("\n")}\n], dtype=torch.float64)  # (${values.length}, ${values[0].length})`;
  const goal = size ? `size=(${high}, ${wide})` : `scale_factor=${factor}`;
  const aligned = isWeighted(method) ? `, align_corners=${align ? "True" : "False"}` : "";
  const make = {
    "bed of nails": () => [
      `image = ${tensor(image)}`,
      `output = torch.zeros(${high}, ${wide}, dtype=torch.float64)`,
      `output[::${factor}, ::${factor}] = image`,
    ],
    "max unpooling": () => [
      `before = ${tensor(before)}`,
      `pooled, indices = F.max_pool2d(before[None, None], ${factor}, return_indices=True)`,
      `output = F.max_unpool2d(pooled, indices, ${factor})[0, 0]`,
    ],
  };
  const interpolate = () => [
    `image = ${tensor(image)}`,
    `output = F.interpolate(image[None, None], ${goal}, mode="${method}"${aligned})[0, 0]`,
  ];
  const lines = (make[method] ?? interpolate)();
  const rounded = labels
    ? [
        "ids = output.round(decimals=9).round().long()  # first to 9 decimals, so that a half is a half",
        "print(ids)",
      ]
    : [];
  return [
    "import torch",
    "import torch.nn.functional as F",
    "",
    ...lines,
    `print(output)  # (${high}, ${wide})`,
    ...rounded,
  ].join("\n");
}
