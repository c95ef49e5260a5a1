// The controls of the augmentation lab in three groups: what moves image and labels, what recolors the image, what breaks the labels.
import { DRAWS } from "./core.js";
import { formatNumber } from "../kit/numbers.js";
import { button, checkbox, element, select, slider } from "../kit/kit.js";

const degrees = (value) => `${formatNumber(value, 1)}°`;
const pixels = (value) => `${formatNumber(value, 1)} px`;
const factorText = (value) => `× ${formatNumber(value, 2)}`;
// name, label, lowest, highest, step, how it reads
export const SLIDERS = {
  move: [
    ["rotation", "rotation", -180, 180, 1, degrees],
    ["zoom", "zoom", -20, 30, 1, factorText],
    ["shift_x", "shift right", -64, 64, 1, pixels],
    ["shift_y", "shift down", -64, 64, 1, pixels],
    ["shear", "shear", -45, 45, 1, degrees],
    ["elastic", "elastic", 0, 16, 0.5, pixels],
    ["nodes", "vectors a side", 3, 8, 1, String],
  ],
  recolor: [
    ["brightness", "brightness", 0, 3, 0.05, factorText],
    ["contrast", "contrast", 0, 3, 0.05, factorText],
    ["saturation", "saturation", 0, 3, 0.05, factorText],
    ["blur", "blur", 0, 4, 0.1, pixels],
    ["noise", "noise", 0, 0.4, 0.01, (value) => formatNumber(value, 2)],
  ],
};
export const MISTAKES = [
  ["none", "nothing: moved with the image"],
  ["bilinear", "mask resized bilinearly"],
  ["left behind", "mask left behind"],
  ["two draws", "two separate draws"],
];
const FILL_CHOICES = [
  ["void", "void (255)"],
  ["class 0", "class 0"],
];

// The zoom slider is logarithmic: ten steps double it.
const zoomOf = (step) => Math.round(100 * 2 ** (step / 10)) / 100;
const stepOf = (zoom) => Math.round(10 * Math.log2(zoom));

// actions: { set(values), surprise(), reset(), forget() }
export function createTools(state, actions) {
  const sliders = new Map();
  const make = ([name, label, min, max, step, format]) => {
    const zoom = name === "zoom";
    const made = slider({
      label,
      ...{ min, max, step, value: min },
      format: (value) => format(zoom ? state.get("zoom") : value),
      onInput: (value) => actions.set({ [name]: zoom ? zoomOf(value) : value }),
    });
    sliders.set(name, made);
    return made.el;
  };
  const checkOf = (name, label) =>
    checkbox({ label, value: false, onChange: (value) => actions.set({ [name]: value }) });
  const checks = {
    flip_left_right: checkOf("flip_left_right", "flip left-right"),
    flip_up_down: checkOf("flip_up_down", "flip up-down"),
    outlines: checkOf("outlines", "labels' outlines over the image"),
    marks: checkOf("marks", "fade what is right"),
  };
  const choose = (name, label, options) =>
    select({
      label,
      options,
      value: options[0][0],
      onChange: (value) => actions.set({ [name]: value }),
    });
  const choices = {
    mistake: choose("mistake", "mistake", MISTAKES),
    fill: choose("fill", "outside, labels become", FILL_CHOICES),
  };
  const another = button("another field", () =>
    actions.set({ seed: (state.get("seed") + 1) % 1000 }),
  );
  const seed = element("span", { class: "sg-mono", "data-words": "seed" });
  const rows = (names) => SLIDERS[names].map(make);
  const breaking = group(
    "Break it: the labels alone",
    choices.mistake.el,
    choices.fill.el,
    checks.marks.el,
  );
  const el = element(
    "div",
    { class: "au-tools" },
    group(
      "Move: image and labels",
      element("div", { class: "sg-row" }, checks.flip_left_right.el, checks.flip_up_down.el),
      ...rows("move"),
      element("div", { class: "sg-row" }, another, seed),
    ),
    element(
      "div",
      { class: "sg-column" },
      group("Recolor: the image alone", ...rows("recolor")),
      breaking,
    ),
  );
  const shown = new Map();

  function draw(labeled) {
    for (const [name, made] of sliders) {
      const value = state.get(name);
      if (
        shown.get(name) === value &&
        Number(made.input.value) === (name === "zoom" ? stepOf(value) : value)
      )
        continue;
      shown.set(name, value);
      made.set(name === "zoom" ? stepOf(value) : value);
    }
    for (const [name, check] of Object.entries(checks)) check.set(state.get(name));
    for (const [name, choice] of Object.entries(choices)) choice.set(state.get(name));
    const words = `field and noise: seed ${state.get("seed")}`;
    if (seed.textContent !== words) seed.textContent = words;
    breaking.hidden = checks.outlines.el.hidden = !labeled;
  }
  return { el, outlines: checks.outlines.el, draw };
}

function group(title, ...children) {
  return element(
    "div",
    { class: "au-group", role: "group", "aria-label": title },
    element("div", { class: "sg-title", text: title }),
    ...children,
  );
}

export const drawWords = (number) => (number === 0 ? "no draw" : `draw ${number} of ${DRAWS}`);
