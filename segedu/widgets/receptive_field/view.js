// What the student sees, top to bottom:
//   a menu of stacks and the switch "predict first"; in predict mode a question instead of the fields;
//   the photo with the field's frame around the chosen output cell, the output map, and three magnified views of the same square:
//   all of it (analytic), the pixels that some path reaches (measured; dilation leaves holes), and their weights (effective);
//   the stack from the side, with the cells lit that feed the output cell and the number of paths in each;
//   the layers as a table that fills in the recursion of jump, size and start, the controls of the chosen layer; the torch code.
import { clamp } from "../kit/numbers.js";
import { fieldScene, levelLengths } from "./core.js";
import { changeLayer, copyLayer, explainStack, moveLayer, removeLayer } from "./core_stack.js";
import { STACKS, sameCell, stackName, torchCode } from "./core_stack.js";
import { createOutputPanel, createPhotoPanel, loadPhoto } from "./fields.js";
import { bind, checkbox, codeBox, element, mount, select } from "../kit/kit.js";
import { createFieldPanels } from "./magnified.js";
import { createSideView } from "./side.js";
import { createLayerControls, createSizeQuestion, createTable } from "./stack.js";

const STYLE = `
.segedu.segedu .rf-stage { display: grid; grid-template-columns: minmax(0, 1fr); gap: 16px; align-items: start; margin-top: 10px; }
.segedu.segedu .rf-inputs { display: flex; flex-wrap: wrap; gap: 12px 16px; }
.segedu.segedu .rf-fields { display: flex; flex-wrap: wrap; gap: 12px 14px; }
.segedu.segedu .rf-output { display: flex; flex-wrap: wrap; gap: 0 12px; }
.segedu.segedu .rf-output > p { flex: 1 1 10em; margin-top: 0; }
.segedu.segedu .rf-field { min-width: 0; }
.segedu.segedu .rf-stage .sg-title { margin-bottom: 4px; }
.segedu.segedu .rf-stage .sg-note { margin-top: 4px; }
.segedu.segedu .rf-words[data-words="side"] { min-height: 3em; }
.segedu.segedu .rf-words { min-height: 1.5em; margin-top: 6px; max-width: 60em; }
.segedu.segedu .rf-stack { display: flex; flex-wrap: wrap; gap: 12px 32px; align-items: flex-start; }
.segedu.segedu .rf-stack > :first-child { flex: 9 1 44em; min-width: 0; }
.segedu.segedu .rf-layer { flex: 1 1 19em; min-width: min(100%, 17em); }
.segedu.segedu .rf-table { border-collapse: collapse; width: 100%; margin: 0; font-size: 13px; color: var(--sg-ink); table-layout: auto; }
.segedu.segedu .rf-table :is(th, td) { padding: 2px 10px 2px 4px; text-align: left; vertical-align: top; border: 0; background: transparent; font-weight: 400; white-space: nowrap; max-width: none; }
.segedu.segedu .rf-table thead th { color: var(--sg-soft); border-bottom: 1px solid var(--sg-line); white-space: normal; }
.segedu.segedu .rf-table tbody tr { background: transparent; }
.segedu.segedu .rf-table tr[data-selected="true"] > * { background: var(--sg-panel); }
.segedu.segedu .rf-table label { display: flex; gap: 6px; align-items: center; cursor: pointer; }
.segedu.segedu .rf-table input { margin: 0; accent-color: var(--sg-accent); }
.segedu.segedu .rf-total { margin-top: 8px; font-weight: 600; overflow-wrap: anywhere; }
@container (max-width: 760px) {
  .segedu.segedu .rf-table, .segedu.segedu .rf-table :is(tbody, tr, th, td) { display: block; width: 100%; }
  .segedu.segedu .rf-table thead { position: absolute; clip-path: inset(50%); width: 1px; height: 1px; overflow: hidden; }
  .segedu.segedu .rf-table tr { display: grid; grid-template-columns: 1fr 1fr; border-bottom: 1px solid var(--sg-line); padding: 2px 0; }
  .segedu.segedu .rf-table :is(th, td:nth-child(n + 4)) { grid-column: 1 / -1; }
  .segedu.segedu .rf-table :is(th, td) { padding: 0 4px; white-space: normal; }
  .segedu.segedu .rf-table td::before { content: attr(data-label) " "; display: inline-block; width: 4.2em; color: var(--sg-soft); font-family: var(--sg-font); }
}
`;

export function render({ model, el }) {
  const widget = mount(el, "Receptive-field explorer");
  const state = bind(model, ["layers", "position", "selected", "predict", "photo", "size"], () =>
    update(),
  );
  widget.onCleanup(state.stop);

  let photo = null;
  let loaded = "";
  let hovered = null;
  let pointed = null;
  let width = 0; // until the widget stands on the page: a detached one has no colors to draw with
  let revealedFor = "";
  let lastStack = "";
  const outputs = {
    hoverOutput: (cell) => {
      hovered = cell;
      update();
    },
    pickOutput: ({ row, col }) => {
      hovered = null;
      state.set({ position: [row, col] });
    },
    moveOutput,
  };
  const pictures = {
    photo: createPhotoPanel(widget, outputs),
    output: createOutputPanel(widget, outputs),
    fields: createFieldPanels(widget, { point }),
  };
  const side = createSideView(widget, { point });
  const table = createTable({ choose: (selected) => state.set({ selected }) });
  const controls = createLayerControls({
    change: (part) => replace(changeLayer(state.get("layers"), selectedLayer(), part)),
    insert: () => replace(copyLayer(state.get("layers"), selectedLayer())),
    remove: () => replace(removeLayer(state.get("layers"), selectedLayer())),
    shift: (by) => replace(moveLayer(state.get("layers"), selectedLayer(), by)),
  });
  const question = createSizeQuestion({
    reveal: () => {
      revealedFor = stackKey();
      update();
    },
  });
  const names = Object.keys(STACKS);
  const presets = select({
    label: "stack",
    options: [...names, "custom"].map((name) => [name, name]),
    value: "custom",
    onChange: (name) => STACKS[name] && replace([STACKS[name], 0]),
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
  const warning = element("p", {
    class: "sg-warning",
    role: "status",
    "data-words": "misfit",
    style: "margin-top: 10px",
  });
  const code = codeBox(
    () => torchCode(state.get("layers"), state.get("size"), pinned()),
    "Copy as torch code",
  );
  const inputs = element("div", { class: "rf-inputs" }, pictures.photo.el, pictures.output.el);
  const stage = element("div", { class: "rf-stage" }, inputs, pictures.fields.el);
  const sidePanel = element("div", { class: "sg-panel" }, side.el);
  widget.root.append(
    element("style", { text: STYLE }),
    element("div", { class: "sg-row" }, presets.el, predict.el),
    question.el,
    warning,
    stage,
    sidePanel,
    element("div", { class: "sg-panel rf-stack" }, table.el, controls.el),
    element("div", { class: "sg-panel" }, code.el),
  );
  widget.onWidth((next) => {
    width = next;
    update();
  });
  return widget.destroy;

  function stackKey() {
    return JSON.stringify(state.get("layers"));
  }

  // Rows and columns of the output map; 0 where the stack does not fit.
  function outputSize() {
    return state.get("size").map((length) => levelLengths(state.get("layers"), length).at(-1));
  }

  // The chosen output cell, kept inside of the map; [-1, -1] stands for the middle.
  function pinned() {
    const keep = (value, count) =>
      value < 0 ? count >> 1 : clamp(value, 0, Math.max(count - 1, 0));
    return outputSize().map((count, axis) => keep(state.get("position")[axis], count));
  }

  function selectedLayer() {
    return clamp(state.get("selected"), 0, state.get("layers").length - 1);
  }

  function update() {
    if (width === 0) return;
    fetchPhoto();
    if (stackKey() !== lastStack) forget();
    lastStack = stackKey();
    const layers = state.get("layers");
    const misfit = explainStack(layers, state.get("size"));
    const cell = hovered ? [hovered.row, hovered.col] : pinned();
    const hidden = state.get("predict") && revealedFor !== stackKey();
    const scene = {
      ...fieldScene(layers, state.get("size"), cell, misfit),
      selected: selectedLayer(),
      hidden,
      width,
      photo,
      pointed,
    };
    drawPictures(scene);
    warning.hidden = misfit === null;
    warning.textContent = misfit?.words ?? "";
    sidePanel.hidden = !scene.counts || hidden;
    if (!sidePanel.hidden) side.draw({ ...scene, pointed: asSideCell(scene) });
    table.draw(scene);
    controls.draw(scene);
    presets.set(stackName(layers));
    predict.set(state.get("predict"));
    question.draw(scene, state.get("predict"));
    if (photo) widget.root.dataset.ready = "true";
  }

  // What was pointed at, said or copied belongs to the stack before.
  function forget() {
    question.clear();
    code.hide();
    pointed = hovered = null;
  }

  function drawPictures(scene) {
    const wide = width >= 700;
    const left = wide ? Math.floor(width * 0.32) : width;
    const right = wide ? width - left - 16 : width;
    const perRow = right >= 430 ? 3 : right >= 280 ? 2 : 1;
    stage.style.gridTemplateColumns = wide ? `${left}px minmax(0, 1fr)` : "minmax(0, 1fr)";
    pictures.photo.draw(scene, Math.min(left, 460));
    pictures.output.draw(scene, wide ? Math.floor(left * 0.42) : Math.min(200, width));
    pictures.fields.draw(scene, Math.min(Math.floor((right - 14 * (perRow - 1)) / perRow), 300));
  }

  // A pixel that is pointed at is, from the side, its column.
  function asSideCell({ size }) {
    if (pointed?.row === undefined) return pointed ?? undefined;
    return pointed.col >= 0 && pointed.col < size[1] ? { level: 0, cell: pointed.col } : undefined;
  }

  function fetchPhoto() {
    const url = state.get("photo");
    if (url === loaded) return;
    loaded = url;
    loadPhoto(url).then((canvas) => {
      if (url !== loaded) return;
      photo = canvas;
      update();
    });
  }

  function point(next) {
    pointed = next;
    update();
  }

  function moveOutput(down, right, large) {
    const [rows, cols] = outputSize();
    const [row, col] = pinned();
    const step = large ? 5 : 1;
    if (rows === 0 || cols === 0) return;
    hovered = null;
    state.set({
      position: [clamp(row + down * step, 0, rows - 1), clamp(col + right * step, 0, cols - 1)],
    });
    widget.announce(`output cell, row ${pinned()[0]}, column ${pinned()[1]}`);
  }

  function replace([layers, selected]) {
    const position = sameCell(state.get("layers"), layers, state.get("size"), pinned());
    state.set({ layers, selected, position });
  }
}

export default { render };
