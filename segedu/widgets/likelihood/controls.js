// The likelihood explorer's menus and sliders.
import { CONTRASTS, LIMIT, RATES } from "./core.js";
import { checkbox, element, select, slider } from "../kit/kit.js";
import { formatDigits } from "../kit/numbers.js";

// edit({ trait: value }); weigh({ w } or { b }) when one of the two moves; ask(predict) for the question.
export function createControls(classes, { edit, weigh, ask }) {
  const weight = (name) =>
    slider({
      label: name,
      min: -LIMIT,
      max: LIMIT,
      step: 0.1,
      value: 0,
      format: formatDigits,
      onInput: (value) => weigh({ [name]: Number(value.toFixed(2)) }),
    });
  const choice = (label, options, onChange) =>
    select({ label, options, value: options[0][0], onChange });
  const names = classes.map((name, at) => [String(at), name]);
  const contrasts = Object.entries(CONTRASTS).map(([feature, { words }]) => [feature, words]);
  const target = choice("look for", names, (value) => edit({ target: Number(value) }));
  const feature = choice("by x =", contrasts, (value) => edit({ feature: value }));
  const weights = [weight("w"), weight("b")];
  const rate = slider({
    label: "learning rate η",
    min: 0,
    max: RATES.length - 1,
    value: 0,
    format: (at) => String(RATES[at]),
    onInput: (at) => edit({ learning_rate: RATES[at] }),
  });
  const predict = checkbox({ label: "predict first, then reveal", value: false, onChange: ask });
  const row = element("div", { class: "sg-row lk-choices" }, target.el, feature.el, predict.el);
  const sliders = element("div", { class: "lk-sliders" }, ...weights.map(({ el }) => el));
  return {
    el: element("div", {}, row, sliders),
    rate: rate.el,
    draw(scene, predicting) {
      target.set(String(scene.target));
      feature.set(scene.feature);
      weights.forEach(({ el, input, set }, at) => {
        set(scene.point[at]);
        const shown = formatDigits(scene.point[at]); // a step of descent may lie between the slider's steps, or beyond its ends
        el.querySelector("output").textContent = shown;
        input.setAttribute("aria-valuetext", shown);
      });
      rate.set(RATES.indexOf(scene.rate));
      predict.set(predicting);
    },
  };
}
