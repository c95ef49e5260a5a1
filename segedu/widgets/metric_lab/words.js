// The metrics in words: names, formulas with numbers, why one is absent, what a guess suggests, the torch code. Pure, no DOM.
import { KINDS, VOID, bandCounts, edgeCounts } from "./core.js";
import { boxOf } from "./shapes.js";

export const METRIC_NAMES = {
  pixel_accuracy: "pixel accuracy",
  mean_accuracy: "mean accuracy",
  iou: "IoU of the object",
  mean_iou: "mean IoU",
  frequency_weighted_iou: "frequency-weighted IoU",
  dice: "Dice",
  precision: "precision",
  recall: "recall",
  boundary_f1: "boundary F1",
  boundary_iou: "boundary IoU",
};

export const METRIC_SYMBOLS = {
  pixel_accuracy: "(TP + TN) / all",
  mean_accuracy: "mean of TP / (TP + FN) and TN / (TN + FP)",
  iou: "TP / (TP + FP + FN)",
  mean_iou: "mean of the object's and the background's IoU",
  frequency_weighted_iou: "each class's IoU times its share of the target",
  dice: "2 TP / (2 TP + FP + FN)",
  precision: "TP / (TP + FP)",
  recall: "TP / (TP + FN)",
  boundary_f1: "2 P R / (P + R), P and R the shares of boundary cells with a partner",
  boundary_iou: "cells in both bands / cells in either",
};

// The formula with the numbers filled in, in signs that a calculator reads: "(177 + 593) / 864". "0 / 0" for an absent metric.
export function formulaOf(name, compared) {
  const { tp, fn, fp, tn } = compared.counts;
  const formulas = {
    pixel_accuracy: () => `(${tp} + ${tn}) / ${tp + fn + fp + tn}`,
    mean_accuracy: () => meanFormula([tp, tp + fn], [tn, tn + fp]),
    iou: () => `${tp} / (${tp} + ${fp} + ${fn})`,
    mean_iou: () => meanFormula([tp, tp + fp + fn], [tn, tn + fp + fn]),
    frequency_weighted_iou: () => weightedFormula(compared.counts),
    dice: () => `2 · ${tp} / (2 · ${tp} + ${fp} + ${fn})`,
    precision: () => `${tp} / (${tp} + ${fp})`,
    recall: () => `${tp} / (${tp} + ${fn})`,
    boundary_f1: () => edgeFormula(edgeCounts(compared)),
    boundary_iou: () => `${bandCounts(compared).both} / ${bandCounts(compared).either}`,
  };
  return formulas[name]();
}

function meanFormula(...fractions) {
  const known = fractions
    .filter(([, below]) => below > 0)
    .map(([above, below]) => `${above} / ${below}`);
  return known.length === 2 ? `(${known.join(" + ")}) / 2` : (known[0] ?? "0 / 0");
}

function weightedFormula({ tp, fn, fp, tn }) {
  const all = tp + fn + fp + tn;
  const terms = [
    [tp + fn, tp],
    [tn + fp, tn],
  ].filter(([share]) => share > 0);
  if (terms.length === 0) return "0 / 0";
  return terms
    .map(([share, hits]) => `${share} / ${all} · ${hits} / ${hits + fp + fn}`)
    .join(" + ");
}

function edgeFormula({ predictedNear, predicted, targetNear, target }) {
  if (predicted + target === 0) return "0 / 0";
  if (predicted === 0 || target === 0 || predictedNear + targetNear === 0) return "0";
  const [precision, recall] = [`${predictedNear} / ${predicted}`, `${targetNear} / ${target}`];
  return `2 · (${precision}) · (${recall}) / (${precision} + ${recall})`;
}

// Why a metric is 0/0; asked only where it is.
export function absenceWords(name, { counts: { tp, fn, fp, tn } }) {
  if (tp + fn + fp + tn === 0) return "all cells are void, nothing is counted";
  if (name === "precision") return "nothing is predicted, so no share of it is right";
  if (name === "recall") return "the target has no object to find";
  if (name === "boundary_f1" && tp + fn + fp > 0)
    return "the object meets no background, only void or the border";
  if (name === "boundary_iou" && tp + fn + fp > 0)
    return "no object cell has background or the border within the width";
  return "no object in the target and none in the prediction";
}

// What deserves a word about the present maps; an empty list where nothing does.
export function remarksOn(compared, metrics, prediction, tolerance, width) {
  const { counts, kinds, bands } = compared;
  const hidden = prediction.flat().filter((label, cell) => label === 1 && kinds[cell] === 4).length;
  const wrong = counts.fp + counts.fn;
  const remarks = [];
  if (counts.void === kinds.length)
    remarks.push("All cells are void: nothing is counted. Erase some void.");
  if (hidden > 0)
    remarks.push(
      `${hidden} predicted object ${hidden === 1 ? "cell lies" : "cells lie"} in void: counted nowhere, right or wrong.`,
    );
  if (counts.tp + wrong > 0 && kinds.every((kind, cell) => wholeInBands(kind, bands, cell)))
    remarks.push(
      `With width ${width} the bands cover both objects whole: the boundary IoU is the IoU.`,
    );
  if (metrics.boundary_f1 === 1 && wrong > 0)
    remarks.push(
      `All boundary cells have a partner within ${tolerance}: the boundary F1 is 1, though ${wrong} ${wrong === 1 ? "cell is" : "cells are"} wrong.`,
    );
  return remarks;
}

// Are a cell's objects in their bands? kind is 2 · target + prediction.
function wholeInBands(kind, bands, cell) {
  return (!(kind & 2) || bands.target[cell] === 1) && (!(kind & 1) || bands.prediction[cell] === 1);
}

// "0.653", "absent", or "?" for a value that is kept back.
export function valueText(value) {
  if (value === undefined) return "?";
  return Number.isNaN(value) ? "absent" : value.toFixed(3);
}

// What is under the pointer; what to do where there is none.
export function cellWords({ compared, target, prediction }, [row, col]) {
  const kind = KINDS[compared.kinds[row * compared.cols + col]];
  const label = { 0: "background", 1: "object", [VOID]: "void" };
  const meaning = {
    tp: "found, TP",
    fn: "missed, FN",
    fp: "false alarm, FP",
    tn: "rightly left out, TN",
    void: "not counted",
  };
  return `Row ${row}, column ${col}: target ${label[target[row][col]]}, prediction ${label[prediction[row][col]]}: ${meaning[kind]}.`;
}

export function pointWords(hidden) {
  return hidden
    ? "Green: both say object. Blue: target only. Orange: prediction only."
    : "Point at a cell, at a count or at a metric: what belongs together lights up.";
}

// "prediction: ellipse of 14 × 20 cells, first row 5, first column 7; IoU 0.653"
export function layerWords({ layer, shape, hidden, metrics, [layer]: map }) {
  const score = hidden ? "" : `; IoU ${valueText(metrics.iou)}`;
  const box = shape ?? boxOf(map);
  if (!box) return `${layer}: no object${score}`;
  return `${layer}: ${shape ? shape.kind : "painted object"} of ${box.height} × ${box.width} cells, first row ${box.top}, first column ${box.left}${score}`;
}

// The metrics that fell most between two states, and by how much: { names, by }; names is empty where none fell.
export function fallsBetween(before, after) {
  const falls = Object.keys(METRIC_NAMES).map((name) => [name, before[name] - after[name]]);
  const by = Math.max(0, ...falls.map(([, fall]) => fall || 0));
  return {
    names: by < 1e-9 ? [] : falls.filter(([, fall]) => by - fall < 1e-9).map(([name]) => name),
    by,
  };
}

// What is behind a wrong guess of the IoU; "" when nothing typical is.
export function diagnoseGuess(guess, compared, metrics) {
  const { tp, fn, fp } = compared.counts;
  const mistakes = [
    ["dice", "That is Dice, which counts the shared cells twice."],
    ["precision", "That is the precision: the missed cells belong below the line as well."],
    ["recall", "That is the recall: the falsely predicted cells belong below the line as well."],
    [
      "pixel_accuracy",
      "That is the pixel accuracy: the IoU does not count the background that both agree on.",
    ],
    ["mean_iou", "That is the mean IoU, with the background's; the object's alone was asked."],
  ];
  const close = (value) => Math.abs(guess - value) < 0.006;
  const found = mistakes.find(([name]) => close(metrics[name]));
  if (found) return found[1];
  return close(tp / (2 * tp + fp + fn))
    ? "The shared cells stand in both maps; count them once below the line."
    : "";
}

// "0.4", "40 %", "2/5", "absent" → a number, NaN for absent; undefined for anything else.
export function readGuess(text) {
  const trimmed = text.trim().toLowerCase();
  if (["absent", "nan", "0/0"].includes(trimmed)) return NaN;
  const match = /^(\d*\.?\d+)\s*(%|\/\s*(\d*\.?\d+))?$/.exec(trimmed);
  if (!match) return undefined;
  const value = Number(match[1]) / (match[2] === "%" ? 100 : Number(match[3] ?? 1));
  return value <= 1 ? value : undefined;
}

export function torchCode(target, prediction, tolerance, width) {
  const signs = { 0: ".", 1: "#", [VOID]: "?" };
  const rows = (map) => map.map((line) => line.map((label) => signs[label]).join(""));
  return [
    "import segedu as se",
    "import torch",
    "",
    "",
    "def label_map(rows):",
    '    labels = {".": 0, "#": 1, "?": 255}  # background, object, void',
    "    return torch.tensor([[labels[cell] for cell in row] for row in rows.split()])",
    "",
    "",
    'target = label_map("""',
    ...rows(target),
    '""")',
    'prediction = label_map("""',
    ...rows(prediction),
    '""")',
    "matrix = se.ConfusionMatrix(2).update(prediction, target)",
    `edges = se.BoundaryF1(2, tolerance=${tolerance}).update(prediction, target)`,
    `bands = se.metrics.BoundaryIoU(2, width=${width}).update(prediction, target)`,
    "counts = matrix.counts.double()  # rows: target, columns: prediction; background first",
    "scores = {",
    '    "pixel_accuracy": matrix.pixel_accuracy(),',
    '    "mean_accuracy": matrix.mean_accuracy(),',
    '    "iou": matrix.iou()[1],',
    '    "mean_iou": matrix.mean_iou(),',
    '    "frequency_weighted_iou": matrix.frequency_weighted_iou(),',
    '    "dice": matrix.dice()[1],',
    '    "precision": counts[1, 1] / counts[:, 1].sum(),',
    '    "recall": counts[1, 1] / counts[1].sum(),',
    '    "boundary_f1": edges.f1()[1],',
    '    "boundary_iou": bands.iou()[1],',
    "}",
    "print(matrix.counts)",
    "for name, score in scores.items():",
    '    print(f"{name:24}{float(score):.3f}")',
  ].join("\n");
}
