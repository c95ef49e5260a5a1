// What the augmentation lab says: what a mistake did, what a setting loses, and the question before the reveal.
import { VOID } from "./core.js";
import { countFolds, countOfLabels, inventedGroups, lostClasses } from "./core_count.js";
import { formatCount, formatNumber, plural } from "../kit/numbers.js";

const MOST_GROUPS = 4;

export const labelName = (classes, label) =>
  label === VOID
    ? "void 255"
    : label < classes.length
      ? `${classes[label]} ${label}`
      : `${label}, which is no class`;
export const percentText = (count, all) => `${formatNumber((100 * count) / all, 1)} %`;
const pixelsText = (count, all) =>
  `${formatCount(count)} ${count === 1 ? "pixel" : "pixels"} (${percentText(count, all)})`;

// One paragraph per line: what the mistake did to the labels.
export function mistakeWords({ result, classes, labeled }) {
  const { setting, wrongCount: count, made } = result;
  if (!labeled) return [];
  const all = made.length;
  if (setting.mistake === "bilinear") return inventedWords(result, classes, all);
  if (setting.mistake === "left behind")
    return [
      count
        ? `At ${pixelsText(count, all)} the label does not fit what the image shows: the image moved, the mask did not.`
        : "Nothing moved, so nothing is wrong yet: rotate, zoom or shift.",
    ];
  if (setting.mistake === "two draws")
    return [
      `At ${pixelsText(count, all)} the label does not fit: the mask followed a draw of its own.`,
    ];
  if (setting.fill === "void") return [];
  if (result.outside === 0)
    return ["No output pixel looks outside of the source, so nothing is filled yet."];
  return [
    `${pixelsText(result.outside, all)} look outside of the source and are labeled ${labelName(classes, 0)}. A network would learn that gray is ${classes[0]}; void is left out of the loss.`,
  ];
}

function inventedWords(result, classes, all) {
  const { wrongCount: count } = result;
  if (count === 0)
    return ["No class is invented yet: each label is one of those that it was mixed from."];
  const groups = inventedGroups({ ...result, classes: classes.length });
  const listed = groups.slice(0, MOST_GROUPS).map((group) => groupWords(group, classes));
  const rest = groups.slice(MOST_GROUPS).reduce((sum, { pixels }) => sum + pixels, 0);
  return [
    `At ${pixelsText(count, all)} a class was invented: the label is none of those that it was mixed from. Label numbers are names; half-way between 0 and 2 there is no 1.`,
    `${listed.join("; ")}${rest ? `; other mixtures at ${plural(rest, "pixel")}` : ""}.`,
  ];
}

export function groupWords({ from, to, pixels, named }, classes) {
  const names = from.map((label) => labelName(classes, label));
  const mixed =
    names.length > 1 ? `${names.slice(0, -1).join(", ")} and ${names.at(-1)}` : `${names[0]} alone`;
  const numbers = to.length > 1 ? `numbers from ${to[0]} to ${to.at(-1)}` : `${to[0]}`;
  const gave = named ? labelName(classes, to[0]) : `${numbers}, no class,`;
  return `${mixed} gave ${gave} at ${plural(pixels, "pixel")}`;
}

// One reason per line: what the setting loses, and why.
export function lossWords({ result, classes, labeled, size, every }) {
  const { setting, clipped, outside, made } = result;
  const all = made.length,
    values = 3 * all;
  const found = [];
  const lost = labeled
    ? lostClasses(countOfLabels(result.labels), countOfLabels(result.right))
    : [];
  if (lost.length)
    found.push(
      `Nothing of ${lost.map((label) => classes[label]).join(", ")} is left: the output looks at a part of the source without it. A batch of such crops never trains ${lost.length > 1 ? "these classes" : "this class"}.`,
    );
  if (outside / all >= 0.005)
    found.push(
      `${pixelsText(outside, all)} look outside of the source: the image is filled with gray${labeled ? fillWords(setting) : ""}.`,
    );
  if (setting.elastic > 0)
    found.push(...foldWords(countFolds(result.field, setting.elastic, size), all));
  for (const name of ["brightness", "contrast", "saturation"])
    if (clipped[name] / values >= 0.01)
      found.push(
        `${name[0].toUpperCase()}${name.slice(1)} × ${formatNumber(setting[name], 2)} pushes ${percentText(clipped[name], values)} of the values out of 0 to 1. They are clipped, and what differed there is now equal.`,
      );
  if (setting.brightness === 0)
    found.push("Brightness × 0 is a black image: only the labels still know what it shows.");
  else if (setting.contrast === 0)
    found.push("Contrast × 0 is one gray: only the labels still know what it shows.");
  else if (setting.saturation === 0)
    found.push("Saturation × 0 is a gray image: classes that differ in color alone become alike.");
  if (clipped.noise / values >= 0.05)
    found.push(
      `Noise pushes ${percentText(clipped.noise, values)} of the values out of 0 to 1; they are clipped.`,
    );
  if (every > 1)
    found.push(
      `A pixel here is the mean of ${every} × ${every} pixels of the given image${labeled ? "; its label is the middle one's" : ""}.`,
    );
  if (!labeled)
    found.push(
      "This image has no labels, so there is nothing that could be left behind: pass label_map=.",
    );
  return found;
}

function fillWords({ mistake, fill }) {
  if (mistake === "left behind" || mistake === "two draws") return "";
  return `, the labels with ${fill === "void" ? "void" : "class 0"}`;
}

function foldWords(folds, all) {
  if (folds === 0) return [];
  return [
    `The field folds at ${pixelsText(folds, all)}: neighbors look at the source in reversed order (the Jacobian is not positive), so parts show twice, mirrored. Use a weaker field or fewer vectors a side.`,
  ];
}

// What is asked for before the labels are shown: { words, answer }.
export function shareQuestion({ result }) {
  const { setting, wrongCount, outside, made } = result;
  const share = (count) => Math.round((1000 * count) / made.length) / 10;
  if (setting.mistake === "bilinear")
    return {
      words: "How many percent of the pixels will get a class that none of their neighbors has?",
      answer: share(wrongCount),
    };
  if (setting.mistake !== "none")
    return {
      words: "At how many percent of the pixels will the label not fit the image?",
      answer: share(wrongCount),
    };
  return {
    words:
      "How many percent of the labels will be filled in, because they look outside of the source?",
    answer: share(outside),
  };
}
