// Two label maps on one grid, compared: counts, boundaries, bands and the metrics that follow. Pure, no DOM.
//
// A map is a list of rows of labels: 0 background, 1 object, 255 void (in the target only). Cells are numbered row by row.
// The definitions are those of segedu.metrics: ConfusionMatrix, BoundaryF1 and BoundaryIoU, all with two classes. Void is cut out first.

export const VOID = 255;
export const TOLERANCES = [0, 4];
export const WIDTHS = [1, 6];
export const KINDS = ["tn", "fp", "fn", "tp", "void"]; // 2 · target + prediction, then void

const OUT = 2; // the label of a void cell within this file

// Everything that the metrics need, counted once:
//   kinds[cell]: place in KINDS; counts: { tp, fn, fp, tn, void }
//   edges: { prediction, target }, bands: { prediction, target }: per cell 0 or 1, the object's boundary cells and bands
//   near: { prediction, target }: per cell 1 where a boundary cell has a partner on the other map within the tolerance
export function compareMaps(target, prediction, tolerance, width) {
  const [rows, cols] = [target.length, target[0].length];
  const wanted = Uint8Array.from(target.flat(), (label) => (label === VOID ? OUT : label));
  const guessed = Uint8Array.from(prediction.flat(), (label, cell) =>
    wanted[cell] === OUT ? OUT : label,
  );
  const kinds = wanted.map((label, cell) => (label === OUT ? 4 : 2 * label + guessed[cell]));
  const counts = { tn: 0, fp: 0, fn: 0, tp: 0, void: 0 };
  for (const kind of kinds) counts[KINDS[kind]]++;
  const edges = {
    prediction: objectEdge(guessed, rows, cols),
    target: objectEdge(wanted, rows, cols),
  };
  return {
    rows,
    cols,
    kinds,
    counts,
    edges,
    near: {
      prediction: withPartner(edges.prediction, edges.target, rows, cols, tolerance),
      target: withPartner(edges.target, edges.prediction, rows, cols, tolerance),
    },
    bands: {
      prediction: objectBand(guessed, rows, cols, width),
      target: objectBand(wanted, rows, cols, width),
    },
  };
}

// Object cells with one of their four neighbors in the background. Neither void nor the grid's border makes a boundary.
function objectEdge(labels, rows, cols) {
  const edge = new Uint8Array(rows * cols);
  for (let row = 0, cell = 0; row < rows; row++)
    for (let col = 0; col < cols; col++, cell++)
      edge[cell] = Number(
        labels[cell] === 1 &&
          ((row > 0 && labels[cell - cols] === 0) ||
            (row < rows - 1 && labels[cell + cols] === 0) ||
            (col > 0 && labels[cell - 1] === 0) ||
            (col < cols - 1 && labels[cell + 1] === 0)),
      );
  return edge;
}

// Cells of `here` that have a cell of `there` at most `tolerance` away: Euclidean, inclusive.
function withPartner(here, there, rows, cols, tolerance) {
  const near = new Uint8Array(rows * cols);
  const disk = [];
  for (let down = -tolerance; down <= tolerance; down++)
    for (let right = -tolerance; right <= tolerance; right++)
      if (down ** 2 + right ** 2 <= tolerance ** 2) disk.push([down, right]);
  for (let row = 0, cell = 0; row < rows; row++)
    for (let col = 0; col < cols; col++, cell++)
      near[cell] =
        here[cell] &&
        disk.some(([down, right]) => {
          const [y, x] = [row + down, col + right];
          return y >= 0 && x >= 0 && y < rows && x < cols && there[y * cols + x] === 1;
        });
  return near;
}

// Object cells whose square of 2 · width + 1 cells holds background or leaves the grid; void doesn't count as either.
function objectBand(labels, rows, cols, width) {
  const across = new Uint8Array(rows * cols); // background, or the grid's border, within `width` columns
  for (let row = 0, cell = 0; row < rows; row++)
    for (let col = 0; col < cols; col++, cell++)
      for (let at = col - width; at <= col + width && !across[cell]; at++)
        across[cell] = Number(at < 0 || at >= cols || labels[row * cols + at] === 0);
  const band = new Uint8Array(rows * cols);
  for (let row = 0, cell = 0; row < rows; row++)
    for (let col = 0; col < cols; col++, cell++)
      for (let at = row - width; at <= row + width && labels[cell] === 1 && !band[cell]; at++)
        band[cell] = at < 0 || at >= rows ? 1 : across[at * cols + col];
  return band;
}

// The counts of the two boundary metrics: { predictedNear, predicted, targetNear, target } and { both, either }.
export function edgeCounts({ edges, near }) {
  return {
    predictedNear: total(near.prediction),
    predicted: total(edges.prediction),
    targetNear: total(near.target),
    target: total(edges.target),
  };
}

export function bandCounts({ bands }) {
  const both = bands.target.reduce(
    (sum, inBand, cell) => sum + (inBand & bands.prediction[cell]),
    0,
  );
  return { both, either: total(bands.target) + total(bands.prediction) - both };
}

function total(mask) {
  return mask.reduce((sum, value) => sum + value, 0);
}

// All metrics by name, NaN for 0/0. A mean leaves out what is NaN, as segedu.metrics does.
export function metricsOf(compared) {
  const { tp, fn, fp, tn } = compared.counts;
  const { both, either } = bandCounts(compared);
  const [object, ground] = [tp / (tp + fp + fn), tn / (tn + fp + fn)];
  const weighted = [(tp + fn) * (object || 0), (tn + fp) * (ground || 0)];
  return {
    pixel_accuracy: (tp + tn) / (tp + fn + fp + tn),
    mean_accuracy: meanOfKnown([tp / (tp + fn), tn / (tn + fp)]),
    iou: object,
    mean_iou: meanOfKnown([object, ground]),
    frequency_weighted_iou: (weighted[0] + weighted[1]) / (tp + fn + fp + tn),
    dice: (2 * tp) / (2 * tp + fp + fn),
    precision: tp / (tp + fp),
    recall: tp / (tp + fn),
    boundary_f1: edgeF1(edgeCounts(compared)),
    boundary_iou: both / either,
  };
}

function meanOfKnown(values) {
  const known = values.filter((value) => !Number.isNaN(value));
  return known.reduce((sum, value) => sum + value, 0) / known.length;
}

// 0 where one map has no boundary or no cell has a partner, NaN where neither map has a boundary.
function edgeF1({ predictedNear, predicted, targetNear, target }) {
  if (predicted + target === 0) return NaN;
  const [precision, recall] = [predictedNear / predicted || 0, targetNear / target || 0];
  return (2 * precision * recall) / (precision + recall) || 0;
}

// The cells that a metric looks at, and those of them that it takes for right: { all(cell), right(cell) }.
export function countedCells(name, { kinds, edges, near, bands }) {
  const kind =
    (...names) =>
    (cell) =>
      names.includes(KINDS[kinds[cell]]);
  if (KINDS.includes(name)) return { all: kind(name), right: () => false };
  if (name === "precision") return { all: kind("tp", "fp"), right: kind("tp") };
  if (name === "recall") return { all: kind("tp", "fn"), right: kind("tp") };
  if (name === "iou" || name === "dice") return { all: kind("tp", "fp", "fn"), right: kind("tp") };
  if (name === "boundary_f1")
    return {
      all: (cell) => edges.prediction[cell] + edges.target[cell] > 0,
      right: (cell) => near.prediction[cell] + near.target[cell] > 0,
    };
  if (name === "boundary_iou")
    return {
      all: (cell) => bands.prediction[cell] + bands.target[cell] > 0,
      right: (cell) => bands.prediction[cell] + bands.target[cell] === 2,
    };
  return { all: kind("tp", "fp", "fn", "tn"), right: kind("tp", "tn") };
}
