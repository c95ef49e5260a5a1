// What the student sees, top to bottom:
//   the switch semantic / instance / panoptic, the opacity, outlines and boxes; with a prediction, which map is shown and where it is wrong;
//   in predict mode the question how many things a semantic map holds; what a setting can't show, with its reason;
//   the image under its labels | the list of classes, with pixels, shares and instances: pointing at one lights the other;
//   a window of numbers around the pixel | what the pixel's number says | one binary mask after the other; the torch code.
// A photograph without labels shows its colors, and regions can be drawn on it.
import { torchCode } from "./code.js";
import { cropOf, VOID } from "./core.js";
import {
  bind,
  button,
  checkbox,
  codeBox,
  element,
  mount,
  select,
  setPressed,
  slider,
} from "../kit/kit.js";
import { createClassList, nameOf } from "./list.js";
import { createMasks } from "./masks.js";
import { createFacts, createNumbers, paintAt, rgbAt, windowOf } from "./pixel.js";
import { createThingQuestion } from "./question.js";
import { createRegionTools, REGION_CLASSES, REGION_COLORS, stampDisk } from "./regions.js";
import { countMaps, openImage, sceneOf } from "./scene.js";
import { createStage } from "./stage.js";
import { STYLE } from "./style.js";
import { errorWords, reasonsOf } from "./words.js";

const MODES = ["semantic", "instance", "panoptic"];
const TRAITS = [
  "mode",
  "opacity",
  "source",
  "outlines",
  "boxes",
  "errors",
  "predict",
  "hidden",
  "pixel",
  "step",
];

export function render({ model, el }) {
  const widget = mount(el, "Overlay viewer");
  const state = bind(model, TRAITS, () => update());
  widget.onCleanup(state.stop);
  let opened = null;
  let kept = {}; // counted maps, by what they were counted from
  let inner = 0; // until the widget stands on the page: a detached one has no colors to draw with
  let scene = null;
  let drawing = false;
  const view = { pointed: null, inGrid: null, listed: null, revealed: false, drawn: null };

  const look = (values) => {
    Object.assign(view, values);
    update();
  };
  const pin = (pixel) => {
    view.pointed = view.inGrid = null;
    state.set({ pixel });
  };
  const stage = createStage(widget, {
    point: (pixel) => look({ pointed: pixel, inGrid: null, listed: null }),
    pin,
    paint,
    move(pixel) {
      Object.assign(view, { pointed: pixel, inGrid: null, listed: null });
      state.set({ pixel });
      widget.announce(pixelWords());
    },
  });
  const numbers = createNumbers(widget, { pointInGrid: (pixel) => look({ inGrid: pixel }), pin });
  const facts = createFacts();
  const list = createClassList({ light: (lit) => look({ listed: lit }), toggle, toggleAll });
  const masks = createMasks(widget, { show: (step) => state.set({ step }) });
  const question = createThingQuestion({ reveal: () => look({ revealed: true }) });
  const modes = MODES.map((mode) =>
    button(mode, () => state.set({ mode, step: 0 }), { pressed: false }),
  );
  const opacity = slider({
    label: "opacity",
    min: 0,
    max: 100,
    value: 50,
    format: (value) => `${value} %`,
    onInput: (value) => state.set({ opacity: value / 100 }),
  });
  const boxOf = (name, label) =>
    checkbox({ label, value: false, onChange: (value) => state.set({ [name]: value }) });
  const checks = { outlines: boxOf("outlines", "outlines"), boxes: boxOf("boxes", "boxes") };
  checks.errors = boxOf("errors", "errors in orange");
  checks.predict = checkbox({
    label: "predict first, then reveal",
    value: false,
    onChange: (value) => {
      view.revealed = false;
      question.clear();
      state.set({ predict: value, step: 0 });
    },
  });
  const source = select({
    label: "shown",
    options: [
      ["labels", "labels"],
      ["prediction", "prediction"],
    ],
    value: "labels",
    onChange: (value) => state.set({ source: value, step: 0 }),
  });
  const wrong = element("p", { class: "sg-note", "data-words": "errors" });
  const reasons = element("div", { class: "sg-column", role: "status", "data-words": "reasons" });
  const tools = createRegionTools({
    turn: () => {
      drawing = !drawing;
      if (view.drawn) return update();
      view.drawn = blank();
      return state.set({ hidden: [VOID] });
    },
    clear: () => look({ drawn: blank() }),
  });
  const code = codeBox(() => torchCode(codeScene()), "Copy as torch code");
  const compared = element("div", { class: "sg-row" }, source.el, checks.errors.el, wrong);
  const upper = element("div", { class: "ov-stage" }, stage.el, list.el);
  const lower = element("div", { class: "ov-stage ov-lower" }, numbers.el, facts.el, masks.el);
  widget.root.append(
    element("style", { text: STYLE }),
    element(
      "div",
      { class: "sg-row ov-controls" },
      element("div", { class: "sg-row ov-modes", role: "group", "aria-label": "labels" }, ...modes),
      opacity.el,
      checks.outlines.el,
      checks.boxes.el,
      checks.predict.el,
    ),
    compared,
    question.el,
    reasons,
    tools.el,
    upper,
    element("div", { class: "sg-panel" }, lower),
    element("div", { class: "sg-panel" }, code.el),
  );
  widget.onWidth((next) => {
    inner = next;
    update();
  });
  widget.onTheme(() => update());
  openImage(state).then((made) => {
    opened = made;
    update();
  });
  return widget.destroy;

  // The maps that are shown: drawn regions, the prediction, or the labels; null for a bare photograph.
  function mapsNow() {
    const predicted = state.get("source") === "prediction" && opened.prediction !== null;
    const labels = view.drawn ?? (predicted ? opened.prediction : opened.truth);
    if (!labels) return null;
    if (kept.labels !== labels) {
      const instances = view.drawn || predicted ? null : opened.instances;
      const parts = { labels, instances, truth: opened.truth, prediction: opened.prediction };
      kept = { labels, maps: countMaps(parts, state.get("size"), classesNow()) };
    }
    return kept.maps;
  }

  function classesNow() {
    return view.drawn ? REGION_CLASSES : state.get("classes");
  }

  function update() {
    if (!opened || inner === 0) return;
    view.classes = classesNow();
    view.colors = view.drawn ? REGION_COLORS : state.get("colors");
    scene = sceneOf(state, opened, mapsNow(), view);
    code.hide();
    drawControls();
    drawParts();
    widget.root.dataset.ready = "true";
  }

  function drawControls() {
    modes.forEach((node, at) => setPressed(node, MODES[at] === scene.asked));
    opacity.set(Math.round(scene.opacity * 100));
    for (const control of [opacity, ...Object.values(checks)]) control.el.hidden = !scene.maps;
    for (const [name, check] of Object.entries(checks)) check.set(state.get(name));
    compared.hidden = !opened.prediction;
    source.set(scene.source);
    wrong.textContent = errorWords(scene);
    question.draw(scene, state.get("predict"));
    tools.el.hidden = opened.truth !== null;
    tools.draw(drawing);
    const words = reasonsOf(scene);
    if (reasons.dataset.said === words.join()) return;
    reasons.dataset.said = words.join();
    reasons.replaceChildren(...words.map((text) => element("p", { class: "sg-warning", text })));
  }

  function drawParts() {
    const wide = inner >= 680;
    const share = !wide || !scene.maps ? 1 : inner < 820 ? 0.5 : 0.56; // the list needs 300 px
    const large = Math.min(Math.floor(inner * share), 720);
    const tall = Math.floor((480 * scene.width) / scene.height); // no taller than 480 px
    const left = Math.min(large, tall);
    upper.style.gridTemplateColumns =
      wide && scene.maps ? `${left}px minmax(0, 1fr)` : "minmax(0, 1fr)";
    const parts = inner >= 860 ? 3 : wide ? 2 : 1;
    const part = Math.min(Math.floor((inner - 20 * (parts - 1)) / parts), 400);
    lower.style.gridTemplateColumns =
      parts === 1 ? "minmax(0, 1fr)" : `repeat(${parts}, minmax(0, 1fr))`;
    masks.el.style.gridColumn = parts === 2 ? "1 / -1" : "";
    stage.draw(scene, left);
    list.draw(scene);
    numbers.draw(scene, part);
    facts.draw(scene);
    masks.draw(scene, part);
  }

  // Nothing drawn yet: all is void.
  function blank() {
    return new Uint8Array(opened.image.length / 4).fill(VOID);
  }

  // Paints a region while drawing; else says that it didn't.
  function paint(pixel) {
    if (!drawing) return false;
    const [height, width] = state.get("size");
    view.drawn = stampDisk(view.drawn, height, width, pixel, tools.radius(), tools.label());
    state.set({ pixel });
    return true;
  }

  function toggle(label) {
    const hidden = state.get("hidden");
    state.set({
      hidden: hidden.includes(label) ? hidden.filter((one) => one !== label) : [...hidden, label],
    });
  }

  function toggleAll(on) {
    state.set({ hidden: on ? [] : [...view.classes.keys(), VOID] });
  }

  function pixelWords() {
    const [row, col] = scene.pixel;
    const said = scene.maps
      ? nameOf(scene, scene.maps.labels[scene.at])
      : rgbAt(scene, scene.at).join(", ");
    return `row ${row}, column ${col}: ${said}`;
  }

  function codeScene() {
    const place = windowOf(scene);
    const { maps, width, pixel } = scene;
    const crop = (values) => (values ? cropOf(values, place, width) : null);
    const judged = maps && !view.drawn && scene.source === "labels";
    const paintNow = maps && paintAt(scene);
    return {
      classes: scene.classes,
      labels: maps && crop(maps.labels),
      instances: maps && !scene.secret ? crop(maps.instances) : null,
      prediction: judged ? crop(opened.prediction) : null,
      image: cropOf(
        Array.from({ length: opened.image.length / 4 }, (_, at) => rgbAt(scene, at)),
        place,
        width,
      ),
      row: pixel[0] - place.top,
      col: pixel[1] - place.left,
      place: pixel,
      color: paintNow?.color,
      opacity: paintNow?.opacity,
    };
  }
}

export default { render };
