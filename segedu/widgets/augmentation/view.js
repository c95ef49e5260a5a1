// What the student sees, top to bottom:
//   surprise me, reset, outlines, predict; the player that runs through random draws; in predict mode a question about the labels that are hidden;
//   four pictures, image and labels before, image and labels after | the controls: move, recolor, break;
//   what a mistake did, and what the setting loses, with reasons;
//   where the chosen output pixel looks, with numbers | each class's share before and after; the torchvision code.
import { DRAWS, NO_CHANGE, drawSetting, nearestAt } from "./core.js";
import { torchCode } from "./code.js";
import { afterPaint, bind, button, checkbox, codeBox, element, mount, player } from "../kit/kit.js";
import { createLookup } from "./pixel.js";
import { createShareQuestion } from "./question.js";
import { GEOMETRY, RECOLORING, colorTable, createWorkshop, openImage } from "./scene.js";
import { createShares } from "./shares.js";
import { createPanes } from "./stage.js";
import { STYLE } from "./style.js";
import { createTools, drawWords } from "./tools.js";
import { labelName, lossWords, mistakeWords } from "./words.js";

const SETTING = [...GEOMETRY, ...RECOLORING, "mistake", "fill"];
const LOOKS = ["draw_number", "outlines", "marks", "predict", "pixel"];

export function render({ model, el }) {
  const widget = mount(el, "Augmentation lab");
  const state = bind(model, [...SETTING, ...LOOKS], () => update());
  widget.onCleanup(state.stop);
  const view = { pointed: null, sourcePixel: null, revealedFor: "", version: 0, key: "" };
  let workshop = null,
    result = null,
    scene = null,
    table = null;
  let inner = 0; // until the widget stands on the page

  const look = (values) => {
    Object.assign(view, values);
    update();
  };
  const panes = createPanes(widget, {
    point: (pixel) => look({ pointed: pixel, sourcePixel: null }),
    pin(pixel) {
      Object.assign(view, { pointed: null, sourcePixel: null });
      state.set({ pixel });
    },
    move(pixel) {
      Object.assign(view, { pointed: null, sourcePixel: null });
      state.set({ pixel });
      widget.announce(pixelWords());
    },
    pointSource: (pixel) => look({ sourcePixel: pixel }),
  });
  const toDraw = (number) =>
    state.set({ ...drawSetting(number, state.get("size")), ...kept(), draw_number: number });
  const draws = player(widget, { label: "random draw", onStep: toDraw, interval: 900 });
  const surprise = button("Surprise me", () => {
    draws.stop();
    toDraw((state.get("draw_number") % DRAWS) + 1);
  });
  const reset = button("Reset", () => {
    draws.stop();
    state.set({ ...NO_CHANGE, draw_number: 0, mistake: "none", fill: "void" });
  });
  const tools = createTools(state, { set: (values) => state.set(values) });
  const question = createShareQuestion({ reveal: () => look({ revealedFor: view.key }) });
  const predict = checkbox({
    label: "predict first, then reveal",
    value: false,
    onChange: (value) => {
      view.revealedFor = "";
      question.clear();
      state.set({ predict: value });
    },
  });
  const broken = element("div", {
    class: "sg-column au-words",
    role: "status",
    "data-words": "mistake",
  });
  const losses = element("div", {
    class: "sg-column au-words",
    role: "status",
    "data-words": "losses",
  });
  const lookup = createLookup();
  const shares = createShares();
  const code = codeBox(() => torchCode(scene), "Copy as torch code");
  const stage = element("div", { class: "au-stage" }, panes.el, tools.el);
  const lower = element("div", { class: "au-lower" }, lookup.el, shares.el);
  widget.root.append(
    element("style", { text: STYLE }),
    element("div", { class: "sg-row" }, surprise, reset, tools.outlines, predict.el),
    element("div", { class: "au-player" }, draws.el),
    question.el,
    stage,
    broken,
    losses,
    element("div", { class: "sg-panel" }, lower),
    element("div", { class: "sg-panel" }, code.el),
  );
  const later = afterPaint(widget, drawLater);
  widget.onWidth((next) => {
    inner = next;
    update();
  });
  widget.onTheme(() => later());
  openImage(state).then((opened) => {
    workshop = createWorkshop(opened, state.get("size"));
    table = colorTable(state.get("colors"));
    update();
  });
  return widget.destroy;

  // What a draw leaves as the student set it: Augment() doesn't draw it.
  function kept() {
    return Object.fromEntries(
      ["flip_up_down", "rotation", "shear", "elastic", "blur", "noise"].map((name) => [
        name,
        state.get(name),
      ]),
    );
  }

  function update() {
    if (!workshop || inner === 0) return;
    makeResult();
    makeScene();
    drawStage();
    tools.draw(scene.labeled);
    predict.set(state.get("predict"));
    predict.el.hidden = !scene.labeled;
    question.draw(scene, state.get("predict") && scene.labeled);
    const number = state.get("draw_number");
    draws.set(number, DRAWS + 1, drawWords(number));
    later();
  }

  // The setting as plain numbers, and the result where it changed.
  function makeResult() {
    const setting = Object.fromEntries(SETTING.map((name) => [name, state.get(name)]));
    const number = state.get("draw_number");
    const key = Object.values(setting).join() + (setting.mistake === "two draws" ? number : "");
    if (key === view.key) return;
    const other = { ...setting, ...drawSetting((number % DRAWS) + 1, state.get("size")) };
    result = workshop.run(setting, other);
    Object.assign(view, { key, other, version: view.version + 1 });
    question.clear();
    code.hide();
  }

  function makeScene() {
    const size = state.get("size");
    const labeled = state.get("labels") !== "";
    const hidden = labeled && state.get("predict") && view.revealedFor !== view.key;
    const pixel = view.pointed ?? state.get("pixel");
    const at = pixel[0] * size[1] + pixel[1];
    const near = nearestAt(result.table, at, result.flip, size);
    scene = {
      ...{
        result,
        setting: result.setting,
        other: view.other,
        size,
        labeled,
        hidden,
        pixel,
        at,
        version: view.version,
      },
      ...{
        sourcePixel: view.sourcePixel,
        nearest: near.index < 0 ? null : [near.row, near.col],
        colorTable: table,
      },
      ...{
        classes: state.get("classes"),
        colors: state.get("colors"),
        every: state.get("every"),
        own: !state.get("scene"),
      },
      outlines: state.get("outlines") && labeled,
      marking: state.get("marks") && result.wrongCount > 0,
    };
  }

  function drawStage() {
    const wide = inner >= 680;
    const columns = wide ? Math.min(Math.floor(inner * 0.62), 640) : inner;
    const tall = Math.floor((320 * scene.size[1]) / scene.size[0]);
    const width = Math.min(Math.floor((columns - 10) / 2), tall);
    stage.style.gridTemplateColumns = wide
      ? `${2 * width + 10}px minmax(0, 1fr)`
      : "minmax(0, 1fr)";
    lower.style.gridTemplateColumns =
      wide && scene.labeled ? "minmax(0, 1.3fr) minmax(0, 1fr)" : "minmax(0, 1fr)";
    panes.draw(scene, width);
  }

  // What may follow a frame late: sentences, numbers, shares.
  function drawLater() {
    if (!scene) return;
    say(broken, scene.hidden ? [] : mistakeWords(scene));
    say(losses, scene.hidden ? [] : lossWords(scene), "sg-warning");
    lookup.draw(scene);
    shares.draw(scene);
    widget.root.dataset.ready = "true";
    widget.root.dataset.shown = String(view.version);
  }

  function say(node, words, kind = "sg-warning") {
    const text = words.join("\n");
    if (node.dataset.said === text) return;
    node.dataset.said = text;
    node.hidden = words.length === 0;
    node.replaceChildren(...words.map((sentence) => element("p", { class: kind, text: sentence })));
  }

  function pixelWords() {
    const [row, col] = scene.pixel;
    const said =
      scene.labeled && !scene.hidden ? labelName(scene.classes, result.made[scene.at]) : "";
    return `output row ${row}, column ${col}${said ? `: ${said}` : ""}`;
  }
}

export default { render };
