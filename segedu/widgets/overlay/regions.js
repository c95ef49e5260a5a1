// Regions drawn by hand, for a photograph that has no labels: a brush, three classes, an eraser.
import { VOID } from "./core.js";
import { button, element, select, setPressed, slider } from "../kit/kit.js";

export const REGION_CLASSES = ["region 0", "region 1", "region 2"];
export const REGION_COLORS = ["#E69F00", "#56B4E9", "#CC79A7"];

// Pixels within `radius` of (row, col) get the label: a disk, cut at the border.
export function stampDisk(labels, height, width, [row, col], radius, label) {
  const changed = Uint8Array.from(labels);
  for (let y = Math.max(0, row - radius); y <= Math.min(height - 1, row + radius); y++)
    for (let x = Math.max(0, col - radius); x <= Math.min(width - 1, col + radius); x++)
      if ((y - row) ** 2 + (x - col) ** 2 <= radius ** 2) changed[y * width + x] = label;
  return changed;
}

// actions: { turn(on), clear() }; tools.label(), tools.radius() say what the brush does.
export function createRegionTools(actions) {
  let label = 0;
  let radius = 6;
  const draws = button("draw regions", () => actions.turn(), { pressed: false });
  const brush = select({
    label: "brush",
    options: [...REGION_CLASSES.map((name, at) => [String(at), name]), [String(VOID), "eraser"]],
    value: "0",
    onChange: (value) => {
      label = Number(value);
    },
  });
  const size = slider({
    label: "radius",
    min: 0,
    max: 24,
    value: radius,
    format: (value) => `${value} px`,
    onInput: (value) => {
      radius = value;
    },
  });
  const tools = element(
    "div",
    { class: "sg-row" },
    brush.el,
    size.el,
    button("clear", () => actions.clear()),
  );
  const hint = element("p", {
    class: "sg-note",
    text: "Press and drag to paint, or move with the arrow keys and paint with the space bar.",
  });
  return {
    el: element(
      "div",
      { class: "sg-column" },
      element("div", { class: "sg-row" }, draws),
      tools,
      hint,
    ),
    label: () => label,
    radius: () => radius,
    draw(on) {
      setPressed(draws, on);
      tools.hidden = hint.hidden = !on;
    },
  };
}
