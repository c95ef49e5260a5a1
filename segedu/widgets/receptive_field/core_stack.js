// A stack of layers as the student builds it: presets, edits, why it can't be built, and its torch code. Pure, no DOM.
//
// A layer is { kind: "conv" | "pool", kernel, stride, padding, dilation }, the same whole numbers on both axes.
import { analyticField, levelLengths, nearestOutput } from "./core.js";
import { lastLevel, samePadding } from "../kit/fields.js";

export const MOST_LAYERS = 20;

const conv = (dilation = 1, kernel = 3, stride = 1) => ({
  kind: "conv",
  kernel,
  stride,
  padding: samePadding(kernel, dilation),
  dilation,
});
const pool = (kernel = 2, stride = 2) => ({
  kind: "pool",
  kernel,
  stride,
  padding: samePadding(kernel, 1),
  dilation: 1,
});
const vggBlock = (convolutions) => [...Array.from({ length: convolutions }, () => conv()), pool()];

export const STACKS = {
  "four 3×3": [conv(), conv(), conv(), conv()],
  "VGG-like": [...vggBlock(2), ...vggBlock(2), conv(), conv()],
  "VGG-16": [...vggBlock(2), ...vggBlock(2), ...vggBlock(3), ...vggBlock(3), ...vggBlock(3)],
  "dilated 1-2-4-8": [conv(1), conv(2), conv(4), conv(8)],
  "gridding 2-2-2": [conv(2), conv(2), conv(2)],
  "no holes 1-2-5": [conv(1), conv(2), conv(5)],
  strided: [conv(1, 3, 2), conv(1, 3, 2), conv(1, 3, 2)],
  "ResNet stem": [conv(1, 7, 2), pool(3, 2), conv(), conv()],
};

// The preset's name of these layers, or "custom".
export function stackName(layers) {
  const text = (stack) =>
    stack
      .map(({ kind, kernel, stride, padding, dilation }) =>
        [kind, kernel, stride, padding, dilation].join(),
      )
      .join(";");
  return Object.keys(STACKS).find((name) => text(STACKS[name]) === text(layers)) ?? "custom";
}

// The four edits; each returns [layers, selected], with the touched layer selected.
export function changeLayer(layers, at, part) {
  return [layers.map((layer, other) => (other === at ? { ...layer, ...part } : layer)), at];
}

export function copyLayer(layers, at) {
  return [[...layers.slice(0, at + 1), { ...layers[at] }, ...layers.slice(at + 1)], at + 1];
}

export function removeLayer(layers, at) {
  return [layers.filter((_, other) => other !== at), Math.min(at, layers.length - 2)];
}

export function moveLayer(layers, at, by) {
  const moved = layers.with(at, layers[at + by]).with(at + by, layers[at]);
  return [moved, at + by];
}

// The output cell of another stack that lies over the same place of the photo; [-1, -1], the middle, if one of them does not fit.
export function sameCell(before, after, size, cell) {
  const lengths = size.map((length) => levelLengths(after, length).at(-1));
  if (explainStack(before, size) !== null || lengths.includes(0)) return [-1, -1];
  return cell.map((index, axis) => {
    const { first, last } = analyticField(before, index);
    return nearestOutput(after, lengths[axis], (first + last) / 2);
  });
}

// The first layer that can't be built or does not fit an input of [height, width]: { layer, words }; null when all do.
export function explainStack(layers, [height, width]) {
  const lengths = [levelLengths(layers, height), levelLengths(layers, width)];
  for (const [at, { kind, kernel, padding, dilation }] of layers.entries()) {
    const layer = at + 1;
    const span = dilation * (kernel - 1) + 1;
    const [rows, cols] = lengths.map((axis) => axis[at] + 2 * padding);
    if (kind === "pool" && dilation > 1)
      return {
        layer,
        words: `Layer ${layer}: average pooling has no dilation, torch's AvgPool2d takes none; set it to 1 or make the layer a convolution.`,
      };
    if (kind === "pool" && 2 * padding > kernel)
      return {
        layer,
        words: `Layer ${layer}: torch pads a pooling window of ${kernel} by at most half of it, ${Math.floor(kernel / 2)}, not ${padding}: a window of padding alone would have no average.`,
      };
    if (span > rows || span > cols) {
      const [room, noun] = span > rows ? [rows, "rows"] : [cols, "columns"];
      const reach = dilation > 1 ? ` (dilation ${dilation} · (${kernel} − 1) + 1)` : "";
      return {
        layer,
        words: `Layer ${layer}: the kernel spans ${span} cells${reach}, its ${padding > 0 ? "padded " : ""}input has ${room} ${noun}: nothing comes out, and later layers have no input.`,
      };
    }
  }
  return null;
}

// What is behind a wrong guess of the field's side; "" when nothing typical is.
export function diagnoseSide(layers, guess) {
  const without = (change) => lastLevel(layers.map((layer) => ({ ...layer, ...change }))).size;
  const kernels = layers.map(({ kernel }) => kernel);
  const truth = lastLevel(layers).size;
  const mistakes = [
    [
      without({ stride: 1 }),
      "That would be right if no layer had a stride: after a stride, the later kernels step over `jump` input pixels.",
    ],
    [
      without({ dilation: 1 }),
      "That would be right without dilation: a kernel of k taps spans dilation · (k − 1) + 1 cells.",
    ],
    [
      without({ stride: 1, dilation: 1 }),
      "That leaves out strides and dilations: 1 plus the sum of (k − 1) holds for plain layers only.",
    ],
    [truth - 1, "Nearly: the sum of the steps counts the gaps; the field has one pixel more."],
    [
      kernels.reduce((sum, kernel) => sum + kernel, 0),
      "That is the sum of the kernel sizes: neighbors overlap, each layer adds (k − 1) and not k.",
    ],
    [
      kernels.reduce((product, kernel) => product * kernel, 1),
      "That is the product of the kernel sizes: it is the number of paths; many of them end in the same pixel.",
    ],
    [truth ** 2, "That is the number of pixels of the square; the question asks for its side."],
    [
      kernels.at(-1),
      "That is what the last layer reads from the layer below; the layers below read further.",
    ],
  ];
  return guess === truth ? "" : (mistakes.find(([value]) => value === guess)?.[1] ?? "");
}

// The stack as torch code that prints the three fields of output cell (row, col).
export function torchCode(layers, [height, width], [row, col]) {
  const line = ({ kind, kernel, stride, padding, dilation }) =>
    kind === "pool"
      ? `    nn.AvgPool2d(${kernel}, stride=${stride}, padding=${padding}),`
      : `    nn.Conv2d(1, 1, ${kernel}, stride=${stride}, padding=${padding}, dilation=${dilation}, bias=False),`;
  return `import torch
from torch import nn

stack = nn.Sequential(
${layers.map(line).join("\n")}
).double()
for weight in stack.parameters():
    nn.init.constant_(weight, 1 / weight.numel())  # uniform: every path counts the same

size, jump, start = 1, 1, 0
for layer in stack:
    kernel, stride, padding, dilation = [v[0] if isinstance(v, tuple) else v for v in (
        layer.kernel_size, layer.stride, layer.padding, getattr(layer, "dilation", 1))]
    size, start, jump = size + (kernel - 1) * dilation * jump, start - padding * jump, jump * stride
print("analytic: side", size, "jump", jump, "start", start)

image = torch.zeros(1, 1, ${height}, ${width}, dtype=torch.float64, requires_grad=True)
stack(image)[0, 0, ${row}, ${col}].backward()
field = image.grad[0, 0]  # what each pixel adds to this output
print("measured: pixels touched", int((field > 0).sum()))
print("effective: largest share of one pixel", float(field.max() / field.sum()))`;
}
