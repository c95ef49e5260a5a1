// The arithmetic of a 2-D convolution as torch does it (cross-correlation, the kernel is not flipped). Pure, no DOM.
//
// A setting is { image, kernel, stride, padding, dilation }: image and kernel are rows of numbers, the rest whole numbers.
// "Cell (row, col) of the input" counts from the image's own corner, so padding has negative or too large coordinates.

// Cells from the first to the last tap of one kernel axis.
export function span(kernel, dilation) {
  return dilation * (kernel - 1) + 1;
}

// One axis of the output size; 0 or less means that the kernel does not fit.
export function outputLength(size, kernel, stride, padding, dilation) {
  return Math.floor((size + 2 * padding - span(kernel, dilation)) / stride) + 1;
}

// Everything about sizes, per axis: { input, kernel, padded, span, output, fits, unread } with index 0 = rows, 1 = columns.
export function sizes({ image, kernel, stride, padding, dilation }) {
  const axis = (input, taps) => {
    const padded = input + 2 * padding,
      reach = span(taps, dilation),
      fits = reach <= padded;
    const output = fits ? outputLength(input, taps, stride, padding, dilation) : 0;
    return {
      input,
      kernel: taps,
      padded,
      span: reach,
      output,
      fits,
      unread: fits ? padded - reach - (output - 1) * stride : 0,
    };
  };
  return [axis(image.length, kernel.length), axis(image[0].length, kernel[0].length)];
}

// The products behind output cell (row, col), tap by tap: { tap, row, col, pixel, weight, product, inside }.
export function windowTerms({ image, kernel, stride, padding, dilation }, row, col) {
  return kernel.flatMap((weights, i) =>
    weights.map((weight, j) => {
      const y = row * stride - padding + i * dilation,
        x = col * stride - padding + j * dilation;
      const inside = y >= 0 && x >= 0 && y < image.length && x < image[0].length;
      const pixel = inside ? image[y][x] : 0;
      return {
        tap: i * weights.length + j,
        row: y,
        col: x,
        pixel,
        weight,
        product: pixel * weight,
        inside,
      };
    }),
  );
}

export function sumOf(terms) {
  return terms.reduce((total, { product }) => total + product, 0);
}

// The whole output as rows of numbers; [] when the kernel does not fit.
export function convolve(setting) {
  const [rows, cols] = sizes(setting);
  if (!rows.fits || !cols.fits) return [];
  return Array.from({ length: rows.output }, (_, row) =>
    Array.from({ length: cols.output }, (_, col) => sumOf(windowTerms(setting, row, col))),
  );
}

// Which output cells read input cell (row, col), and through which tap: { row, col, tap }.
export function readersOf(setting, row, col) {
  const { kernel, stride, padding, dilation } = setting,
    [rows, cols] = sizes(setting);
  return kernel.flatMap((weights, i) =>
    weights.flatMap((_, j) => {
      const y = (row + padding - i * dilation) / stride,
        x = (col + padding - j * dilation) / stride;
      const exists =
        Number.isInteger(y) &&
        Number.isInteger(x) &&
        y >= 0 &&
        x >= 0 &&
        y < rows.output &&
        x < cols.output;
      return exists ? [{ row: y, col: x, tap: i * weights.length + j }] : [];
    }),
  );
}

// Which input cells one tap reads while the kernel visits every position: { row, col }.
export function cellsOfTap(setting, tap) {
  const { kernel, stride, padding, dilation } = setting,
    [rows, cols] = sizes(setting);
  const i = Math.floor(tap / kernel[0].length),
    j = tap % kernel[0].length;
  return Array.from({ length: rows.output * cols.output }, (_, at) => ({
    row: Math.floor(at / cols.output) * stride - padding + i * dilation,
    col: (at % cols.output) * stride - padding + j * dilation,
  }));
}

// Why there is no output, in words; null when there is one.
export function explainMisfit(setting) {
  const [rows, cols] = sizes(setting);
  const [axis, noun] = !rows.fits ? [rows, "rows"] : [cols, "columns"];
  if (axis.fits) return null;
  const reach =
    setting.dilation > 1 ? ` (dilation ${setting.dilation} · (${axis.kernel} − 1) + 1)` : "";
  const padded =
    setting.padding > 0 ? `the padded input has ${axis.padded}` : `the input has ${axis.padded}`;
  const both =
    !rows.fits && !cols.fits
      ? ` and the columns don't fit either (${cols.span} in ${cols.padded})`
      : "";
  return `No output: the kernel spans ${axis.span} cells${reach}, ${padded} ${noun}${both}.`;
}

// What a stride leaves over, in words; "" when every row and column is read.
export function explainUnread(setting) {
  const [rows, cols] = sizes(setting);
  const part = ({ unread }, noun) =>
    unread === 1 ? `the last ${noun}` : `the last ${unread} ${noun}s`;
  const parts = [
    rows.unread > 0 ? part(rows, "row") : "",
    cols.unread > 0 ? part(cols, "column") : "",
  ].filter(Boolean);
  if (!rows.fits || !cols.fits || parts.length === 0) return "";
  const whole = setting.padding > 0 ? "padded input" : "input";
  return `Stride ${setting.stride} never reaches ${parts.join(" and ")} of the ${whole}: the floor in the formula drops them.`;
}

// The kernels of the menu, for any size; each returns the weight of tap (i, j) of a rows × cols kernel.
const along = (length, make) => Array.from({ length }, (_, at) => make(at));
const binomial = (length) => {
  const row = [1];
  for (let at = 0; at < length - 1; at++) row.push((row[at] * (length - 1 - at)) / (at + 1));
  return row;
};
const difference = (length) =>
  length < 2
    ? [0]
    : along(length, (at) => (binomial(length - 1)[at - 1] ?? 0) - (binomial(length - 1)[at] ?? 0));
const outer = (column, row) => column.map((a) => row.map((b) => a * b || 0));
const total = (values) => values.reduce((a, b) => a + b, 0);
const centered = (rows, cols, center, weight) =>
  along(rows, (i) =>
    along(cols, (j) =>
      i === (rows - 1) >> 1 && j === (cols - 1) >> 1
        ? center
        : weight(i - ((rows - 1) >> 1), j - ((cols - 1) >> 1)),
    ),
  );
const neighbors = (rows, cols) =>
  total(centered(rows, cols, 0, (i, j) => (Math.abs(i) + Math.abs(j) === 1 ? 1 : 0)).flat());

export const KERNELS = {
  "vertical edges": (rows, cols) => outer(binomial(rows), difference(cols)),
  "horizontal edges": (rows, cols) => outer(difference(rows), binomial(cols)),
  outline: (rows, cols) => centered(rows, cols, rows * cols - 1, () => -1),
  sharpen: (rows, cols) =>
    centered(rows, cols, neighbors(rows, cols) + 1, (i, j) =>
      Math.abs(i) + Math.abs(j) === 1 ? -1 : 0,
    ),
  "box blur": (rows, cols) =>
    outer(
      along(rows, () => 1),
      along(cols, () => 1 / (rows * cols)),
    ),
  "Gaussian blur": (rows, cols) =>
    outer(
      binomial(rows),
      binomial(cols).map((weight) => weight / 2 ** (rows + cols - 2)),
    ),
  identity: (rows, cols) => centered(rows, cols, 1, () => 0),
  "count 1, 2, 3, …": (rows, cols) => along(rows, (i) => along(cols, (j) => i * cols + j + 1)),
};

// The menu's name of a kernel, or "custom".
export function kernelName(kernel) {
  const same = (other) =>
    other.flat().every((weight, at) => Math.abs(weight - kernel.flat()[at]) < 1e-12);
  return (
    Object.keys(KERNELS).find((name) => same(KERNELS[name](kernel.length, kernel[0].length))) ??
    "custom"
  );
}

// A kernel of the same name in another size; a custom one is cropped, or extended with zeros below and to the right.
export function resizeKernel(kernel, name, rows, cols) {
  if (KERNELS[name]) return KERNELS[name](rows, cols);
  return along(rows, (i) => along(cols, (j) => kernel[i]?.[j] ?? 0));
}

// A deterministic picture of small numbers, with edges in both directions, of any size.
export function defaultPixel(row, col) {
  return [
    [1, 0, 2, 3, 1, 0, 2],
    [0, 3, 3, 3, 0, 1, 1],
    [2, 3, 0, 3, 2, 0, 1],
    [1, 3, 3, 3, 1, 2, 0],
    [0, 1, 2, 0, 0, 1, 3],
  ][row % 5][col % 7];
}

// `memory` keeps what was cropped, so that a size slider moved there and back changes nothing.
export function resizeImage(memory, rows, cols) {
  return along(rows, (i) => along(cols, (j) => memory[i]?.[j] ?? defaultPixel(i, j)));
}

// Lines that print the same output with torch.
export function torchCode({ image, kernel, stride, padding, dilation }) {
  const [rows, cols] = sizes({ image, kernel, stride, padding, dilation });
  const tensor = (values) =>
    `torch.tensor([\n${values.map((row) => `    [${row.map((value) => String(value)).join(", ")}],`).join("\n")}\n], dtype=torch.float64)`;
  const outcome =
    rows.fits && cols.fits
      ? `(${rows.output}, ${cols.output})`
      : "torch raises: the kernel is larger than the padded input";
  return [
    "import torch",
    "import torch.nn.functional as F",
    "",
    `image = ${tensor(image)}  # (${rows.input}, ${cols.input})`,
    `kernel = ${tensor(kernel)}  # (${rows.kernel}, ${cols.kernel})`,
    `output = F.conv2d(image[None, None], kernel[None, None], stride=${stride}, padding=${padding}, dilation=${dilation})[0, 0]`,
    `print(output)  # ${outcome}`,
  ].join("\n");
}

// What a wrong guess suggests: the classic slips, tried one by one. Empty when none of them gives the guess.
export function diagnoseGuess(setting, row, col, guess) {
  const near = (value) => Math.abs(value - guess) < 0.0051;
  const terms = windowTerms(setting, row, col),
    weights = terms.map(({ weight }) => weight);
  const flipped = terms.reduce(
    (sum, { pixel }, at) => sum + pixel * weights[weights.length - 1 - at],
    0,
  );
  const at = (change) => sumOf(windowTerms({ ...setting, ...change }, row, col));
  if (near(-sumOf(terms))) return "That has the right size and the wrong sign.";
  if (near(flipped))
    return "That is the flipped kernel: mathematicians flip it, deep-learning libraries do not.";
  if (near(total(terms.map(({ product }) => Math.abs(product)))))
    return "That adds the sizes of the products; the signs count.";
  if (near(total(terms.map(({ pixel }) => pixel))))
    return "That adds the input cells; each is first multiplied by its weight.";
  if (setting.dilation > 1 && near(at({ dilation: 1 })))
    return "That is dilation 1: here the taps stand apart.";
  if (setting.stride > 1 && near(at({ stride: 1 })))
    return "That is stride 1: here the window jumps further.";
  if (setting.padding > 0 && near(at({ padding: 0 })))
    return "That window starts in the image; with padding it starts outside.";
  return "";
}

// What lights up: maps from "row,col" to a tap, for input and output cells, and the set of lit taps. `pointed` is the cell under the
// pointer ({ grid: "input" | "kernel" | "output", row, col }, input cells counted from the image's corner) or null; `shown` the output cell.
export function litCells(setting, pointed, shown) {
  const key = ({ row, col }) => `${row},${col}`,
    cols = setting.kernel[0].length;
  if (pointed?.grid === "input") {
    const readers = readersOf(setting, pointed.row, pointed.col);
    return {
      input: new Map(),
      taps: new Set(readers.map(({ tap }) => tap)),
      output: new Map(readers.map((cell) => [key(cell), cell.tap])),
    };
  }
  if (pointed?.grid === "kernel") {
    const tap = pointed.row * cols + pointed.col,
      [high, wide] = sizes(setting);
    const outputs = along(high.output * wide.output, (at) => ({
      row: Math.floor(at / wide.output),
      col: at % wide.output,
    }));
    return {
      input: new Map(cellsOfTap(setting, tap).map((cell) => [key(cell), tap])),
      taps: new Set([tap]),
      output: new Map(outputs.map((cell) => [key(cell), tap])),
    };
  }
  const terms = shown ? windowTerms(setting, shown.row, shown.col) : [];
  return {
    input: new Map(terms.map((term) => [key(term), term.tap])),
    taps: new Set(along(setting.kernel.length * cols, (tap) => tap)),
    output: new Map(),
  };
}
