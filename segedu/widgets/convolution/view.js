// What the student sees, top to bottom:
//   three grids of numbers in one row, "input ∗ kernel = output"; padding is dashed, each kernel tap has its color, the input cells under
//   the window wear the colors of the taps that read them; hovering any cell lights up what it is linked with, and a line says so;
//   a player that walks over the output positions; the products of the present position, laid out as the kernel is, and their sum;
//   in predict mode a question instead of the value; the sliders; the size formula with the numbers filled in; the torch code.
import {
  convolve,
  diagnoseGuess,
  explainMisfit,
  KERNELS,
  kernelName,
  resizeImage,
  resizeKernel,
  sizes,
  sumOf,
  torchCode,
  windowTerms,
} from "./core.js";
import { clamp, formatNumber, parseNumber } from "../kit/numbers.js";
import { createGrids } from "./grids.js";
import { bind, checkbox, codeBox, element, mount, player, select, slider } from "../kit/kit.js";
import { createCellQuestion } from "../kit/question.js";
import { createArithmetic, createFormula } from "./panels.js";

const SLIDERS = [
  ["height", "input height", 1, 12],
  ["width", "input width", 1, 12],
  ["rows", "kernel height", 1, 5],
  ["cols", "kernel width", 1, 5],
  ["stride", "stride", 1, 4],
  ["padding", "padding", 0, 4],
  ["dilation", "dilation", 1, 4],
];
const HINT =
  "Point at a cell to see what it is linked with; click a number to change it. In a grid, arrow keys move and digits edit.";
const STYLE = `
.segedu.segedu .cx-stage { display: flex; flex-wrap: wrap; gap: 12px 32px; align-items: flex-start; }
.segedu.segedu .cx-left { flex: 0 1 auto; min-width: min(100%, 34em); max-width: 100%; }
.segedu.segedu .cx-aside { flex: 1 1 27em; min-width: 0; }
.segedu.segedu .cx-grids { display: flex; flex-wrap: wrap; align-items: center; gap: 12px 0; min-width: 0; }
.segedu.segedu .cx-right { display: flex; flex-wrap: wrap; align-items: center; gap: 12px 0; min-width: 0; max-width: 100%; }
.segedu.segedu .cx-block { min-width: 0; max-width: 100%; }
.segedu.segedu .cx-caption { margin-bottom: 4px; color: var(--sg-soft); }
.segedu.segedu .cx-sign { padding-top: 20px; text-align: center; font-size: 20px; }
.segedu.segedu .cx-line { margin: 8px 0; min-height: 3em; max-width: 38em; }
.segedu.segedu .cx-misfit { width: 20em; max-width: 100%; }
.segedu.segedu .cx-terms { display: grid; grid-template-columns: repeat(var(--columns), minmax(18ch, max-content)); gap: 3px 8px; font-family: var(--sg-mono); }
.segedu.segedu .cx-term { padding: 0 6px; border-left: 10px solid; white-space: nowrap; }
.segedu.segedu .cx-term[data-lit="true"] { background: var(--sg-panel); }
.segedu.segedu .cx-sum { margin-top: 8px; font-weight: 600; overflow-wrap: anywhere; }
.segedu.segedu .cx-formula { display: flex; flex-wrap: wrap; gap: 0 10px; }
.segedu.segedu .cx-axis { width: 4em; color: var(--sg-soft); }
@container (max-width: 700px) { .segedu.segedu .cx-terms { grid-template-columns: repeat(auto-fill, minmax(17ch, 1fr)); } .segedu.segedu .cx-line { min-height: 4.5em; } }
`;

export function render({ model, el }) {
  const widget = mount(el, "Convolution explorer");
  const state = bind(
    model,
    ["image", "kernel", "stride", "padding", "dilation", "position", "predict"],
    () => update(),
  );
  widget.onCleanup(state.stop);

  let memory = state.get("image"),
    chosen = kernelName(state.get("kernel")),
    pointed = null,
    width = 640,
    drawn = "",
    outputs = [];
  const revealed = new Set();
  const setting = () => ({
    image: state.get("image"),
    kernel: state.get("kernel"),
    stride: state.get("stride"),
    padding: state.get("padding"),
    dilation: state.get("dilation"),
  });

  const grids = createGrids(widget, { point, edit, goTo });
  const steps = player(widget, { label: "position", onStep: step });
  const arithmetic = createArithmetic({ point });
  const question = createCellQuestion({
    truth: ({ row, col }) => sumOf(windowTerms(setting(), row, col)),
    diagnose: ({ row, col }, value) => diagnoseGuess(setting(), row, col, value),
    write: formatNumber,
    onReveal: reveal,
  });
  const controls = createControls(state, { resize, choose });
  const formula = createFormula();
  const code = codeBox(() => torchCode(setting()), "Copy as torch code");
  widget.root.append(
    element("style", { text: STYLE }),
    controls.el,
    element(
      "div",
      { class: "sg-panel cx-stage" },
      element("div", { class: "cx-left" }, grids.el, steps.el),
      element("div", { class: "cx-aside" }, arithmetic.el, question.el),
    ),
    element(
      "div",
      { class: "sg-panel sg-column" },
      formula.el,
      code.el,
      element("p", { class: "sg-note", text: HINT }),
    ),
  );
  widget.onWidth((next) => {
    width = next;
    update();
  });
  update();
  return widget.destroy;

  function update() {
    const now = setting(),
      axes = sizes(now),
      count = axes[0].output * axes[1].output;
    const position = clamp(state.get("position"), 0, Math.max(count - 1, 0));
    const key = JSON.stringify(now);
    if (key !== drawn) renew(now);
    drawn = key;
    const here = { row: Math.floor(position / axes[1].output), col: position % axes[1].output };
    const shown = pointed?.grid === "output" ? pointed : here;
    const scene = {
      now,
      axes,
      count,
      position,
      here,
      shown,
      pointed,
      width,
      outputs,
      misfit: explainMisfit(now),
      terms: count > 0 ? windowTerms(now, shown.row, shown.col) : [],
      hidden: (row, col) => state.get("predict") && !revealed.has(`${row},${col}`),
    };
    grids.draw(scene);
    steps.set(
      position,
      count,
      count > 0 ? `output[${here.row}, ${here.col}], ${position + 1} of ${count}` : "no position",
    );
    arithmetic.draw(scene);
    question.draw(here, state.get("predict") && count > 0, scene.hidden(here.row, here.col));
    formula.draw(scene);
    if (!KERNELS[chosen] || !sameKernel(now.kernel, chosen)) chosen = kernelName(now.kernel);
    controls.draw(now, state.get("predict"), chosen);
  }

  // Another setting: what was computed, revealed, asked and copied belongs to the old one.
  function renew(now) {
    outputs = convolve(now);
    if (!startsWith(memory, now.image)) memory = now.image; // Python brought another picture
    revealed.clear();
    question.clear();
    code.hide();
    pointed = null;
  }

  function step(position) {
    state.set({ position });
    const cols = outputs[0]?.length ?? 1,
      row = Math.floor(position / cols),
      col = position % cols;
    const hidden = state.get("predict") && !revealed.has(`${row},${col}`);
    if (outputs.length > 0)
      widget.announce(
        `output[${row}, ${col}] ${hidden ? "is hidden" : `= ${formatNumber(outputs[row][col])}`}`,
      );
  }

  function point(next) {
    pointed = next;
    update();
  }

  function goTo({ row, col }) {
    const [, cols] = sizes(setting());
    pointed = null;
    steps.stop();
    state.set({ position: row * cols.output + col });
  }

  function edit(name, { row, col }, text) {
    const value = parseNumber(text);
    if (value === null) return false;
    const values = state.get(name).map((line) => [...line]);
    values[row][col] = value;
    if (name === "image") memory = remember(memory, values);
    state.set({ [name]: values });
    return true;
  }

  function resize(name, value) {
    const { image, kernel } = setting();
    const change = {
      height: [value, image[0].length],
      width: [image.length, value],
      rows: [value, kernel[0].length],
      cols: [kernel.length, value],
    }[name];
    if (!change) return state.set({ [name]: value });
    if (name === "rows" || name === "cols")
      return state.set({ kernel: resizeKernel(kernel, chosen, ...change) });
    memory = remember(memory, image);
    return state.set({ image: resizeImage(memory, ...change) });
  }

  function choose(name) {
    const { kernel } = setting();
    chosen = name;
    state.set({ kernel: resizeKernel(kernel, name, kernel.length, kernel[0].length) });
  }

  function reveal({ row, col }) {
    revealed.add(`${row},${col}`);
    update();
  }
}

function sameKernel(kernel, name) {
  return KERNELS[name](kernel.length, kernel[0].length)
    .flat()
    .every((weight, at) => Math.abs(weight - kernel.flat()[at]) < 1e-12);
}

// The remembered picture, with its upper left part replaced by the present one.
function remember(memory, image) {
  const rows = Math.max(memory.length, image.length);
  return Array.from({ length: rows }, (_, row) => [
    ...(image[row] ?? []),
    ...(memory[row] ?? []).slice(image[row]?.length ?? 0),
  ]);
}

function startsWith(memory, image) {
  return image.every((values, row) => values.every((value, col) => memory[row]?.[col] === value));
}

function createControls(state, { resize, choose }) {
  const [rows, cols] = [state.get("image").length, state.get("image")[0].length];
  const sliders = SLIDERS.map(([name, label, min, max]) => [
    name,
    slider({
      label,
      min,
      max: Math.max(max, { height: rows, width: cols }[name] ?? max),
      value: min,
      onInput: (value) => resize(name, value),
    }),
  ]);
  const kernels = select({
    label: "kernel",
    options: [...Object.keys(KERNELS), "custom"].map((name) => [name, name]),
    value: "custom",
    onChange: choose,
  });
  const predict = checkbox({
    label: "predict first, then reveal",
    value: false,
    onChange: (value) => state.set({ predict: value }),
  });
  return {
    el: element(
      "div",
      { class: "sg-column" },
      element("div", { class: "sg-row" }, kernels.el, predict.el),
      element("div", { class: "sg-controls" }, ...sliders.map(([, made]) => made.el)),
    ),
    draw({ image, kernel, stride, padding, dilation }, predicting, name) {
      const values = {
        height: image.length,
        width: image[0].length,
        rows: kernel.length,
        cols: kernel[0].length,
        stride,
        padding,
        dilation,
      };
      for (const [key, made] of sliders)
        made.set(values[key], { max: Math.max(Number(made.input.max), values[key]) });
      kernels.set(name);
      predict.set(predicting);
    },
  };
}

export default { render };
