// What the transposed-convolution explorer says: why there is no output, how stamps overlap and what to do, what a wrong guess
// suggests, the torch code. Pure, no DOM.
import {
  gatheredSum,
  hasOutput,
  keepsRule,
  metTerms,
  overlapCounts,
  repeatingCounts,
  sizesOf,
} from "./core.js";
import { plural } from "../kit/numbers.js";

// Why torch refuses the setting; null when it takes it.
export function explainRefusal(setting) {
  const { stride, padding, outputPadding, dilation } = setting;
  if (!keepsRule(setting)) {
    const why =
      stride > 1
        ? `a convolution with stride ${stride} shrinks ${stride} sizes to the same one, and output_padding only says which of them comes back`
        : "a convolution with stride 1 shrinks no two sizes to the same one, so there is nothing to choose";
    return `No output: output_padding is ${outputPadding}, but it must be smaller than the stride (${stride}) or the dilation (${dilation}): ${why}.`;
  }
  const [rows, cols] = sizesOf(setting);
  if (rows.fits && cols.fits) return null;
  const [axis, noun] = rows.fits ? [cols, "column"] : [rows, "row"];
  const back =
    outputPadding > 0 ? `, and output_padding ${outputPadding} gives too little back` : "";
  return `No output: the stamps cover ${plural(axis.covered, noun)}, padding ${padding} crops 2 · ${padding} = ${2 * padding} of them${back}. Use less padding, or a larger input or kernel.`;
}

// One axis: is the overlap even away from the border, and if not, what helps? { even, text }
export function overlapAdvice(kernel, stride, dilation) {
  const counts = repeatingCounts(kernel, stride, dilation),
    even = counts.every((count) => count === counts[0]);
  if (even) {
    const why =
      stride === 1
        ? "stride 1 leaves no pattern"
        : `the kernel, ${kernel}, is divisible by the stride, ${stride}`;
    const crop = (kernel - stride) * dilation,
      border = crop > 0 ? ` Padding ${crop} crops the border, which gets fewer.` : "";
    return {
      even,
      text: `${why}: away from the border each cell gets ${plural(counts[0], "stamp")}.${border}`,
    };
  }
  const pattern = `counts ${counts.join(", ")}, ${counts.join(", ")}, … repeat.`,
    factor = divisor(stride, dilation);
  if (factor > 1) {
    const why = `stride ${stride} and dilation ${dilation} share the factor ${factor}, so all taps meet on the same cells`;
    return { even, text: `${why}: ${pattern} Take dilation 1.` };
  }
  const small = kernel < stride,
    sizes = [Math.floor(kernel / stride) * stride, Math.ceil(kernel / stride) * stride].filter(
      (size) => size > 0,
    );
  const why = small
    ? `is smaller than the stride, ${stride}, and leaves gaps`
    : `is not divisible by the stride, ${stride}`;
  return {
    even,
    text: `the kernel, ${kernel}, ${why}: ${pattern} Take kernel ${listed(sizes)}, or resize, then convolve.`,
  };
}

// Both axes together, with the numbers that stand in the interior of the map.
export function overlapSummary({ kernel, stride, dilation }) {
  const along = (size) => repeatingCounts(size, stride, dilation);
  const products = along(kernel.length).flatMap((high) =>
    along(kernel[0].length).map((wide) => high * wide),
  );
  const found = [...new Set(products)].sort((a, b) => a - b);
  if (found.length === 1)
    return `Even: away from the border every cell gets ${plural(found[0], "stamp")}. No checkerboard is built in.`;
  return `Uneven: away from the border cells get ${listed(found)} stamps. With equal weights, an even input comes out as this pattern.`;
}

function listed(values) {
  return values.length < 2
    ? String(values[0])
    : `${values.slice(0, -1).join(", ")} or ${values.at(-1)}`;
}

function divisor(a, b) {
  return b === 0 ? a : divisor(b, a % b);
}

// Which sizes a convolution with the same numbers shrinks to the input's; "" where it is one size only.
export function sizesThatShrink({ input, kernel }, { stride, padding, dilation }, noun) {
  const first = (input - 1) * stride + dilation * (kernel - 1) + 1 - 2 * padding,
    sizes = Array.from({ length: stride }, (_, at) => first + at).filter((size) => size > 0);
  return sizes.length < 2 ? "" : `${noun} ${listed(sizes).replace(" or ", " and ")} to ${input}`;
}

// What a wrong guess suggests: the classic slips, tried one by one. Empty when none of them gives the guess.
export function diagnoseGuess(setting, row, col, guess) {
  const near = (value) => Math.abs(value - guess) < 0.0051;
  const met = metTerms(setting, row, col);
  const other = (change) => gatheredSum({ ...setting, ...change }, row, col);
  const { kernel, image, stride, padding, dilation } = setting;
  const turned = kernel.map((weights) => [...weights].reverse()).reverse();
  if (met.length > 1 && met.some(({ product }) => near(product)))
    return `That is one product; ${met.length} stamps land on this cell, and they add up.`;
  if (near(other({ kernel: turned })))
    return "That is the window with the kernel not flipped; a gathering window reads it flipped.";
  if (near(met.reduce((sum, { pixel }) => sum + pixel, 0)) && met.length > 0)
    return "That adds the input cells; each is first multiplied by its weight.";
  if (padding > 0 && near(gatheredSum({ ...setting, padding: 0 }, row, col)))
    return "That is the cell before the crop: padding shifts the output up and to the left.";
  if (stride > 1 && near(other({ stride: 1 })))
    return "That is stride 1: here the stamps lie further apart.";
  if (dilation > 1 && near(other({ dilation: 1 })))
    return "That is dilation 1: here the taps of a stamp stand apart.";
  if (near(image[row]?.[col] ?? NaN))
    return "That is the input cell with the same number; it stamps elsewhere.";
  return "";
}

// Lines that print the same output with torch, the same numbers by an ordinary convolution, and the overlap counts.
export function torchCode(setting) {
  const { image, kernel, stride, padding, outputPadding, dilation } = setting;
  const [rows, cols] = sizesOf(setting);
  const tensor = (values) =>
    `torch.tensor([\n${values.map((line) => `    [${line.map(String).join(", ")}],`).join("\n")}\n], dtype=torch.float64)`;
  const start = [
    "import torch",
    "import torch.nn.functional as F",
    "",
    `image = ${tensor(image)}  # (${rows.input}, ${cols.input})`,
    `kernel = ${tensor(kernel)}  # (${rows.kernel}, ${cols.kernel})`,
    `options = dict(stride=${stride}, padding=${padding}, output_padding=${outputPadding}, dilation=${dilation})`,
    "output = F.conv_transpose2d(image[None, None], kernel[None, None], **options)[0, 0]",
  ];
  if (!hasOutput(setting))
    return [...start, `# torch raises: ${explainRefusal(setting)}`].join("\n");
  const pad = [cols, rows].flatMap(({ margin, extra }) => [margin, margin + extra]).join(", ");
  return [
    ...start,
    `print(output)  # (${rows.output}, ${cols.output})`,
    "",
    "# The same by gathering: zeros between the input cells, then an ordinary convolution with the flipped kernel.",
    `stuffed = torch.zeros(${rows.stuffed}, ${cols.stuffed}, dtype=torch.float64)`,
    `stuffed[::${stride}, ::${stride}] = image`,
    `padded = F.pad(stuffed, (${pad}))  # ${Math.min(rows.margin, cols.margin) < 0 ? "a negative margin crops; " : ""}left, right, top, bottom`,
    `gathered = F.conv2d(padded[None, None], kernel.flip(0, 1)[None, None], dilation=${dilation})[0, 0]`,
    "torch.testing.assert_close(gathered, output)",
    "",
    "# How many stamps lie on each output cell.",
    "ones = [torch.ones_like(values)[None, None] for values in (image, kernel)]",
    "overlap = F.conv_transpose2d(*ones, **options)[0, 0]",
    `print(overlap)  # between ${Math.min(...overlapCounts(setting).flat())} and ${Math.max(...overlapCounts(setting).flat())}`,
  ].join("\n");
}
