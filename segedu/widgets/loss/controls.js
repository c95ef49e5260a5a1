// The loss explorer's sliders and buttons, one group for each of its three parts.
import { EPSILONS, LEARNING_RATES } from "./core.js";
import { button, checkbox, element, select, slider } from "../kit/kit.js";
import { shareWords } from "./words.js";
import { formatDigits } from "../kit/numbers.js";

const MOST_WEIGHT = 200;
const LIKENESS_WORDS =
  "c: how alike both kinds of pixels look to the network. It shares its weights, so a step for one group moves the other by c of it.";
const RULE_WORDS =
  "as se.losses.class_weights has it; only the ratio of the two weights counts, and of two classes inverse and median have the same";

// edit({ trait: value }) when a slider moves; weigh(rule) for the class weights; show(name) for a picture; ask(predict).
export function createControls({ pictures, edit, weigh, show, ask }) {
  const sliders = createSliders(edit);
  const rules = ["inverse", "median", "root"].map((rule) =>
    button(`w: ${rule} frequency`, () => weigh(rule)),
  );
  const predict = checkbox({ label: "predict first, then reveal", value: false, onChange: ask });
  const titles = Object.entries(pictures).map(([name, { title }]) => [name, title]);
  const picture = select({ label: "picture", options: titles, value: "pixels", onChange: show });
  const grid = (...names) =>
    element("div", { class: "sg-controls" }, ...names.map((name) => sliders[name].el));
  const scene = [
    "share",
    "object_probability",
    "background_probability",
    "epsilon",
    "alpha",
    "beta",
  ];
  const row = element(
    "div",
    { class: "sg-row", style: "margin-top: 6px" },
    picture.el,
    ...rules,
    predict.el,
  );
  const likeness = element("p", { class: "sg-note lx-likeness", text: LIKENESS_WORDS });
  return {
    pixel: grid("pixel_probability", "weight", "gamma"),
    scene: element("div", {}, grid(...scene), row),
    descent: element("div", {}, grid("learning_rate", "likeness"), likeness),
    draw(get, objects) {
      for (const [name, { set }] of Object.entries(sliders)) set(sliderPosition(name, get(name)));
      predict.set(get("predict"));
      picture.set(get("subject"));
      for (const rule of rules) {
        rule.disabled = objects === 0;
        rule.title =
          objects === 0
            ? "the object has no pixel: its frequency is 0, and 1/0 is no weight"
            : RULE_WORDS;
      }
    },
  };
}

function createSliders(edit) {
  const probability = { min: 0.01, max: 0.99, step: 0.01 };
  const price = { min: 0, max: 1, step: 0.05 };
  const of = (label, name, limits, format = formatDigits) =>
    slider({
      label,
      value: limits.min,
      ...limits,
      format,
      onInput: (value) => edit({ [name]: roundedSetting(value) }),
    });
  const listed = (label, name, list) =>
    slider({
      label,
      min: 0,
      max: list.length - 1,
      value: 0,
      format: (at) => formatDigits(list[at]),
      onInput: (at) => edit({ [name]: list[at] }),
    });
  return {
    pixel_probability: of("p, right class", "pixel_probability", probability),
    gamma: of("γ of focal", "gamma", { min: 0, max: 5, step: 0.1 }),
    weight: slider({
      label: "w of the object",
      min: 0,
      max: Math.log10(MOST_WEIGHT),
      step: "any",
      value: 0,
      format: (power) => formatDigits(10 ** power),
      onInput: (power) =>
        edit({ weight: Math.min(MOST_WEIGHT, Number((10 ** power).toPrecision(3))) }),
    }),
    share: of("share of the object", "share", { min: 0, max: 0.5, step: 0.005 }, shareWords),
    object_probability: of("p_o, at the object", "object_probability", probability),
    background_probability: of("p_b, at the rest", "background_probability", probability),
    epsilon: listed("ε, in pixels", "epsilon", EPSILONS),
    alpha: of("α, Tversky's FP", "alpha", price),
    beta: of("β, Tversky's FN", "beta", price),
    learning_rate: listed("learning rate", "learning_rate", LEARNING_RATES),
    likeness: of("c, likeness", "likeness", { min: 0, max: 0.95, step: 0.05 }),
  };
}

// Where a slider stands for a value.
function sliderPosition(name, value) {
  if (name === "weight") return Math.log10(value);
  if (name === "epsilon") return EPSILONS.indexOf(value);
  return name === "learning_rate" ? LEARNING_RATES.indexOf(value) : value;
}

// Sliders may say 0.30000000000000004.
function roundedSetting(value) {
  return Number(value.toFixed(6));
}
