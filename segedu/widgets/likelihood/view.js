// What the student sees, top to bottom:
//   what is looked for, by which number x, the sliders of w and b; the question of "predict first";
//   the plot: both histograms of x and the curve p(x) with its handles, beside it the mean loss over w and b with the descent;
//   the player of the descent and its learning rate;
//   the image, p, loss and gradient as pictures, one pixel marked in all; what is pointed at in words;
//   the arithmetic of that pixel, and the gradient of the mean loss with the next step;
//   the scores against one p everywhere and the best curve, mean p by class; remarks on odd settings; the torch code.
import { OTHER_COLOR, TARGET_COLOR } from "./colors.js";
import { STEPS, VOID } from "./core.js";
import { createControls } from "./controls.js";
import { clamp, formatDigits } from "../kit/numbers.js";
import { afterPaint, bind, codeBox, element, mount, player } from "../kit/kit.js";
import { createMaps } from "./maps.js";
import { createClassQuestion, createLines } from "./panels.js";
import { createPlot } from "./plot.js";
import { createReport } from "./report.js";
import { createScenes, openImage } from "./scene.js";
import { STYLE } from "./style.js";
import { createLossSurface } from "./surface.js";
import { binWords, logitWords, torchCode, writtenPixel } from "./words.js";

const WIDE = 700; // px: from here on two columns
const TRAITS = ["target", "feature", "w", "b", "learning_rate", "step", "pixel", "predict"];
const PLOT_HELP =
  "Drag the circle to move the curve's middle, the square to turn it; or use the arrow keys.";
const SURFACE_HELP =
  "Brighter is lower. Circle: this curve, drag it; star: the least loss; line: 60 steps of descent from step 0.";

export function render({ model, el }) {
  const widget = mount(el, "Likelihood explorer");
  const state = bind(model, TRAITS, () => update());
  widget.onCleanup(state.stop);
  const [height, imageWidth] = state.get("size");

  let width = 0; // until the widget stands on the page
  let scenes = null; // until the image is decoded
  let bin = null; // pointed at in the plot
  let hovered = null; // pointed at in a picture
  let revealedFor = "";
  let lastCode = "";
  const change = ([w, b]) => edit({ w, b });
  const { announce } = widget;
  const controls = createControls(state.get("classes"), {
    edit,
    weigh: (values) => edit({ ...scenes?.shownPoint(), ...values }),
    ask: (predict) => {
      revealedFor = "";
      question.clear();
      state.set({ predict });
    },
  });
  const question = createClassQuestion({
    reveal: () => {
      revealedFor = questionKey();
      update();
    },
  });
  const plot = createPlot({ change, announce, lightBin });
  const surface = createLossSurface(widget, { change, announce });
  const steps = player(widget, {
    label: "step of descent",
    interval: 300,
    onStep: (step) => state.set({ step }),
  });
  const maps = createMaps(widget, { point: pointAt, pin: pinPixel, move: movePixel });
  const report = createReport({ take: () => change(sceneNow().best.point) });
  const pixel = createLines("pixel", "");
  const code = codeBox(() => torchCode(codeScene()), "Copy as torch code");
  const words = (tag, name, kind) => element(tag, { class: kind, "data-words": name });
  const head = {
    curve: words("div", "curve", "sg-title"),
    surface: words("div", "surface", "sg-title"),
  };
  const told = {
    bin: words("p", "bin", "sg-note lk-said"),
    surface: words("p", "help", "sg-note"),
  };
  const target = element("span", { "data-words": "key" });
  const keys = element(
    "div",
    { class: "lk-keys" },
    colorKey(TARGET_COLOR, target),
    colorKey(OTHER_COLOR, element("span", { text: "all others, from below" })),
  );
  const stage = element(
    "div",
    { class: "lk-stage" },
    element("div", {}, head.curve, plot.el, keys, told.bin),
    element("div", {}, head.surface, surface.el, told.surface),
  );
  const written = element("div", { class: "sg-panel lk-two" }, pixel.el, report.gradient);
  widget.root.append(
    element("style", { text: STYLE }),
    controls.el,
    question.el,
    stage,
    element("div", { class: "lk-walk" }, steps.el, controls.rate),
    report.descent,
    maps.el,
    report.remarks,
    written,
    report.worth,
    element("div", { class: "sg-panel" }, code.el),
  );
  const later = afterPaint(widget, drawLater);
  widget.onWidth((next) => {
    width = next;
    update();
  });
  openImage(state).then((opened) => {
    scenes = createScenes(state, opened);
    update();
  });
  return widget.destroy;

  // Another curve, target, feature or rate starts its descent anew, from the curve that is shown.
  function edit(values) {
    if (!scenes) return;
    steps.stop();
    if ("target" in values || "feature" in values) bin = null;
    state.set({ ...scenes.shownPoint(), ...values, step: 0 });
  }

  function lightBin(next) {
    if (next === bin) return;
    bin = next;
    update();
  }

  function pointAt(next) {
    if (`${next}` === `${hovered}`) return;
    hovered = next;
    update();
  }

  function pinPixel(next) {
    hovered = null;
    state.set({ pixel: next });
  }

  function movePixel(down, right, large) {
    const by = large ? 10 : 1;
    const [row, col] = state.get("pixel");
    pinPixel([clamp(row + down * by, 0, height - 1), clamp(col + right * by, 0, imageWidth - 1)]);
    announce(pixelWords(sceneNow()));
  }

  function questionKey() {
    return `${["target", "feature", "w", "b", "learning_rate", "step"].map(state.get)}`;
  }

  function sceneNow() {
    const hidden = state.get("predict") && revealedFor !== questionKey();
    return { ...scenes.scene({ bin, hovered }), hidden };
  }

  function update() {
    if (width === 0 || scenes === null) return;
    const scene = sceneNow();
    const wide = width >= WIDE;
    for (const node of [stage, written, report.worth]) node.dataset.wide = wide;
    plot.draw(scene, plotWidth(), scene.key);
    drawSurface(scene);
    const perRow = wide ? 4 : 2;
    maps.draw({ ...scene, bins: plot.bins() }, Math.floor((width - 12 * (perRow - 1)) / perRow));
    controls.draw(scene, state.get("predict"));
    drawNumbers(scene);
    delete widget.root.dataset.settled;
    later();
    widget.root.dataset.ready = "true";
  }

  function plotWidth() {
    return width >= WIDE ? Math.floor((width - 16) * 0.58) : width;
  }

  function drawSurface(scene) {
    surface.draw(scene, width >= WIDE ? width - 16 - plotWidth() : width, scene.key);
  }

  function drawNumbers(scene) {
    const { point, step, path, hidden } = scene;
    const loss = formatDigits(path[step].loss);
    head.curve.textContent = `p = σ(z), z = ${logitWords(point)}`;
    head.surface.textContent = hidden
      ? "mean loss over w and b"
      : `mean loss ${loss} at this w and b`;
    steps.set(step, STEPS + 1, hidden ? `step ${step}` : `step ${step}: loss ${loss}`);
    written.hidden = hidden;
    if (!hidden) pixel.draw(writtenPixel(scene, point));
  }

  function drawLater() {
    if (!scenes.hasSurface()) {
      scenes.surface();
      drawSurface(sceneNow());
    }
    const scene = sceneNow();
    const { hidden, name, point } = scene;
    target.textContent = `${name}, from above: shares of each side's pixels`;
    pixel.title(`The pixel in ${pixelWords(scene)}`);
    told.surface.textContent = hidden ? "Hidden until you have guessed." : SURFACE_HELP;
    told.bin.textContent = bin === null ? PLOT_HELP : binWords(plot.bins(), bin, name, point);
    question.draw(report.draw(scene), state.get("predict"), hidden);
    forget();
    widget.root.dataset.settled = "true";
  }

  // What was guessed or copied belongs to the curve before.
  function forget() {
    if (questionKey() !== revealedFor) question.clear();
    const now = `${questionKey()} ${state.get("pixel")}`;
    if (now !== lastCode) code.hide();
    lastCode = now;
  }

  function codeScene() {
    const [source, every, pixel] = ["source", "every", "pixel"].map(state.get);
    return { ...sceneNow(), source, every, pixel };
  }
}

function pixelWords({ pixel, label, classes }) {
  return `row ${pixel[0]}, column ${pixel[1]}: ${label === VOID ? "void" : classes[label]}`;
}

function colorKey(color, text) {
  const swatch = element("span", { class: "lk-swatch", style: `background: ${color}` });
  return element("span", { class: "lk-key" }, swatch, text);
}

export default { render };
