// Which of the loss explorer's cells are the object, and what each pixel pushes, in numbers and words. Pure, no DOM.
import { SCENE_PIXELS, SCENE_WIDTH } from "./core.js";
import { formatCount, formatDigits } from "../kit/numbers.js";
import { LOSS_TITLES } from "./words.js";

// The first `objects` places of a picture's order, as a set.
export function objectCells(order, objects) {
  return new Set(order.slice(0, objects));
}

// The sides of the object's cells that face the outside or the border: [place, "left" | "right" | "above" | "below"].
export function objectBorder(inside) {
  const sides = [];
  for (const at of inside) {
    const column = at % SCENE_WIDTH;
    if (column === 0 || !inside.has(at - 1)) sides.push([at, "left"]);
    if (column === SCENE_WIDTH - 1 || !inside.has(at + 1)) sides.push([at, "right"]);
    if (!inside.has(at - SCENE_WIDTH)) sides.push([at, "above"]);
    if (!inside.has(at + SCENE_WIDTH)) sides.push([at, "below"]);
  }
  return sides;
}

// A group's total push shared by its pixels, [object, background]; 0 for a group without pixels.
export function pixelPushes(objects, pushes) {
  return [objects, SCENE_PIXELS - objects].map((count, at) => (count > 0 ? pushes[at] / count : 0));
}

// How full each group's color is: its pixel's push against the larger one.
export function pushStrengths(each) {
  const most = Math.max(...each);
  return each.map((push) => (most > 0 ? push / most : 0));
}

// What one pixel of each group pushes, and all of them together: "13 · 7·10⁻⁴" would read as three factors, hence ×.
// Lovász sorts pixels of equal error somehow and pushes them unequally; the mean is what counts.
export function eachWords(name, objects, pushes) {
  const [up, down] = pixelPushes(objects, pushes).map(formatDigits);
  const rest = SCENE_PIXELS - objects;
  const lead = `With ${LOSS_TITLES[name]}${name === "lovasz" ? ", on average," : ""}`;
  const sum = (count, each, total) => `${formatCount(count)} × ${each} = ${formatDigits(total)}`;
  const pressed = `each background pixel pushes ${down} down. Together ${sum(rest, down, pushes[1])} down.`;
  if (objects === 0) return `${lead} ${pressed}`;
  return (
    `${lead} each object pixel pushes ${up} up, each background pixel ${down} down. ` +
    `Together ${sum(objects, up, pushes[0])} up, ${sum(rest, down, pushes[1])} down.`
  );
}
