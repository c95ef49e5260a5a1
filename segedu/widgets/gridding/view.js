// What the student sees, top to bottom:
//   a menu of rates, the rates as a text to type, a slider per layer, the kernel's taps; in predict mode a question;
//   the stack from the side, one dot per cell and one line per tap, rings where no path leads; beside it the square field of the output
//   cell with the number of paths to each pixel; pointing at a dot or a pixel lights its paths in both, and writes out their sums;
//   a player that adds one layer's taps at a time; the reasons, with numbers; the field laid over an image; the torch code.
import { clamp } from "../kit/numbers.js";
import { levelPaths, parseRates, RATE_LISTS, ratesName } from "./core.js";
import { createImageField, loadCrop } from "./image.js";
import { bind, checkbox, codeBox, element, field, mount, player, select } from "../kit/kit.js";
import { createFieldMap } from "./map.js";
import { createHoleQuestion, createPathSums, createRateControls, createReasons } from "./panels.js";
import { torchCode } from "./reasons.js";
import { createSideStack, mapName } from "./side.js";

const STYLE = `
.segedu.segedu .gx-controls { margin-top: 10px; }
.segedu.segedu .gx-rates .sg-field { width: 11em; }
.segedu.segedu .gx-rate { display: flex; gap: 6px; align-items: center; min-width: 0; }
.segedu.segedu .gx-rate > label { flex: 1 1 auto; }
.segedu.segedu .gx-stage { display: grid; gap: 12px 24px; align-items: start; }
.segedu.segedu .gx-stage > * { min-width: 0; }
.segedu.segedu .gx-stage[data-wide="false"] > .gx-left { display: contents; }
.segedu.segedu .gx-paths { order: 1; }
.segedu.segedu .gx-words { min-height: 3em; margin-top: 4px; }
.segedu.segedu .gx-stage .sg-player { margin-top: 8px; }
.segedu.segedu .gx-paths { min-height: 8.6em; margin-top: 10px; }
.segedu.segedu .gx-sums { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, calc(5.4em * var(--terms) + 2.6em)), 1fr)); gap: 3px 16px; margin-top: 4px; }
.segedu.segedu .gx-term { padding: 0 4px; border-left: 8px solid; white-space: nowrap; }
.segedu.segedu .gx-whole { display: flex; flex-wrap: wrap; gap: 6px 14px; margin-top: 6px; align-items: flex-start; }
.segedu.segedu .gx-whole > p { flex: 1 1 14em; margin-top: 0; }
.segedu.segedu .gx-whole > canvas { cursor: crosshair; }
.segedu.segedu .gx-reasons { display: flex; flex-direction: column; gap: 6px; margin: 0; }
.segedu.segedu .gx-reasons dt { color: var(--sg-soft); font-weight: 400; margin: 0; padding: 0; float: none; width: auto; }
.segedu.segedu .gx-reasons dd { margin: 0 0 0 12px; overflow-wrap: anywhere; color: var(--sg-ink); }
.segedu.segedu .gx-reasons .sg-warning { margin-top: 3px; }
`;

export function render({ model, el }) {
  const widget = mount(el, "Gridding explorer");
  const state = bind(
    model,
    ["rates", "kernel_size", "step", "predict", "photo", "size", "position"],
    () => update(),
  );
  widget.onCleanup(state.stop);

  let width = 0; // until the widget stands on the page: a detached one has no colors to draw with
  let pointed = null;
  let image = null;
  let loaded = "";
  let lastStack = "";
  let revealedFor = "";
  const rates = () => state.get("rates");
  const stackKey = () => `${rates()} ${state.get("kernel_size")}`;

  const side = createSideStack(widget, { point });
  const map = createFieldMap(widget, { point });
  const over = createImageField(widget, { point, move });
  const sums = createPathSums();
  const reasons = createReasons();
  const controls = createRateControls({
    change: (next) => state.set({ rates: next }),
    resize: (taps) => state.set({ kernel_size: taps }),
  });
  const steps = player(widget, { label: "layers", onStep: play, interval: 1200 });
  const question = createHoleQuestion({
    reveal: () => {
      revealedFor = stackKey();
      update();
    },
  });
  const presets = select({
    label: "rates",
    options: [...Object.keys(RATE_LISTS), "custom"].map((name) => [name, name]),
    value: "custom",
    onChange: (name) => RATE_LISTS[name] && state.set({ rates: [...RATE_LISTS[name]] }),
  });
  const typed = field({ label: "or type them", onEnter: type });
  const mistyped = element("p", {
    class: "sg-warning",
    role: "status",
    "data-words": "mistyped",
    hidden: true,
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
  const code = codeBox(() => torchCode(rates(), state.get("kernel_size")), "Copy as torch code");
  const stage = element(
    "div",
    { class: "gx-stage" },
    element("div", { class: "gx-left" }, side.el, steps.el, sums.el),
    map.el,
  );
  const lower = element("div", { class: "gx-stage" }, reasons.el, over.el);
  typed.el.classList.add("gx-rates");
  widget.root.append(
    element("style", { text: STYLE }),
    element("div", { class: "sg-row" }, presets.el, typed.el, predict.el),
    mistyped,
    controls.el,
    question.el,
    element("div", { class: "sg-panel" }, stage),
    element("div", { class: "sg-panel" }, lower),
    element("div", { class: "sg-panel" }, code.el),
  );
  widget.onWidth((next) => {
    width = next;
    update();
  });
  widget.onTheme(() => update());
  return widget.destroy;

  // How many layers' taps are drawn, from the output cell down.
  function played() {
    const step = state.get("step");
    return step < 0 ? rates().length : Math.min(step, rates().length);
  }

  function update() {
    if (width === 0) return;
    fetchImage();
    if (stackKey() !== lastStack) forget();
    lastStack = stackKey();
    const hidden = state.get("predict") && revealedFor !== stackKey();
    const count = rates().length;
    const scene = {
      rates: rates(),
      kernel: state.get("kernel_size"),
      levels: levelPaths(rates(), state.get("kernel_size")),
      low: count - (hidden ? Math.min(1, played()) : played()),
      size: state.get("size"),
      middle: middlePixel(),
      hidden,
      image,
      pointed: null,
    };
    if (pointed && pointed.level < scene.low) pointed = null;
    scene.pointed = pointed;
    drawPictures(scene);
    controls.draw(scene.rates, scene.kernel);
    reasons.draw(scene);
    sums.draw(scene);
    sums.el.hidden = steps.el.hidden = hidden;
    steps.set(played(), count + 1, playedWords(count));
    presets.set(ratesName(scene.rates));
    predict.set(state.get("predict"));
    question.draw(scene, state.get("predict"));
    widget.root.dataset.ready = image ? "true" : "false";
  }

  function drawPictures(scene) {
    const wide = width >= 720;
    const right = wide ? Math.min(Math.floor(width * 0.42), 440) : Math.min(width, 440);
    const left = wide ? width - right - 24 : width;
    stage.style.gridTemplateColumns = lower.style.gridTemplateColumns =
      wide && !scene.hidden ? `minmax(0, 1fr) ${right}px` : "minmax(0, 1fr)";
    stage.dataset.wide = wide;
    side.draw(scene, scene.hidden ? Math.min(width, 720) : left);
    map.draw(scene, right);
    over.draw(scene, right);
  }

  function playedWords(count) {
    const step = played();
    if (step === 0) return `no layer yet, ${count} to come`;
    return `${step} of ${count} layers, down to ${mapName(count - step, count)}`;
  }

  // Another stack: what was pointed at, asked, said and copied belongs to the one before.
  function forget() {
    pointed = null;
    question.clear();
    code.hide();
    typed.input.value = rates().join(", ");
    mistyped.hidden = true;
  }

  function middlePixel() {
    return state.get("position").map((at, axis) => {
      const length = state.get("size")[axis];
      return at < 0 ? length >> 1 : clamp(at, 0, length - 1);
    });
  }

  function fetchImage() {
    const url = state.get("photo");
    if (url === loaded) return;
    loaded = url;
    loadCrop(url).then((made) => {
      if (url !== loaded) return;
      image = made;
      update();
    });
  }

  function point(next) {
    pointed = next;
    update();
  }

  function move(row, col) {
    const [height, wide] = state.get("size");
    state.set({ position: [clamp(row, 0, height - 1), clamp(col, 0, wide - 1)] });
  }

  function play(step) {
    pointed = null;
    state.set({ step: step === rates().length ? -1 : step });
    widget.announce(playedWords(rates().length));
  }

  function type(text) {
    const { rates: next, words } = parseRates(text);
    mistyped.hidden = next !== undefined;
    mistyped.textContent = words ?? "";
    if (next) state.set({ rates: next });
  }
}

export default { render };
