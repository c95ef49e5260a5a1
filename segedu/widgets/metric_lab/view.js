// What the student sees, top to bottom:
//   a menu of presets with a word on each, Undo, and predict mode with its question; the tools: which map, shape or brush, a picture behind;
//   left a target and a prediction on one grid, laid over one another: green where both say object, blue where only the target does, orange
//   where only the prediction does, void hatched; the shape has handles. Below it the confusion matrix in the same colors;
//   right a bar for each metric with its formula and its numbers, a mark where it was before the last change; pointing at one shows on the
//   map what it counts; sliders of tolerance and width; what deserves a word; the torch code.
import { KINDS, compareMaps, countedCells, metricsOf } from "./core.js";
import { bind, checkbox, codeBox, element, mount } from "../kit/kit.js";
import { createMap } from "./map.js";
import { createBars, createMatrix, createMetricsQuestion } from "./panels.js";
import { BOXED_WORDS, PRESETS, boxed, objectName, presetName, tooSmall } from "./presets.js";
import { shapeOf } from "./shapes.js";
import { STYLE } from "./style.js";
import { createTools } from "./tools.js";
import { cellWords, pointWords, remarksOn, torchCode } from "./words.js";

const TRAITS = [
  "target",
  "prediction",
  "shapes",
  "layer",
  "tool",
  "kind",
  "brush",
  "tolerance",
  "width",
  "predict",
  "backdrops",
  "objects",
  "backdrop",
  "opacity",
];
const UNDONE = ["target", "prediction", "shapes", "tolerance", "width"]; // what Undo brings back

export function render({ model, el }) {
  const widget = mount(el, "Metric lab");
  const state = bind(model, TRAITS, () => update());
  widget.onCleanup(state.stop);

  let space = 0; // px; until the widget stands on the page, a detached one has no colors to draw with
  let past = []; // what Undo brings back, the last change last
  let lastTag = null;
  let reference = null; // in predict mode: the metrics at the last reveal
  let revealed = false;
  let lit = null; // the metric or kind of cell that is pointed at
  let cursor = null;
  let refusal = "";
  const photos = new Map();
  const now = () => Object.fromEntries(UNDONE.map((name) => [name, state.get(name)]));

  const map = createMap(widget, { hover, change, undo, refuse });
  const light = (name) => {
    lit = name;
    update();
  };
  const matrix = createMatrix({ light });
  const bars = createBars({ light });
  const question = createMetricsQuestion({ reveal });
  const tools = createTools({
    set: (values) => choose(values),
    change,
    choosePreset,
    undo,
    scene: () => scene(),
  });
  const predict = checkbox({
    label: "predict first, then reveal",
    value: false,
    onChange: startPredicting,
  });
  const presetWords = element("p", { class: "sg-note ml-words", "data-words": "preset" });
  const refused = element("p", { class: "sg-warning", role: "status", "data-words": "refusal" });
  const pointed = element("p", { class: "sg-note ml-below", "data-words": "pointed" });
  const remarks = element("div", { class: "ml-remarks", "data-words": "remarks" });
  const code = codeBox(
    () =>
      torchCode(...["target", "prediction", "tolerance", "width"].map((name) => state.get(name))),
    "Copy as torch code",
  );
  const left = element("div", {}, map.el, pointed, matrix.el, remarks);
  const right = element("div", {}, tools.sliders, bars.el);
  const stage = element("div", { class: "ml-stage" }, left, right);
  widget.root.append(
    element("style", { text: STYLE }),
    element("div", { class: "sg-row" }, tools.presets, tools.undo, tools.swap, predict.el),
    presetWords,
    tools.el,
    refused,
    question.el,
    element("div", { class: "sg-panel" }, stage),
    element("div", { class: "sg-panel" }, code.el),
  );
  widget.onWidth((next) => {
    space = next;
    update();
  });
  widget.onTheme(() => update());
  return widget.destroy;

  function scene() {
    const made = Object.fromEntries(TRAITS.map((name) => [name, state.get(name)]));
    const compared = compareMaps(made.target, made.prediction, made.tolerance, made.width);
    const hidden = made.predict && !revealed;
    const edited = made.tool === "void" ? "target" : made.layer;
    return {
      ...made,
      compared,
      metrics: metricsOf(compared),
      before: made.predict ? reference : beforeLastChange(),
      hidden,
      shape: shapeOf(made[edited], made.shapes[edited]),
      photo: photoNow(made),
      cursor,
      lit: lit && countedCells(lit, compared),
      focus: lit,
      under: cursor ? KINDS[compared.kinds[cursor[0] * compared.cols + cursor[1]]] : lit,
    };
  }

  function beforeLastChange() {
    const last = past.at(-1);
    return last
      ? metricsOf(compareMaps(last.target, last.prediction, last.tolerance, last.width))
      : null;
  }

  function update() {
    if (space === 0) return;
    const shown = scene();
    const wide = space >= 720;
    const room = wide ? Math.floor(space * 0.55) : space;
    stage.style.gridTemplateColumns = wide ? `${room}px minmax(0, 1fr)` : "minmax(0, 1fr)";
    map.draw(shown, room);
    matrix.draw(shown);
    bars.draw(shown);
    question.draw(shown, shown.predict);
    const preset = presetName(shown);
    tools.draw(shown, preset, past.length > 0);
    predict.set(shown.predict);
    presetWords.textContent =
      preset && !shown.hidden ? (PRESETS[preset]?.words ?? BOXED_WORDS) : "";
    refused.textContent = refusal;
    refused.hidden = refusal === "";
    pointed.textContent = cursor ? cellWords(shown, cursor) : pointWords(shown.hidden);
    const words = shown.hidden
      ? []
      : remarksOn(shown.compared, shown.metrics, shown.prediction, shown.tolerance, shown.width);
    remarks.replaceChildren(...words.map((text) => element("p", { class: "sg-note", text })));
    widget.root.dataset.ready = shown.photo !== undefined;
  }

  // The picture behind: null without one, undefined until it is loaded.
  function photoNow({ backdrops, backdrop }) {
    const url = backdrops[backdrop];
    if (!url) return null;
    if (!photos.has(url)) {
      const image = new Image();
      photos.set(url, undefined);
      image.src = url;
      image.decode().then(() => {
        photos.set(url, image);
        update();
      });
    }
    return photos.get(url);
  }

  // Another state of the maps or the sliders. What the same gesture or slider changed before is part of the same step back.
  // A tag of null is a step of its own.
  function change(tag, values) {
    if (
      Object.entries(values).every(
        ([name, value]) => JSON.stringify(value) === JSON.stringify(state.get(name)),
      )
    )
      return;
    if (tag === null || tag !== lastTag) past = [...past.slice(-99), now()];
    if (state.get("predict") && revealed) hideAgain();
    lastTag = tag;
    refusal = "";
    code.hide();
    state.set(values);
  }

  function hideAgain() {
    reference = metricsOf(
      compareMaps(...["target", "prediction", "tolerance", "width"].map((name) => state.get(name))),
    );
    revealed = false;
    question.clear();
  }

  function undo() {
    if (past.length === 0) return refuse("There is nothing to take back.");
    const last = past.pop();
    if (state.get("predict") && revealed) hideAgain();
    lastTag = null;
    refusal = "";
    code.hide();
    return state.set(last);
  }

  // A tool, the edited map, the picture: nothing to undo.
  function choose(values) {
    refusal = "";
    if (values.tool) cursor = null;
    state.set(values);
  }

  function choosePreset(name) {
    const { compared, objects } = scene();
    const { rows, cols } = compared;
    const own = Object.keys(objects).find((backdrop) => objectName(backdrop) === name);
    const words = own ? "" : tooSmall(name, rows, cols);
    if (words) return refuse(words);
    change(null, own ? boxed(objects[own]) : PRESETS[name].make(rows, cols));
    return own ? choose({ backdrop: own }) : update();
  }

  function startPredicting(value) {
    reference = null;
    revealed = false;
    question.clear();
    state.set({ predict: value });
  }

  function reveal() {
    revealed = true;
    update();
  }

  function hover(to) {
    cursor = to;
    update();
  }

  function refuse(words) {
    refusal = words;
    update();
    widget.announce(words);
  }
}

export default { render };
