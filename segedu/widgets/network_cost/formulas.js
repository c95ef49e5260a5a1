// The formulas of one layer with its numbers filled in, as text. Pure, no DOM.
import { BYTES_PER_NUMBER, memoryAt, scaled, scaledBytes } from "./core.js";
import { formatCount } from "../kit/numbers.js";
import { samePadding } from "../kit/fields.js";

// "conv 3×3", "conv 3×3, stride 2", "up to 90 × 120", "scores 1×1".
export function stepWords({ kind, sizes, kernel, stride, dilation }) {
  if (kind === "up") return `up to ${sizes[1].join(" × ")}`;
  if (kind === "scores") return "scores 1×1";
  const extras = [stride > 1 && `stride ${stride}`, dilation > 1 && `dilation ${dilation}`].filter(
    Boolean,
  );
  return [`conv ${kernel}×${kernel}`, ...extras].join(", ");
}

// What a layer does, line by line: [name, "formula = numbers = result"].
export function writtenRow(row, conditions) {
  const { channels, sizes, parameters, macs, bytes } = row;
  const [height, width] = sizes[1];
  const { batch, precision } = conditions;
  const [given, made] = channels;
  const kernel = `${row.kernel}·${row.kernel}·${formatCount(given)}·${formatCount(made)}`;
  const lines = [
    ["output height", outputSide(row, 0)],
    ["output width", outputSide(row, 1)],
  ];
  if (row.kind === "up")
    lines.push(["parameters, MACs", "none are counted: a few operations per output number"]);
  else
    lines.push(
      [
        "parameters",
        `k·k·C_in·C_out + C_out = ${kernel} + ${formatCount(made)} = ${formatCount(parameters)}`,
      ],
      [
        "MACs",
        `N·k·k·C_in·C_out·H·W = ${batch}·${kernel}·${height}·${width} = ${formatCount(macs)}`,
      ],
    );
  const numbers = `${batch}·${formatCount(made)}·${height}·${width}·${BYTES_PER_NUMBER[precision]}`;
  lines.push(
    [
      "memory",
      `N·C_out·H·W·${BYTES_PER_NUMBER[precision]} bytes = ${numbers} = ${formatCount(bytes)} bytes`,
    ],
    ["receptive field", writtenField(row)],
  );
  return lines;
}

function outputSide({ kind, sizes, kernel, stride, dilation }, axis) {
  const [before, after] = sizes.map((size) => size[axis]);
  if (kind === "up") return `given by the way up: ${before} → ${after}`;
  const padding = samePadding(kernel, dilation);
  return `⌊(${before} + 2·${padding} − ${dilation}·(${kernel} − 1) − 1) / ${stride}⌋ + 1 = ${after}`;
}

function writtenField({ field, before, after, kernel, stride, dilation }) {
  if (after !== null) {
    const grown = `r + d·(k − 1)·j = ${before.size} + ${dilation}·(${kernel} − 1)·${before.jump} = ${after.size}`;
    return stride > 1
      ? `${grown}; the next layers' jump j·s = ${before.jump}·${stride} = ${after.jump}`
      : grown;
  }
  const size = field[0] === field[1] ? `${field[0]} pixels` : `${field[0]} × ${field[1]} pixels`;
  return `${size}, for the cell in the middle: behind an upsampling it depends on where the cell lies`;
}

// "Up to this layer: 1.27 G MACs; training keeps 354 MB so far, all outputs up to here."
export function writtenSoFar(rows, at, conditions) {
  const macs = rows.slice(0, at + 1).reduce((sum, row) => sum + row.macs, 0);
  const { now, peak } = memoryAt(rows, at, conditions);
  const memory = conditions.training
    ? `training has kept ${scaledBytes(now)}: the backward pass needs every output again`
    : `inference holds ${scaledBytes(now)} now, this layer's input and output, and at most ${scaledBytes(peak)} until here`;
  return `Up to this layer: ${scaled(macs)} MACs; ${memory}.`;
}
