// What the student sees, top to bottom:
//   one pixel: sliders for p, w and γ; the value and the gradient of three losses over p, and the formulas with their numbers;
//   a scene: sliders for the object's share, both probabilities, ε, α and β; a menu of pictures; a map of p, for a picture also
//   the picture and a map of each pixel's push; one line per loss: value, a bar of whose push it is, the numbers; what a step does to the object's logit; remarks on odd settings; "predict first" with a question;
//   gradient descent on the chosen loss with a player, and the chosen loss written out; the torch code.
import { createDescentChart, createPixelCharts } from "./charts.js";
import {
  descendScene,
  frequencyWeight,
  pixelLosses,
  SCENE_PIXELS,
  sceneIou,
  sceneLosses,
} from "./core.js";
import { clamp, formatDigits } from "../kit/numbers.js";
import { createControls } from "./controls.js";
import { bind, codeBox, element, mount, player } from "../kit/kit.js";
import { createScene, openPictures } from "./maps.js";
import { createPushQuestion, createPushTable } from "./panels.js";
import { STYLE } from "./style.js";
import {
  LOSS_TITLES,
  descentWords,
  netWords,
  remarksOn,
  torchCode,
  writtenPixel,
  writtenScene,
} from "./words.js";
import { logit, sigmoid } from "../kit/logistic.js";

const WIDE = 760; // px: from here on two columns
const TRAITS = [
  "share",
  "object_probability",
  "background_probability",
  "pixel_probability",
  "weight",
  "gamma",
  "alpha",
  "beta",
  "epsilon",
  "likeness",
  "learning_rate",
  "loss",
  "step",
  "subject",
  "predict",
];

export function render({ model, el }) {
  const widget = mount(el, "Loss explorer");
  const state = bind(model, TRAITS, () => update());
  widget.onCleanup(state.stop);

  let width = 0; // until the widget stands on the page
  let revealedFor = "";
  let last = "";
  let images = null; // until they are decoded
  const pictures = state.get("pictures");
  const controls = createControls({
    pictures,
    edit,
    weigh: (rule) => edit({ weight: frequencyWeight(objects(), rule) }),
    show: (subject) => edit({ subject, share: pictures[subject].share ?? state.get("share") }),
    ask: (predict) => {
      revealedFor = "";
      question.clear();
      state.set({ predict });
    },
  });
  const pixel = createPixelCharts({
    pick: (at) => state.set({ pixel_probability: nearestHundredth(at) }),
  });
  const pixelLines = createLines("pixel");
  const about =
    "The gradient is that on the logit of the right class: negative, so a step raises the logit. Weights divide by their sum later.";
  const scene = createScene();
  const table = createPushTable({ choose: (loss) => edit({ loss }) });
  const net = element("p", { class: "lx-net", "data-words": "net" });
  const remarks = element("div", { class: "lx-remarks", role: "status", "data-words": "remarks" });
  const question = createPushQuestion({
    reveal: () => {
      revealedFor = sceneKey();
      update();
    },
  });
  const descent = createDescentChart({
    pick: (step) => {
      steps.stop();
      state.set({ step });
    },
  });
  const steps = player(widget, {
    label: "step",
    interval: 250,
    onStep: (step) => state.set({ step }),
  });
  const told = element("p", { class: "lx-told sg-note", "data-words": "descent" });
  const title = element("div", { class: "sg-title", "data-words": "written" });
  const sceneLines = createLines("scene");
  const code = codeBox(
    () => torchCode(shownScene(), setting(), pictures[state.get("subject")].words),
    "Copy as torch code",
  );
  const parts = {
    pixel: element(
      "div",
      { class: "lx-two" },
      element("div", {}, pixel.el),
      element("div", {}, pixelLines.el, element("p", { class: "sg-note lx-told", text: about })),
    ),
    scene: element("div", { class: "lx-two lx-third" }, scene.el, element("div", {}, table.el)),
    descent: element(
      "div",
      { class: "lx-two" },
      element("div", {}, descent.el, steps.el, told),
      element("div", {}, title, sceneLines.el),
    ),
  };
  const panel = (text, ...children) =>
    element("div", { class: "sg-panel" }, element("div", { class: "sg-title", text }), ...children);
  const first = panel("One pixel: what does each loss say at p?", controls.pixel, parts.pixel);
  first.style.cssText = "border-top: 0; margin-top: 0; padding-top: 0";
  widget.root.append(
    element("style", { text: STYLE }),
    first,
    panel(
      "A scene: who pushes, the object or the background?",
      controls.scene,
      question.el,
      parts.scene,
      net,
      remarks,
    ),
    panel("Gradient descent from this scene on the chosen loss", controls.descent, parts.descent),
    element("div", { class: "sg-panel" }, code.el),
  );
  widget.onWidth((next) => {
    width = next;
    update();
  });
  widget.onTheme(() => update());
  openPictures(pictures).then((opened) => {
    images = opened;
    update();
  });
  return widget.destroy;

  // Another scene or loss starts its descent anew.
  function edit(values) {
    if (!("pixel_probability" in values)) steps.stop();
    state.set("pixel_probability" in values ? values : { ...values, step: 0 });
  }

  function objects() {
    return Math.round(state.get("share") * SCENE_PIXELS);
  }

  function setting() {
    const [weight, gamma, alpha, beta, epsilon, likeness, learningRate] = TRAITS.slice(4, 11).map(
      state.get,
    );
    return { weight, gamma, alpha, beta, epsilon, likeness, learningRate };
  }

  function path() {
    const z = [state.get("object_probability"), state.get("background_probability")].map(logit);
    return descendScene(state.get("loss"), { objects: objects(), z }, setting());
  }

  function shownScene() {
    const { z } = path()[state.get("step")];
    return { objects: objects(), z };
  }

  // What the question is about: everything that the pushes depend on.
  function sceneKey() {
    const { z } = shownScene();
    return [objects(), z, Object.values(setting()).slice(0, 5)].join(" ");
  }

  function update() {
    if (width === 0 || images === null) return;
    const key = `${TRAITS.slice(0, 14).map(state.get)}`;
    if (key !== last) code.hide();
    if (sceneKey() !== revealedFor) question.clear();
    last = key;
    const walked = path();
    const step = state.get("step");
    const shown = { objects: objects(), z: walked[step].z };
    const losses = sceneLosses(shown, setting());
    const hidden = state.get("predict") && revealedFor !== sceneKey();
    controls.draw(state.get, objects());
    drawPixel();
    drawScene(shown, losses, hidden);
    table.draw(losses, state.get("loss"), hidden);
    question.draw(losses, state.get("predict"), hidden);
    const remarked = hidden ? [] : remarksOn(shown, setting(), losses);
    remarks.replaceChildren(
      ...remarked.map(([about, text]) =>
        element("p", { class: "sg-warning", "data-about": about, text }),
      ),
    );
    net.textContent = hidden
      ? ""
      : netWords(state.get("loss"), objects(), losses[state.get("loss")], setting());
    drawDescent(walked, step, shown, hidden);
    widget.root.dataset.ready = "true";
  }

  function drawPixel() {
    const p = state.get("pixel_probability");
    pixel.draw(p, setting(), width >= WIDE ? Math.floor((width - 24) / 2) : width);
    pixelLines.draw(writtenPixel(pixelLosses(p, setting()), setting()));
    for (const part of Object.values(parts)) part.dataset.wide = width >= WIDE;
  }

  function drawScene(shown, losses, hidden) {
    const [name, loss] = [state.get("subject"), state.get("loss")];
    const said = { loss, pushes: losses[loss].pushes, iou: sceneIou(shown), hidden };
    parts.scene.dataset.picture = name in images;
    scene.draw(
      { name, picture: pictures[name], image: images[name] },
      shown,
      said,
      widget.colors(),
    );
  }

  function drawDescent(walked, step, shown, hidden) {
    const loss = state.get("loss");
    parts.descent.hidden = hidden;
    if (hidden) return;
    descent.draw(walked, step, width >= WIDE ? Math.floor((width - 24) / 2) : width);
    const [atObject, atBackground] = shown.z.map((z) => formatDigits(sigmoid(z)));
    steps.set(
      step,
      walked.length,
      `step ${step}: p_o ${atObject}, p_b ${atBackground}, loss ${formatDigits(walked[step].value)}`,
    );
    told.textContent = descentWords(walked, objects());
    title.textContent = `${LOSS_TITLES[loss]} at step ${step}, written out`;
    sceneLines.draw(writtenScene(loss, shown, setting()));
  }
}

function nearestHundredth(at) {
  return clamp(Math.round(at * 100) / 100, 0.01, 0.99);
}

function createLines(kind) {
  const list = element("dl", { class: "lx-written", "data-lines": kind });
  return {
    el: list,
    draw(lines) {
      list.replaceChildren(
        ...lines.map(([name, ...texts]) =>
          element(
            "div",
            {},
            element("dt", { text: LOSS_TITLES[name] ?? name }),
            ...texts.map((text) =>
              element("dd", { class: "sg-mono", "data-line": `${kind} ${name}`, text }),
            ),
          ),
        ),
      );
    },
  };
}

export default { render };
