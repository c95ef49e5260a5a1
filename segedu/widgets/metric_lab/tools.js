// The controls of the metric lab: presets, Undo, which map is edited and how, the picture behind, tolerance and width.
import { TOLERANCES, VOID, WIDTHS } from "./core.js";
import { button, element, select, setPressed, slider } from "../kit/kit.js";
import { PRESETS, emptyMap, objectName } from "./presets.js";
import { boxOf, drawShape } from "./shapes.js";

const OWN_MAPS = "your own maps";
const TOOLS = { shape: "Shape", brush: "Brush", eraser: "Eraser", void: "Void brush" };
const LARGEST_BRUSH = 5;

export function createTools({ set, change, choosePreset, undo, scene }) {
  const presets = select({
    label: "preset",
    options: [],
    value: OWN_MAPS,
    onChange: (name) => name !== OWN_MAPS && choosePreset(name),
  });
  const back = button("Undo", undo, { title: "take the last change back (U on the map)" });
  const layers = choiceButtons("edit", { prediction: "Prediction", target: "Target" }, (layer) =>
    set({ layer }),
  );
  const tools = choiceButtons("with", TOOLS, (tool) => set({ tool }));
  const kind = select({
    label: "form",
    options: ["rectangle", "ellipse"].map((name) => [name, name]),
    value: "ellipse",
    onChange: changeKind,
  });
  const fresh = button("New shape", () => putShape(middleShape(scene())), {
    title: "put a shape into the middle of the map",
  });
  const clear = button("Clear", () => clearLayer(), {
    title: "no object in this map, no void in the target",
  });
  const swap = button("Swap", () => change(null, swappedMaps(scene())), {
    title: "prediction and target change places, void stays",
  });
  const number = (label, [min, max], name) =>
    slider({ label, min, max, value: min, onInput: (value) => change(name, { [name]: value }) });
  const brush = slider({
    label: "brush size",
    min: 1,
    max: LARGEST_BRUSH,
    value: 1,
    onInput: (size) => set({ brush: size }),
  });
  const tolerance = number("boundary F1: tolerance", TOLERANCES, "tolerance");
  const width = number("boundary IoU: width", WIDTHS, "width");
  const picture = select({
    label: "picture",
    options: [["none", "none"]],
    value: "none",
    onChange: (name) => set({ backdrop: name }),
  });
  const opacity = slider({
    label: "overlay",
    min: 0.1,
    max: 1,
    step: 0.1,
    value: 0.6,
    format: (value) => `${Math.round(100 * value)} %`,
    onInput: (value) => set({ opacity: value }),
  });
  const note = element("p", { class: "sg-note ml-words", "data-words": "tool" });
  const marks = element("p", { class: "sg-note", "data-words": "marks" });
  let [offered, listed] = ["", ""];

  const edited = () => (scene().tool === "void" ? "target" : scene().layer);

  function putShape(shape) {
    const layer = edited();
    change(null, {
      [layer]: drawShape(scene()[layer], shape),
      shapes: { ...scene().shapes, [layer]: shape },
    });
  }

  function changeKind(next) {
    const { shape } = scene();
    set({ kind: next });
    if (shape) putShape({ ...shape, kind: next });
  }

  function clearLayer() {
    const { compared } = scene();
    change(null, { [edited()]: emptyMap(compared.rows, compared.cols) });
  }

  function draw(shown, preset, undoable) {
    listPresets(Object.keys(shown.objects));
    presets.set(preset || OWN_MAPS);
    back.disabled = !undoable;
    layers.show(shown.layer);
    tools.show(shown.tool);
    const shaping = shown.tool === "shape";
    kind.el.hidden = fresh.hidden = !shaping;
    brush.el.hidden = shaping;
    kind.set(shown.shape?.kind ?? shown.kind);
    brush.set(shown.brush);
    tolerance.set(shown.tolerance);
    width.set(shown.width);
    note.textContent = toolWords(shown);
    marks.textContent = shown.before
      ? `The mark in a bar is where it was before the last ${shown.predict ? "guess" : "change"}; the number at the right is the difference.`
      : "After a change, a mark in each bar shows where it was.";
    drawBackdrops(shown);
  }

  function listPresets(pictures) {
    const names = [...Object.keys(PRESETS), ...pictures.map(objectName), OWN_MAPS];
    if (String(names) === offered) return;
    offered = String(names);
    presets.input.replaceChildren(
      ...names.map((name) => element("option", { value: name, text: name })),
    );
  }

  function drawBackdrops({ backdrops, backdrop: chosen, opacity: share }) {
    const names = ["none", ...Object.keys(backdrops)];
    if (String(names) !== listed)
      picture.input.replaceChildren(
        ...names.map((name) => element("option", { value: name, text: name })),
      );
    listed = String(names);
    picture.el.hidden = names.length === 1;
    opacity.el.hidden = !backdrops[chosen];
    picture.set(backdrops[chosen] ? chosen : "none");
    opacity.set(share);
  }

  const row = (...nodes) => element("div", { class: "sg-row ml-tools" }, ...nodes);
  const el = element(
    "div",
    {},
    row(layers.el, tools.el, brush.el, kind.el, fresh, clear),
    row(picture.el, opacity.el),
    note,
  );
  return {
    el,
    presets: presets.el,
    undo: back,
    swap,
    sliders: element("div", { class: "sg-column" }, tolerance.el, width.el, marks),
    draw,
  };
}

// Buttons of which one is pressed.
function choiceButtons(label, names, choose) {
  const buttons = Object.entries(names).map(([name, text]) => [
    name,
    button(text, () => choose(name), { pressed: false }),
  ]);
  const el = element(
    "div",
    { class: "ml-group", role: "group", "aria-label": label },
    element("span", { text: label }),
    ...buttons.map(([, node]) => node),
  );
  return {
    el,
    show: (chosen) => buttons.forEach(([name, node]) => setPressed(node, name === chosen)),
  };
}

// Half as high and wide as the grid, in its middle.
function middleShape({ kind, compared: { rows, cols } }) {
  const [height, width] = [rows, cols].map((side) => Math.max(side >> 1, 1));
  return { kind, top: (rows - height) >> 1, left: (cols - width) >> 1, height, width };
}

// Void is the target's and stays in its place; under it, the prediction keeps what it said.
function swappedMaps({ target, prediction, shapes }) {
  const other = (label, from) => (label === VOID ? label : from);
  return {
    target: target.map((line, row) => line.map((label, col) => other(label, prediction[row][col]))),
    prediction: prediction.map((line, row) =>
      line.map((label, col) => (target[row][col] === VOID ? label : target[row][col])),
    ),
    shapes: { target: shapes.prediction, prediction: shapes.target },
  };
}

function toolWords({ tool, layer, shape, [layer]: map }) {
  if (tool === "void")
    return "Void belongs to the target: cells that nobody labeled. Paint it there; the eraser on the target takes it away.";
  if (tool === "eraser" && layer === "target")
    return "Erases object and void. Drag, or walk with the arrow keys and press Space; Shift + arrow keys erase on the way.";
  if (tool !== "shape")
    return "Drag, or walk with the arrow keys and press Space; Shift + arrow keys paint on the way.";
  if (shape)
    return "Drag the shape or its handles; drag beside it for a new one. Keys on the map: arrows move, Shift + arrows resize.";
  if (boxOf(map))
    return "This object is painted, no rectangle or ellipse: it can be moved, not resized. “New shape” replaces it.";
  return `The ${layer} has no object: drag over the map, or press “New shape”.`;
}
