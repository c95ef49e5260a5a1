// Sliding a classifier over an image: where the windows lie, what they cost, and what label map they make. Pure, no DOM.
//
// A setting is { height, width, window, stride, padded }: image and window in pixels (the window is square). `padded` says that the border
// was extended, so that every pixel is the middle of a window; otherwise only windows that lie inside of the image count.
// A window labels its middle pixel, (window / 2, rounded down) from its upper left corner, and with it a block of stride × stride pixels.
// Windows are visited row by row; "step" counts them from 0.

const SPREAD = 0.05; // of the built-in classifier: how far colors (0 to 1) may lie from a prototype before another class takes over

// Windows along one axis of `length` pixels; 0 when the window is longer than an image that isn't padded.
export function positions(length, window, stride, padded) {
  const places = padded ? length : length - window + 1;
  return places > 0 ? Math.ceil(places / stride) : 0;
}

export function visits({ height, width, window, stride, padded }) {
  const rows = positions(height, window, stride, padded);
  const cols = positions(width, window, stride, padded);
  return { rows, cols, count: rows * cols };
}

// Window number `step`: its place in the score map, its upper left corner (negative in the padding), the pixel it labels.
export function windowAt(setting, step) {
  const { cols } = visits(setting);
  const { window, stride, padded } = setting;
  const half = Math.floor(window / 2);
  const row = Math.floor(step / cols) * stride;
  const col = (step % cols) * stride;
  const shift = padded ? half : 0;
  return {
    row,
    col,
    top: row - shift,
    left: col - shift,
    pixelRow: row - shift + half,
    pixelCol: col - shift + half,
  };
}

// The step whose middle pixel is nearest to pixel (row, col).
export function nearestStep(setting, row, col) {
  const { rows, cols } = visits(setting);
  const { window, stride, padded } = setting;
  const shift = padded ? 0 : Math.floor(window / 2);
  const place = (pixel, count) =>
    Math.min(Math.max(Math.round((pixel - shift) / stride), 0), Math.max(count - 1, 0));
  return place(row, rows) * cols + place(col, cols);
}

// The block of pixels that window `step` labels, cut at the image's border: rows top … bottom − 1, columns left … right − 1.
export function blockOf(setting, step) {
  const { pixelRow, pixelCol } = windowAt(setting, step);
  const { height, width, stride } = setting;
  const before = Math.floor((stride - 1) / 2);
  const cut = (value, most) => Math.min(Math.max(value, 0), most);
  return {
    top: cut(pixelRow - before, height),
    bottom: cut(pixelRow - before + stride, height),
    left: cut(pixelCol - before, width),
    right: cut(pixelCol - before + stride, width),
  };
}

// The class with the largest score in each cell of a (C, cells) score map; the first one of equals.
export function bestClasses(scores, classes) {
  const cells = scores.length / classes;
  const best = new Uint8Array(cells);
  for (let cell = 0; cell < cells; cell++) {
    for (let label = 1; label < classes; label++)
      if (scores[label * cells + cell] > scores[best[cell] * cells + cell]) best[cell] = label;
  }
  return best;
}

// Columns of the score map: it holds one score per stride-1 window.
export function mapWidth({ width, window, padded }) {
  return padded ? width : Math.max(width - window + 1, 0);
}

// The label map after steps 0 … last: Int16Array of height · width labels, −1 where no window has been.
export function labelsAfter(setting, best, last) {
  const labels = new Int16Array(setting.height * setting.width).fill(-1);
  const wide = mapWidth(setting);
  for (let step = 0; step <= last; step++) {
    const { row, col } = windowAt(setting, step);
    const { top, bottom, left, right } = blockOf(setting, step);
    for (let y = top; y < bottom; y++)
      labels.fill(best[row * wide + col], y * setting.width + left, y * setting.width + right);
  }
  return labels;
}

// Right, wrong and unlabeled pixels against the true map; 255 is void and not counted.
export function agreement(labels, truth) {
  const counted = { right: 0, wrong: 0, open: 0 };
  labels.forEach((label, at) => {
    if (truth[at] !== 255)
      counted[label < 0 ? "open" : label === truth[at] ? "right" : "wrong"] += 1;
  });
  return counted;
}

// The built-in classifier: the mean color of the window against each class's prototype color, p ∝ exp(−‖mean − prototype‖² / (2 · 0.05²)).
// pixels: height · width · 3 bytes; prototypes: [[r, g, b], …] in 0 … 1. Returns (C, cells) scores of all windows inside of the image.
export function colorScores({ height, width, window }, pixels, prototypes) {
  const rows = height - window + 1;
  const cols = width - window + 1;
  if (rows < 1 || cols < 1) return new Float64Array(0);
  const sums = runningSums(pixels, height, width);
  const area = window * window * 255;
  const wide = width + 1;
  const scores = new Float64Array(prototypes.length * rows * cols);
  for (let cell = 0; cell < rows * cols; cell++) {
    const row = Math.floor(cell / cols);
    const col = cell % cols;
    const mean = [0, 1, 2].map((channel) => {
      const at = (y, x) => sums[(y * wide + x) * 3 + channel];
      return (
        (at(row + window, col + window) -
          at(row, col + window) -
          at(row + window, col) +
          at(row, col)) /
        area
      );
    });
    softNearest(mean, prototypes).forEach((score, label) => {
      scores[label * rows * cols + cell] = score;
    });
  }
  return scores;
}

function softNearest(color, prototypes) {
  const far = prototypes.map((prototype) =>
    prototype.reduce((sum, value, at) => sum + (value - color[at]) ** 2, 0),
  );
  const least = Math.min(...far);
  const parts = far.map((distance) => Math.exp((least - distance) / (2 * SPREAD ** 2)));
  const total = parts.reduce((a, b) => a + b, 0);
  return parts.map((part) => part / total);
}

// sums[(y, x)] adds up all pixels above and to the left: four look-ups give the sum of any window.
function runningSums(pixels, height, width) {
  const wide = width + 1;
  const sums = new Float64Array((height + 1) * wide * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let channel = 0; channel < 3; channel++) {
        const at = (row, col) => (row * wide + col) * 3 + channel;
        sums[at(y + 1, x + 1)] =
          pixels[(y * width + x) * 3 + channel] +
          sums[at(y, x + 1)] +
          sums[at(y + 1, x)] -
          sums[at(y, x)];
      }
    }
  }
  return sums;
}

// What the two ways cost: { loop, dense } totals, the factors behind them as [[number, what], …], and the unit.
// macs: [multiplications per window, of one dense pass over the image]; null for the built-in classifier (one 1×1 convolution
// to `classes` scores, averaged over the window), undefined when nothing is known about the model: then pixels are counted.
export function costOf(setting, classes, macs) {
  const { height, width, window } = setting;
  const { count } = visits(setting);
  const area = window * window;
  const made = (unit, loop, dense) => ({
    unit,
    factors: { loop, dense },
    loop: product(loop),
    dense: product(dense),
  });
  const windows = [count, count === 1 ? "window" : "windows"];
  const size = [
    [height, "rows"],
    [width, "columns"],
  ];
  if (macs === null)
    return made(
      "multiplications",
      [windows, [area, "pixels"], [3, "colors"], [classes, "classes"]],
      [...size, [3, "colors"], [classes, "classes"]],
    );
  if (macs === undefined) return made("pixels read", [windows, [area, "pixels"]], size);
  return made(
    "multiplications",
    [windows, [macs[0], "per window"]],
    [[macs[1], "for the whole image"]],
  );
}

const product = (factors) => factors.reduce((all, [value]) => all * value, 1);

// Why there is no window, in words; null when there is one.
export function explainWindow({ height, width, window, padded }) {
  if (padded || (window <= height && window <= width)) return null;
  const [least, noun] = window > height ? [height, "rows"] : [width, "columns"];
  return `No window: it is ${window} pixels high and wide, the image has ${least} ${noun}; there is no place to put it. Pad the image or take a smaller window.`;
}

// What a setting that works does not do, in words; "" when there is nothing to say.
export function remarkOn({ height, width, window, stride, padded }) {
  if (padded && window > Math.min(height, width))
    return `The window is larger than the image: part of what it sees is always padding.`;
  if (stride > window)
    return `Stride ${stride} is larger than the window: the ${stride - window === 1 ? "line" : `${stride - window} lines`} of pixels between two windows are never looked at.`;
  return "";
}

// What is behind a wrong guess of the number of windows; "" when nothing typical is.
export function diagnoseVisits(setting, guess) {
  const { height, width, window, stride, padded } = setting;
  const { rows, cols, count } = visits(setting);
  const mistakes = [
    [
      rows + cols,
      "That adds rows and columns of windows; each row of windows has all the columns: multiply.",
    ],
    [rows, "That is the number of rows of windows; each has several columns."],
    [cols, "That is one row of windows; there are several rows."],
    [height * width, "That is one window per pixel: stride 1 and a padded border."],
    [
      Math.floor(height / window) * Math.floor(width / window),
      "That is how many windows fit side by side; these overlap, they start every stride pixels.",
    ],
    [
      positions(height, window, stride, true) * positions(width, window, stride, true),
      "That forgets the border: a window must lie inside of the image, so there are (size − window) / stride + 1 places per axis.",
    ],
    [
      Math.floor((height - window) / stride) * Math.floor((width - window) / stride),
      "One short per axis: between n steps there are n + 1 places.",
    ],
    [visits({ ...setting, stride: 1 }).count, "That would be right for stride 1."],
  ];
  return guess === count
    ? ""
    : (mistakes.find(([value]) => value === guess)?.[1] ??
        (padded ? "" : "Per axis: ⌊(size − window) / stride⌋ + 1."));
}

// One axis of the number of windows with the numbers filled in: "⌊(96 − 15) / 8⌋ + 1 = 11" or, padded, "⌈96 / 8⌉ = 12".
export function writtenPositions(length, { window, stride, padded }) {
  if (padded) return `⌈${length} / ${stride}⌉ = ${positions(length, window, stride, true)}`;
  return window > length
    ? `⌊(${length} − ${window}) / ${stride}⌋ + 1: no room`
    : `⌊(${length} − ${window}) / ${stride}⌋ + 1 = ${positions(length, window, stride, false)}`;
}

// The same as torch code: the loop over windows, and the dense way for the built-in classifier.
export function torchCode({ height, width, window, stride, padded }, prototypes) {
  const half = Math.floor(window / 2);
  const cut = `${padded ? `image = F.pad(image, (${half}, ${window - 1 - half}, ${half}, ${window - 1 - half}))  # zeros; use the padding of your training\n` : ""}\
windows = image.unfold(2, ${window}, ${stride}).unfold(3, ${window}, ${stride})  # (1, 3, rows, columns, ${window}, ${window})
rows, columns = windows.shape[2:4]
windows = windows.permute(0, 2, 3, 1, 4, 5).reshape(-1, 3, ${window}, ${window})`;
  const head = `import torch\nimport torch.nn.functional as F\n\n# image: (1, 3, ${height}, ${width}) floats in [0, 1]\n${cut}\n`;
  if (!prototypes)
    return `${head}
# model: (N, 3, ${window}, ${window}) → (N, classes)
scores = torch.cat([model(part).softmax(dim=1) for part in windows.split(256)])
label_map = scores.argmax(dim=1).view(rows, columns)
label_map = label_map.repeat_interleave(${stride}, 0).repeat_interleave(${stride}, 1)  # one block per window`;
  const table = prototypes
    .map((color) => `    [${color.map((value) => value.toFixed(6)).join(", ")}],`)
    .join("\n");
  return `${head}
prototypes = torch.tensor([
${table}
], dtype=image.dtype)

def classify(colors):  # (N, 3) → (N, classes)
    return (-torch.cdist(colors, prototypes) ** 2 / (2 * ${SPREAD}**2)).softmax(dim=1)

scores = torch.cat([classify(part.mean(dim=(2, 3))) for part in windows.split(256)])  # the window loop
label_map = scores.argmax(dim=1).view(rows, columns)

means = F.avg_pool2d(image, ${window}, ${stride})  # the dense way: all windows at once
dense = classify(means[0].flatten(1).T).argmax(dim=1).view(rows, columns)
print((label_map == dense).float().mean())  # 1.0`;
}
