// What the overlay viewer says about a setting that shows less than was asked for, and about the errors.
import { formatCount, formatNumber } from "../kit/numbers.js";

// One reason per line; none for a setting that shows what it says.
export function reasonsOf(scene) {
  const { maps, opened, asked, mode, secret, source, drawn, opacity, hidden, asksBoxes } = scene;
  if (!opened.truth && !drawn)
    return [
      "This photograph has no labels: no number says what a pixel shows. Pass label_map= or a sample, or draw regions here. Until then, point at a pixel for its color.",
    ];
  const found = [];
  if (!secret && (asked !== mode || (asksBoxes && !maps.instances)))
    found.push(instanceReason(scene));
  const kept = [
    ...(asked === "semantic" ? [] : [`the ${asked} map`]),
    ...(asksBoxes ? ["the boxes"] : []),
  ];
  if (secret && kept.length)
    found.push(`Hidden until you have counted or revealed: ${kept.join(" and ")}.`);
  if (scene.every > 1)
    found.push(
      `Shown is every ${ordinal(scene.every)} pixel of every ${ordinal(scene.every)} row: the image is larger than 256 pixels.`,
    );
  if (opacity === 0) found.push("At 0 % opacity only the image is left.");
  const labels = [...maps.counts.pixels.keys()].filter((label) => maps.counts.pixels[label] > 0);
  if (labels.length && labels.every((label) => hidden.has(label)))
    found.push("Every class is switched off: only the image is left.");
  if (source === "prediction" && !opened.prediction)
    found.push("There is no prediction; pass prediction=.");
  return found;
}

function instanceReason({ source, drawn, asked }) {
  const wish = asked === "semantic" ? "No boxes" : `No ${asked} map`;
  const shown = asked === "semantic" ? "" : " Shown are the classes.";
  if (drawn) return `${wish}: a drawn region names a class, not an instance.${shown}`;
  if (source === "prediction")
    return `${wish}: the prediction gives each pixel a class and no instance number.${shown}`;
  return `${wish}: these labels give each pixel a class, and two objects of one class that touch are one region. Pass panoptic=.${shown}`;
}

const ordinal = (number) => `${number}${{ 2: "nd", 3: "rd" }[number] ?? "th"}`;

export function errorWords({ opened, maps, drawn }) {
  if (!opened.prediction || drawn || !maps?.errors) return "";
  const { count, valid } = maps.errors;
  if (valid === 0) return "Every pixel is void: there is nothing to judge.";
  return `The prediction is wrong in ${formatCount(count)} of ${formatCount(valid)} labeled pixels (${formatNumber((100 * count) / valid, 1)} %); void is not judged.`;
}
