// The controls of the upsampling explorer, and the reasons under those that have no meaning for the method.
import { METHODS, interpolates, isWeighted, outputSize } from "./core.js";
import { checkbox, element, select, slider } from "../kit/kit.js";
import { alignReason, sizeReason } from "./words.js";

const LARGEST_SIDE = 6;
const LARGEST_TARGET = 30;

// A new map of the given size: `memory` keeps what a smaller one cut off, beyond it stand small numbers.
export function resizeMap(memory, rows, cols) {
  return Array.from({ length: rows }, (_, row) =>
    Array.from(
      { length: cols },
      (_, col) => memory[row]?.[col] ?? (5 * row + 3 * col + row * col) % 7,
    ),
  );
}

// The remembered map with its upper left part replaced by the present one.
export function rememberMap(memory, image) {
  return Array.from({ length: Math.max(memory.length, image.length) }, (_, row) => [
    ...(image[row] ?? []),
    ...(memory[row] ?? []).slice(image[row]?.length ?? 0),
  ]);
}

export function createSettings(state, { resize, setting }) {
  const methods = select({
    label: "method",
    options: METHODS.map((name) => [name, name]),
    value: "bilinear",
    onChange: (method) => state.set({ method }),
  });
  const align = checkbox({
    label: "align_corners",
    value: false,
    onChange: (value) => state.set({ align_corners: value }),
  });
  const chosen = checkbox({
    label: "choose the output size",
    value: false,
    onChange: (value) =>
      state.set({ size: value ? outputSize({ ...setting(), size: null }) : null }),
  });
  const labels = checkbox({
    label: "these are labels",
    value: false,
    onChange: (value) => state.set({ labels: value }),
  });
  const predict = checkbox({
    label: "predict first, then reveal",
    value: false,
    onChange: (value) => state.set({ predict: value }),
  });
  const sliders = {
    factor: slider({
      label: "factor",
      min: 2,
      max: 5,
      value: 2,
      onInput: (factor) => state.set({ factor }),
    }),
    height: slider({
      label: "input height",
      min: 1,
      max: LARGEST_SIDE,
      value: 1,
      onInput: (value) => resize(value, setting().image[0].length),
    }),
    width: slider({
      label: "input width",
      min: 1,
      max: LARGEST_SIDE,
      value: 1,
      onInput: (value) => resize(setting().image.length, value),
    }),
    high: slider({
      label: "output height",
      min: 1,
      max: LARGEST_TARGET,
      value: 1,
      onInput: (value) => state.set({ size: [value, state.get("size")[1]] }),
    }),
    wide: slider({
      label: "output width",
      min: 1,
      max: LARGEST_TARGET,
      value: 1,
      onInput: (value) => state.set({ size: [state.get("size")[0], value] }),
    }),
  };
  const reason = element("p", { class: "sg-note", "data-words": "reason" });
  const checks = element(
    "div",
    { class: "sg-row" },
    methods.el,
    align.el,
    chosen.el,
    labels.el,
    predict.el,
  );
  const tracks = element(
    "div",
    { class: "sg-controls" },
    ...Object.values(sliders).map(({ el }) => el),
  );
  return {
    el: element("div", { class: "sg-column" }, checks, reason, tracks),
    draw({ setting: now, size }, { labels: areLabels, predict: predicting }) {
      const sized = now.size !== null && interpolates(now.method);
      methods.set(now.method);
      align.set(now.align && isWeighted(now.method));
      align.input.disabled = !isWeighted(now.method);
      chosen.set(sized);
      chosen.input.disabled = !interpolates(now.method);
      labels.set(areLabels);
      predict.set(predicting);
      sliders.factor.set(now.factor, { disabled: sized });
      sliders.height.set(now.image.length);
      sliders.width.set(now.image[0].length);
      sliders.high.set(size[0], { disabled: !sized });
      sliders.wide.set(size[1], { disabled: !sized });
      sliders.high.el.hidden = sliders.wide.el.hidden = !sized;
      reason.textContent = [
        alignReason(now),
        now.size ? sizeReason(now) : "",
        sized ? "The output size is chosen, so only the photograph uses the factor." : "",
      ]
        .filter(Boolean)
        .join(" ");
      reason.hidden = reason.textContent === "";
    },
  };
}
