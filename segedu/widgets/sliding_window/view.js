// What the student sees, top to bottom:
//   sliders for window size and stride, the switches "predict first" and "fade what is right";
//   the image with the window on it | the crop magnified, one bar per class | the label map, filled up to the present window;
//   a player that walks over the windows; how many windows there are and what the loop and the dense way multiply; the torch code.
// The scores come from Python (one map per window size), or from the built-in classifier: nearest prototype of the mean color.
import { clamp, formatCount, formatNumber } from "../kit/numbers.js";
import {
  agreement,
  explainWindow,
  nearestStep,
  remarkOn,
  torchCode,
  visits,
  windowAt,
} from "./core.js";
import { createCosts, createCountQuestion } from "./costs.js";
import { bind, checkbox, codeBox, element, mount, player, slider } from "../kit/kit.js";
import { createCropPanel, createImagePanel, createMapPanel } from "./panels.js";
import { openScores, sceneOf } from "./scores.js";

const LARGEST_STRIDE = 32;
const TICKS = 240; // playing shows at most so many pictures, however many windows there are
const STYLE = `
.segedu.segedu .sw-stage { display: grid; gap: 12px 16px; margin-top: 10px; align-items: start; }
.segedu.segedu .sw-sliders { display: flex; flex-wrap: wrap; gap: 4px 24px; }
.segedu.segedu .sw-sliders > .sg-slider { flex: 1 1 17em; max-width: 34em; }
.segedu.segedu .sw-stage .sg-note { margin-top: 4px; }
.segedu.segedu .sw-stage .sg-title { margin-bottom: 4px; }
.segedu.segedu .sw-stage > * { min-width: 0; }
.segedu.segedu .sw-cropped { display: grid; grid-template-columns: minmax(0, 1fr); gap: 6px 16px; }
.segedu.segedu .sw-bar { display: flex; align-items: center; gap: 8px; min-height: 21px; }
.segedu.segedu .sw-bar[data-best="true"] { font-weight: 700; }
.segedu.segedu .sw-name { flex: 0 0 6em; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.segedu.segedu .sw-track { flex: 1 1 4em; height: 14px; min-width: 2em; background: var(--sg-panel); outline: 1px solid var(--sg-line); }
.segedu.segedu .sw-fill { height: 100%; box-shadow: 0 0 0 1px var(--sg-strong-line); }
.segedu.segedu .sw-number { flex: 0 0 5ch; text-align: right; }
.segedu.segedu .sw-line { display: flex; flex-wrap: wrap; gap: 0 10px; }
.segedu.segedu .sw-way { flex: 0 0 7em; color: var(--sg-soft); }
.segedu.segedu .sw-sum { flex: 1 1 16em; min-width: 0; overflow-wrap: anywhere; }
.segedu.segedu .sw-cost { height: 5px; min-width: 1px; margin: 2px 0 4px; }
.segedu.segedu .sw-player { margin-top: 10px; }
`;

export function render({ model, el }) {
  const widget = mount(el, "Sliding-window explorer");
  const state = bind(model, ["window", "stride", "step", "predict", "errors"], () => update());
  widget.onCleanup(state.stop);

  const [height, width] = state.get("size");
  const classes = state.get("classes");
  const colors = state.get("colors");
  const windows = state.get("windows");
  const prototypes = state.get("prototypes");
  let scores = null; // what openScores() unpacks
  let hovered = null;
  let inner = 0; // until the widget stands on the page: a detached one has no colors to draw with
  let revealedFor = "";
  let last = "";

  const actions = {
    hoverStep: (step) => {
      hovered = step;
      update();
    },
    pickStep: (step) => {
      hovered = null;
      steps.stop();
      state.set({ step });
    },
    moveStep,
    endStep,
  };
  const image = createImagePanel(widget, actions);
  const crop = createCropPanel(widget, classes, colors);
  const map = createMapPanel(widget, actions);
  const steps = player(widget, {
    label: "window",
    interval: 60,
    onStep: stepTo,
  });
  const costs = createCosts();
  const question = createCountQuestion({
    reveal: () => {
      revealedFor = settingKey();
      update();
    },
  });
  const windowSlider = slider({
    label: "window size",
    min: 0,
    max: windows.length - 1,
    value: 0,
    format: (at) => `${windows[at]} px`,
    onInput: (at) => change({ window: windows[at] }),
  });
  const strideSlider = slider({
    label: "stride",
    min: 1,
    max: LARGEST_STRIDE,
    value: 1,
    format: (value) => `${value} px`,
    onInput: (stride) => change({ stride }),
  });
  const predict = checkbox({
    label: "predict first, then reveal",
    value: false,
    onChange: (value) => {
      revealedFor = "";
      question.clear();
      state.set({ predict: value });
    },
  });
  const errors = checkbox({
    label: "fade what is right",
    value: false,
    onChange: (value) => state.set({ errors: value }),
  });
  const warning = element("p", {
    class: "sg-warning",
    role: "status",
    "data-words": "misfit",
    style: "margin-top: 10px",
  });
  const code = codeBox(
    () => torchCode(setting(), prototypes.length ? prototypes : null),
    "Copy as torch code",
  );
  const stage = element("div", { class: "sw-stage" }, image.el, crop.el, map.el);
  errors.el.hidden = !state.get("truth");
  widget.root.append(
    element("style", { text: STYLE }),
    element(
      "div",
      { class: "sg-column" },
      element("div", { class: "sw-sliders" }, windowSlider.el, strideSlider.el),
      element("div", { class: "sg-row" }, predict.el, errors.el),
    ),
    question.el,
    warning,
    stage,
    element("div", { class: "sw-player" }, steps.el),
    element("div", { class: "sg-panel" }, costs.el),
    element("div", { class: "sg-panel" }, code.el),
  );
  widget.onWidth((next) => {
    inner = next;
    update();
  });
  openScores(state).then((opened) => {
    scores = opened;
    update();
  });
  return widget.destroy;

  function setting() {
    return {
      height,
      width,
      window: state.get("window"),
      stride: state.get("stride"),
      padded: state.get("padded"),
    };
  }

  function settingKey() {
    return `${state.get("window")},${state.get("stride")}`;
  }

  function now() {
    return { step: clamp(state.get("step"), 0, Math.max(visits(setting()).count - 1, 0)) };
  }

  // One position further; while playing, far enough to be done after TICKS pictures.
  function stepTo(next) {
    const playing =
      steps.el.querySelector('[aria-label="pause"]') !== null && next === now().step + 1;
    const leap = Math.max(1, Math.ceil(visits(setting()).count / TICKS));
    hovered = null;
    state.set({ step: playing ? next - 1 + leap : next });
  }

  function update() {
    if (!scores || inner === 0) return;
    if (settingKey() !== last) {
      question.clear();
      code.hide();
      hovered = null;
    }
    last = settingKey();
    const misfit = explainWindow(setting());
    const hidden = state.get("predict") && revealedFor !== settingKey();
    const macs = prototypes.length ? null : state.get("costs")[state.get("window")];
    const here = sceneOf(setting(), scores.mapOf(setting()), state.get("step"), hovered);
    const { picture, truth } = scores;
    const scene = {
      setting: setting(),
      classes,
      colors,
      truth,
      picture,
      hidden,
      macs,
      errors: state.get("errors"),
      ...here,
    };
    drawStage(scene);
    const words = misfit ?? remarkOn(setting());
    warning.hidden = words === "";
    warning.textContent = words;
    steps.set(
      scene.step,
      scene.count,
      scene.count === 0
        ? "no window"
        : `window ${formatCount(scene.step + 1)} of ${hidden ? "?" : formatCount(scene.count)}`,
    );
    costs.draw(scene);
    question.draw(scene, state.get("predict"));
    windowSlider.set(windows.indexOf(state.get("window")));
    strideSlider.set(state.get("stride"), { max: Math.max(LARGEST_STRIDE, state.get("stride")) });
    predict.set(state.get("predict"));
    errors.set(state.get("errors"));
    widget.root.dataset.ready = "true";
  }

  function drawStage(scene) {
    const wide = inner >= 700;
    const middle = wide ? Math.max(180, Math.min(Math.floor(inner * 0.24), 260)) : 0;
    const side = wide ? Math.floor((inner - middle - 32) / 2) : Math.min(inner, 480);
    stage.style.gridTemplateColumns = wide ? `${side}px ${middle}px ${side}px` : "minmax(0, 1fr)";
    image.draw(scene, side, `${height} × ${width} pixels. Drag the window, or use the arrow keys.`);
    crop.draw(scene, wide ? Math.min(middle, 180) : Math.min(inner, 180));
    map.draw(scene, side, mapWords(scene));
  }

  // Another setting; the window stays over the same place.
  function change(values) {
    const before = setting();
    const after = { ...before, ...values };
    const { pixelRow, pixelCol } = visits(before).count
      ? windowAt(before, now().step)
      : { pixelRow: 0, pixelCol: 0 };
    steps.stop();
    hovered = null;
    state.set({
      ...values,
      step: visits(after).count ? nearestStep(after, pixelRow, pixelCol) : 0,
    });
  }

  function moveStep(down, right, large) {
    const { rows, cols, count } = visits(setting());
    const { step } = now();
    const by = large ? 5 : 1;
    if (count === 0) return;
    const row = clamp(Math.floor(step / cols) + down * by, 0, rows - 1);
    const col = clamp((step % cols) + right * by, 0, cols - 1);
    actions.pickStep(row * cols + col);
    const { pixelRow, pixelCol } = windowAt(setting(), row * cols + col);
    widget.announce(`window at pixel row ${pixelRow}, column ${pixelCol}`);
  }

  function endStep(end) {
    actions.pickStep(end ? Math.max(visits(setting()).count - 1, 0) : 0);
  }
}

function mapWords({ labels, truth, setting }) {
  if (!labels) return "Nothing is labeled.";
  const labeled = labels.reduce((sum, label) => sum + (label >= 0 ? 1 : 0), 0);
  const so = `${formatCount(labeled)} of ${formatCount(setting.height * setting.width)} pixels labeled`;
  const { right, wrong } = truth ? agreement(labels, truth) : { right: 0, wrong: 0 };
  if (right + wrong === 0) return `${so}.`;
  const share = formatNumber((100 * right) / (right + wrong), 1);
  return `${so}; ${formatCount(right)} of ${formatCount(right + wrong)} agree with the true labels (${share} %).`;
}

export default { render };
