// What the student sees, top to bottom:
//   the question; a menu of designs, what to compare with, buttons that drop the strides, match the MACs and keep a design;
//   sliders for depth, width, image and batch, menus for kernel, way up, memory and precision; "predict first";
//   what can't work, in words; two towers at one scale, the image at the bottom, with the numbers of each layer;
//   a player that walks up the tower; the formulas of the chosen layer | the totals of both designs; the torch code.
import { remarksOn, rowsOf, totalsOf, widthForMacs } from "./core.js";
import { clamp } from "../kit/numbers.js";
import {
  MOST_DEPTH,
  MOST_WIDTH,
  NETWORKS,
  designKey,
  designName,
  dropStrides,
  setDepth,
  setDoubling,
  setLayer,
  torchCode,
} from "./designs.js";
import { stepWords } from "./formulas.js";
import {
  bind,
  button,
  checkbox,
  codeBox,
  element,
  mount,
  player,
  select,
  slider,
} from "../kit/kit.js";
import { createFormulas, createRatioQuestion, createTotals } from "./panels.js";
import { STYLE } from "./style.js";
import { createLegend, createTower, THICKEST } from "./tower.js";

const NARROW = 700; // px: up to here a layer is a card
const MEDIUM = 940; // px: up to here the parameters leave their place to the second tower; as in the style
const TRAITS = [
  "design",
  "reference",
  "size",
  "batch",
  "training",
  "precision",
  "classes",
  "step",
  "predict",
];

export function render({ model, el }) {
  const widget = mount(el, "Network cost explorer");
  const state = bind(model, TRAITS, () => update());
  widget.onCleanup(state.stop);

  let width = 0; // until the widget stands on the page
  let pointed = null; // { tower, at } under the pointer
  let picked = null; // the same, in the other tower, until the next step
  let revealedFor = "";
  let last = "";
  let lastScene = null;

  const setDesign = (design) => state.set({ design });
  const rows = {
    point: (next) => {
      if (pointed?.tower === next?.tower && pointed?.at === next?.at) return;
      pointed = next;
      update();
    },
    pick: ({ tower, at }) => {
      steps.stop();
      picked = tower === "reference" ? { tower, at } : null;
      if (tower === "design") state.set({ step: at });
      else update();
    },
    walk: (tower, by) => {
      const { shown, ...scene } = lastScene;
      const from = shown.tower === tower ? shown.at : lastScene.walked;
      const at = clamp(from + by, 0, scene[tower].rows.length - 1);
      pointed = null;
      rows.pick({ tower, at });
      widget.announce(`layer ${at + 1}: ${stepWords(scene[tower].rows[at])}`);
    },
    change: (at, part) => setDesign(setLayer(state.get("design"), at, part)),
  };
  const towers = {
    design: createTower("design", "This design", rows),
    reference: createTower("reference", "Compared with", rows),
  };
  const controls = createControls();
  const legend = createLegend();
  const formulas = createFormulas();
  const totals = createTotals();
  const question = createRatioQuestion({
    reveal: () => {
      revealedFor = comparison();
      update();
    },
  });
  const steps = player(widget, {
    label: "layer",
    onStep: (step) => {
      picked = pointed = null;
      state.set({ step });
    },
  });
  const remarks = element("div", { class: "nc-remarks", role: "status", "data-words": "remarks" });
  const stage = element("div", { class: "nc-towers" }, towers.design.el, towers.reference.el);
  const code = codeBox(() => torchCode(state.get("design"), conditions()), "Copy as torch code");
  widget.root.append(
    element("style", { text: STYLE }),
    element("div", {
      class: "sg-title",
      text: "Why not just drop the pooling? Here a stride of 2 stands for each pooling.",
    }),
    ...controls.parts,
    question.el,
    remarks,
    stage,
    legend.el,
    element("div", { style: "margin-top: 10px" }, steps.el),
    element("div", { class: "sg-panel nc-below" }, formulas.el, totals.el),
    element("div", { class: "sg-panel" }, code.el),
  );
  widget.onWidth((next) => {
    width = next;
    update();
  });
  return widget.destroy;

  function createControls() {
    const names = [...Object.keys(NETWORKS), "custom"].map((name) => [name, name]);
    const menus = {
      design: select({
        label: "design",
        options: names,
        value: "custom",
        onChange: (name) => NETWORKS[name] && setDesign(NETWORKS[name]),
      }),
      reference: select({
        label: "compare with",
        options: names,
        value: "custom",
        onChange: (name) => NETWORKS[name] && state.set({ reference: NETWORKS[name] }),
      }),
      kernel: menu(
        "kernel",
        [1, 3, 5, 7].map((side) => [String(side), `${side}×${side}`]),
        (kernel) => edit({ kernel: Number(kernel) }),
      ),
      up: menu(
        "way up",
        ["none", "at once", "step by step"].map((up) => [up, up]),
        (up) => edit({ up }),
      ),
      training: menu(
        "memory for",
        [
          ["true", "training"],
          ["false", "inference"],
        ],
        (value) => state.set({ training: value === "true" }),
      ),
      precision: menu(
        "numbers",
        [
          ["fp32", "fp32, 4 bytes"],
          ["bf16", "bf16, 2 bytes"],
        ],
        (precision) => state.set({ precision }),
      ),
    };
    const sliders = {
      depth: slide("layers", 1, MOST_DEPTH, 1, (depth) =>
        setDesign(setDepth(state.get("design"), depth)),
      ),
      channels: slide("width (channels)", 1, MOST_WIDTH, 1, (channels) => edit({ channels })),
      height: slide("image height", 8, 1024, 8, (height) =>
        state.set({ size: [height, state.get("size")[1]] }),
      ),
      width: slide("image width", 8, 1024, 8, (side) =>
        state.set({ size: [state.get("size")[0], side] }),
      ),
      batch: slide("batch", 1, 32, 1, (batch) => state.set({ batch })),
    };
    const double = checkbox({
      label: "channels double at each stride",
      value: false,
      onChange: (value) => setDesign(setDoubling(state.get("design"), value)),
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
    const buttons = {
      drop: button("Drop the strides", () => setDesign(dropStrides(state.get("design"))), {
        title: "every stride 1; each layer keeps its channels",
      }),
      match: button("Match the MACs", matchMacs, {
        title: "the width whose MACs come closest to those of the other design",
      }),
      keep: button("Keep for comparison", () => state.set({ reference: state.get("design") }), {
        title: "compare with this design from now on",
      }),
    };
    const row = (...children) =>
      element("div", { class: "sg-row", style: "margin-bottom: 8px" }, ...children);
    const parts = [
      row(menus.design.el, menus.reference.el, buttons.drop, buttons.match, buttons.keep),
      element("div", { class: "sg-controls" }, ...Object.values(sliders).map((made) => made.el)),
      row(
        menus.kernel.el,
        menus.up.el,
        menus.training.el,
        menus.precision.el,
        double.el,
        predict.el,
      ),
    ];
    parts[2].style.marginTop = "8px";
    return { menus, sliders, double, predict, buttons, parts };
  }

  function menu(label, options, onChange) {
    return select({ label, options, value: options[0][0], onChange });
  }

  function slide(label, min, max, step, onInput) {
    return slider({ label, min, max, step, value: min, onInput });
  }

  function edit(part) {
    setDesign({ ...state.get("design"), ...part });
  }

  function matchMacs() {
    const { macs } = totalsOf(rowsOf(state.get("reference"), conditions()), conditions());
    edit({ channels: widthForMacs(state.get("design"), conditions(), macs, MOST_WIDTH) });
  }

  function conditions() {
    const [size, batch, training, precision, classes] = TRAITS.slice(2, 7).map(state.get);
    return { size, batch, training, precision, classes };
  }

  function comparison() {
    return JSON.stringify([
      designKey(state.get("design")),
      designKey(state.get("reference")),
      conditions(),
    ]);
  }

  function update() {
    if (width === 0) return;
    if (comparison() !== last) forget();
    last = comparison();
    const scene = {
      conditions: conditions(),
      hidden: state.get("predict") && revealedFor !== comparison(),
      ...bothSides(),
    };
    const count = scene.design.rows.length;
    scene.walked = state.get("step") < 0 ? count - 1 : clamp(state.get("step"), 0, count - 1);
    scene.shown = shownRow(scene);
    scene.lit = (pointed ?? picked)?.at ?? -1;
    lastScene = scene;
    drawTowers(scene);
    drawControls(scene);
    const words = scene.hidden
      ? []
      : remarksOn(state.get("design"), scene.design.rows, scene.design.totals, scene.conditions);
    remarks.replaceChildren(...words.map((text) => element("p", { class: "sg-warning", text })));
    steps.set(scene.walked, count, `${stepWords(scene.design.rows[scene.walked])}`);
    formulas.draw(scene);
    totals.draw(scene);
    question.draw(scene, state.get("predict"));
    widget.root.dataset.ready = "true";
  }

  // What was pointed at, guessed or copied belongs to the designs before.
  function forget() {
    question.clear();
    code.hide();
    pointed = picked = null;
  }

  function bothSides() {
    return Object.fromEntries(
      ["design", "reference"].map((side) => {
        const design = state.get(side);
        const rows = rowsOf(design, conditions());
        const name = designName(design);
        const caption = `${side === "design" ? "This design" : "Compared with"}: ${name}`;
        return [side, { design, rows, caption, totals: totalsOf(rows, conditions()) }];
      }),
    );
  }

  function shownRow(scene) {
    const chosen = pointed ?? picked;
    return chosen && chosen.at < scene[chosen.tower].rows.length
      ? chosen
      : { tower: "design", at: scene.walked };
  }

  function drawTowers(scene) {
    const text = width <= MEDIUM ? 655 : 730; // px that the two towers' numbers take
    const beside = Math.floor((width - text) / 2); // both towers in one line
    const bar =
      width <= NARROW
        ? Math.min(width - 4, 300)
        : beside >= 70
          ? Math.min(beside, 260)
          : width - 530;
    scene.most = Math.max(
      ...["design", "reference"].flatMap((side) =>
        scene[side].rows.map(({ channels }) => channels[1]),
      ),
    );
    scene.px = bar / scene.conditions.size[1];
    scene.thickness = THICKEST / scene.most;
    stage.style.setProperty("--nc-tower", `${bar}px`);
    towers.design.draw(scene);
    towers.reference.draw(scene);
    legend.draw(scene);
  }

  function drawControls({ conditions: { size, batch, training, precision } }) {
    const { menus, sliders, double, predict, buttons } = controls;
    const design = state.get("design");
    menus.design.set(designName(design));
    menus.reference.set(designName(state.get("reference")));
    menus.kernel.set(String(design.kernel));
    menus.up.set(design.up);
    menus.training.set(String(training));
    menus.precision.set(precision);
    sliders.depth.set(design.layers.length);
    sliders.channels.set(design.channels);
    sliders.height.set(size[0]);
    sliders.width.set(size[1]);
    sliders.batch.set(batch);
    double.set(design.double);
    predict.set(state.get("predict"));
    buttons.drop.disabled = design.layers.every(({ stride }) => stride === 1);
    buttons.keep.disabled = designKey(design) === designKey(state.get("reference"));
  }
}

export default { render };
