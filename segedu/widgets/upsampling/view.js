// What the student sees, top to bottom:
//   the method, the switches, the sliders; why a control has no meaning here;
//   "input → output" as grids of numbers (with max unpooling: "before pooling → pooled → output"); the cells that the present output pixel
//   reads wear the colors of its taps, dashed cells repeat the border; pointing at an input cell shows its weight in every output pixel;
//   beside them the weights of both axes, each product, the sum, in predict mode a question; below, a player over the output pixels;
//   the rule for the place with the numbers filled in; the ruler of pixel centers, as areas and as points; a photograph; the torch code.
import { clamp, parseNumber } from "../kit/numbers.js";
import { outputSize } from "./core.js";
import { createGrids } from "./grids.js";
import { bind, codeBox, element, mount, player } from "../kit/kit.js";
import { createCellQuestion } from "../kit/question.js";
import {
  classId,
  inventedIds,
  pooledFrom,
  pooledValues,
  reachOf,
  termsOf,
  upsample,
} from "./nails.js";
import { createPlaceFormula, createWeightTable } from "./panels.js";
import { createPhotoStrip } from "./photos.js";
import { createRuler } from "./ruler.js";
import { createSettings, rememberMap, resizeMap } from "./settings.js";
import { diagnoseGuess, exactNumber, labelWords, oddities, torchCode } from "./words.js";

const POINT_HINT =
  "Point at a cell to see what it is linked with; click a number of the input to change it. In a grid, arrow keys move and digits edit.";
const TRAITS = [
  "image",
  "before",
  "method",
  "factor",
  "size",
  "align_corners",
  "labels",
  "position",
  "predict",
];
const STYLE = `
.segedu.segedu .up-stage { display: flex; flex-wrap: wrap; gap: 12px 32px; align-items: flex-start; }
.segedu.segedu .up-left { flex: 0 1 auto; min-width: min(100%, 34em); max-width: 100%; }
.segedu.segedu .up-aside { flex: 1 1 24em; min-width: 0; }
.segedu.segedu .up-grids { display: flex; flex-wrap: wrap; align-items: center; gap: 12px 0; min-width: 0; }
.segedu.segedu .up-block { min-width: 0; max-width: 100%; }
.segedu.segedu .up-caption { margin-bottom: 4px; color: var(--sg-soft); }
.segedu.segedu .up-sign { padding-top: 20px; text-align: center; font-size: 20px; }
.segedu.segedu .up-line { margin: 8px 0; min-height: 3em; max-width: 40em; }
.segedu.segedu .up-table { display: grid; gap: 3px; max-width: 100%; }
.segedu.segedu .up-table-row { display: grid; gap: 3px; grid-template-columns: 5.2em repeat(var(--columns), minmax(0, 9.4em)); }
.segedu.segedu .up-head, .segedu.segedu .up-product { display: flex; flex-direction: column; min-width: 0; padding: 1px 4px; }
.segedu.segedu .up-axis-name { color: var(--sg-soft); }
.segedu.segedu .up-product { border-left: 8px solid; background: var(--sg-panel); overflow-wrap: anywhere; }
.segedu.segedu .up-factor { color: var(--sg-ink); }
.segedu.segedu .up-sum { margin-top: 8px; font-weight: 600; overflow-wrap: anywhere; }
.segedu.segedu .up-formula { display: flex; flex-wrap: wrap; gap: 0 10px; }
.segedu.segedu .up-axis { width: 4em; color: var(--sg-soft); }
.segedu.segedu .up-ruler { display: block; max-width: 100%; font-size: 11px; cursor: default; }
.segedu.segedu .up-ruler text { fill: var(--sg-ink); font-family: var(--sg-font); font-variant-numeric: tabular-nums; pointer-events: none; }
.segedu.segedu .up-ruler .up-middle { text-anchor: middle; dominant-baseline: central; }
.segedu.segedu .up-ruler .up-word { paint-order: stroke; stroke: var(--sg-page); stroke-width: 3px; }
.segedu.segedu .up-ruler .up-end { text-anchor: end; }
.segedu.segedu .up-ruler .up-soft { fill: var(--sg-soft); }
.segedu.segedu .up-ruler .up-cell { fill: var(--sg-page); stroke: var(--sg-strong-line); stroke-width: 1; }
.segedu.segedu .up-ruler .up-outside { stroke-dasharray: 2 3; }
.segedu.segedu .up-ruler .up-resting { stroke: var(--sg-line); stroke-dasharray: 2 3; }
.segedu.segedu .up-ruler .up-here { fill: var(--sg-panel); stroke: var(--sg-ink); stroke-width: 2.5; stroke-dasharray: none; }
.segedu.segedu .up-ruler .up-center { fill: var(--sg-ink); }
.segedu.segedu .up-ruler .up-thread { stroke: var(--sg-ink); stroke-width: 2; }
.segedu.segedu .up-ruler .up-thread.up-resting { stroke: var(--sg-strong-line); stroke-width: 1; }
.segedu.segedu .up-photos { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 220px), 1fr)); gap: 10px 14px; }
.segedu.segedu .up-figure { margin: 0; padding: 3px; border: 2px solid transparent; border-radius: 4px; min-width: 0; }
.segedu.segedu .up-figure[data-chosen="true"] { border-color: var(--sg-accent); }
.segedu.segedu .up-photo { display: block; width: 100%; aspect-ratio: 2; image-rendering: pixelated; }
@container (max-width: 500px) {
  .segedu.segedu .up-table { font-size: 11px; }
  .segedu.segedu .up-table-row { grid-template-columns: 4.4em repeat(var(--columns), minmax(0, 1fr)); }
  .segedu.segedu .up-product { border-left-width: 4px; padding: 1px 2px; font-size: 10px; }
  .segedu.segedu .up-photos { grid-template-columns: repeat(auto-fill, minmax(125px, 1fr)); }
  .segedu.segedu .up-line { min-height: 4.5em; }
}
`;

export function render({ model, el }) {
  const widget = mount(el, "Upsampling explorer");
  const state = bind(model, TRAITS, () => update());
  widget.onCleanup(state.stop);

  let memory = state.get("image"),
    pointed = null,
    edited = null,
    width = 640,
    drawn = "",
    outputs = [],
    invented = null;
  const revealed = new Set();

  const grids = createGrids(widget, { point, edit, goTo });
  const steps = player(widget, { label: "output pixel", onStep: step });
  const table = createWeightTable({ point });
  const question = createCellQuestion({
    truth: ({ row, col }) => shownValue(row, col),
    diagnose: ({ row, col }, value) =>
      state.get("labels") ? "" : diagnoseGuess(setting(), row, col, value),
    write: exactNumber,
    onReveal: reveal,
  });
  const settings = createSettings(state, { resize, setting });
  const formula = createPlaceFormula();
  const ruler = createRuler({ point, goTo });
  const photos = createPhotoStrip(widget, state);
  const odd = element("p", { class: "sg-warning", role: "status", "data-words": "odd" });
  const labels = element("p", { class: "sg-warning", role: "status", "data-words": "labels" });
  const code = codeBox(() => torchCode(setting(), state.get("labels")), "Copy as torch code");
  widget.root.append(
    element("style", { text: STYLE }),
    settings.el,
    element(
      "div",
      { class: "sg-panel sg-column" },
      odd,
      labels,
      element(
        "div",
        { class: "up-stage" },
        element("div", { class: "up-left" }, grids.el, steps.el),
        element("div", { class: "up-aside" }, table.el, question.el),
      ),
    ),
    element("div", { class: "sg-panel" }, formula.el),
    ruler.el,
    photos.el,
    element(
      "div",
      { class: "sg-panel sg-column" },
      code.el,
      element("p", { class: "sg-note", text: POINT_HINT }),
    ),
  );
  widget.onWidth((next) => {
    width = next;
    update();
  });
  update();
  return widget.destroy;

  function setting() {
    const image = state.get("image"),
      factor = state.get("factor"),
      method = state.get("method");
    return {
      image,
      before: method === "max unpooling" ? pooledFrom(state.get("before"), image, factor) : null,
      method,
      factor,
      size: state.get("size") ?? null,
      align: state.get("align_corners"),
    };
  }

  function placeAt(position, [rows, cols]) {
    const at = clamp(position, 0, rows * cols - 1);
    return { row: Math.floor(at / cols), col: at % cols };
  }

  function update() {
    const now = setting(),
      size = outputSize(now),
      here = placeAt(state.get("position"), size);
    const key = JSON.stringify([now, state.get("labels")]);
    if (key !== drawn) renew(now);
    drawn = key;
    const shown = pointed?.grid === "output" ? pointed : here,
      areLabels = state.get("labels");
    const scene = {
      setting: now,
      size,
      here,
      shown,
      pointed,
      width,
      outputs,
      labels: areLabels,
      invented,
      terms: termsOf(now, shown.row, shown.col),
      reach: pointed?.grid === "input" ? reachOf(now, ...insideInput(now, pointed)) : [],
      hidden,
    };
    settings.draw(scene, { labels: areLabels, predict: state.get("predict") });
    grids.draw(scene);
    const count = size[0] * size[1];
    steps.set(
      here.row * size[1] + here.col,
      count,
      `output[${here.row}, ${here.col}], ${here.row * size[1] + here.col + 1} of ${count}`,
    );
    table.draw(scene);
    question.draw(here, state.get("predict"), scene.hidden(here.row, here.col));
    formula.draw(scene);
    ruler.draw(scene);
    photos.draw(scene);
    sayIn(odd, oddities(now).join(" "));
    sayIn(labels, areLabels && !state.get("predict") ? labelWords(now, outputs, invented) : "");
  }

  // Another setting: what was computed, revealed, asked and copied belongs to the old one.
  function renew(now) {
    outputs = upsample(now);
    invented = state.get("labels") ? inventedIds(now, outputs) : null;
    if (
      !now.image.every((values, row) => values.every((value, col) => memory[row]?.[col] === value))
    )
      memory = now.image; // Python's
    revealed.clear();
    question.clear();
    code.hide();
    pointed = null;
  }

  function hidden(row, col) {
    return state.get("predict") && !revealed.has(`${row},${col}`);
  }

  function shownValue(row, col) {
    return state.get("labels") ? classId(outputs[row][col]) : outputs[row][col];
  }

  function step(position) {
    state.set({ position });
    const { row, col } = placeAt(position, outputSize(setting()));
    widget.announce(
      `output[${row}, ${col}] ${hidden(row, col) ? "is hidden" : `= ${exactNumber(shownValue(row, col))}`}`,
    );
  }

  // The cell that was just edited does not count as pointed at: the new output is what the student wants to see.
  function point(next) {
    if (next && samePointed(next, edited)) next = null;
    else edited = null;
    if (samePointed(next, pointed)) return;
    pointed = next;
    update();
  }

  function goTo({ row, col }) {
    pointed = null;
    steps.stop();
    state.set({ position: row * outputSize(setting())[1] + col });
  }

  function edit(name, { row, col }, text) {
    const value = parseNumber(text),
      now = setting();
    if (value === null) return false;
    edited = { grid: name === "before" ? name : "input", row, col };
    const values = now[name].map((line) => [...line]);
    values[row][col] = value;
    const image = name === "before" ? pooledValues(values, now.factor) : values;
    memory = rememberMap(memory, image);
    state.set(name === "before" ? { image, before: values } : { image });
    return true;
  }

  function resize(rows, cols) {
    memory = rememberMap(memory, setting().image);
    state.set({ image: resizeMap(memory, rows, cols) });
  }

  function reveal({ row, col }) {
    revealed.add(`${row},${col}`);
    update();
  }
}

function samePointed(one, other) {
  return (
    one === other ||
    (one?.grid === other?.grid && one?.row === other?.row && one?.col === other?.col)
  );
}

function insideInput({ image }, { row, col }) {
  return [clamp(row, 0, image.length - 1), clamp(col, 0, image[0].length - 1)];
}

function sayIn(node, words) {
  node.textContent = words;
  node.hidden = words === "";
}

export default { render };
