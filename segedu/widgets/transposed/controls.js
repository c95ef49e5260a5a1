// The menus and sliders of the transposed-convolution explorer.
import { checkbox, element, select, slider } from "../kit/kit.js";
import { EXAMPLES, exampleName, MATRICES } from "./presets.js";

const OPTIONS = [
  ["height", "input height", 1, 5],
  ["width", "input width", 1, 5],
  ["rows", "kernel height", 1, 5],
  ["cols", "kernel width", 1, 5],
  ["stride", "stride", 1, 4],
  ["dilation", "dilation", 1, 2],
  ["padding", "padding", 0, 4],
  ["output_padding", "output_padding", 0, 4],
];

export function createControls(state, { resize, choose, show }) {
  const sides = { height: state.get("image").length, width: state.get("image")[0].length };
  const sliders = OPTIONS.map(([name, label, min, max]) => [
    name,
    slider({
      label,
      min,
      max: Math.max(max, sides[name] ?? max),
      value: min,
      onInput: (value) => resize(name, value),
    }),
  ]);
  const examples = menu(
    "example",
    [["", "your own"], ...Object.keys(EXAMPLES).map((name) => [name, name])],
    show,
  );
  const numbers = (label, trait) =>
    menu(
      label,
      [...Object.keys(MATRICES[trait]), "custom"].map((name) => [name, name]),
      (name) => choose(trait, name),
    );
  const menus = { image: numbers("input", "image"), kernel: numbers("kernel", "kernel") };
  const predict = checkbox({
    label: "predict first, then reveal",
    value: false,
    onChange: (value) => state.set({ predict: value }),
  });
  return {
    el: element(
      "div",
      { class: "sg-column" },
      element(
        "div",
        { class: "sg-row tx-menus" },
        examples.el,
        menus.image.el,
        menus.kernel.el,
        predict.el,
      ),
      element("div", { class: "sg-controls" }, ...sliders.map(([, made]) => made.el)),
    ),
    draw(now, predicting, chosen) {
      const { image, kernel, stride, padding, outputPadding, dilation } = now;
      const values = {
        height: image.length,
        width: image[0].length,
        rows: kernel.length,
        cols: kernel[0].length,
        stride,
        dilation,
        padding,
        output_padding: outputPadding,
      };
      for (const [key, made] of sliders)
        made.set(values[key], { max: Math.max(Number(made.input.max), values[key]) });
      examples.set(exampleName(now));
      for (const trait of ["image", "kernel"]) menus[trait].set(chosen[trait]);
      predict.set(predicting);
    },
  };
}

function menu(label, options, onChange) {
  return select({ label, options, value: options[0][0], onChange });
}
