// A design as a tower: one row per layer, the image at the bottom. In each row a bar, as wide as the map and as thick as its channels
// are many, and under it a bracket, as wide as the receptive field; beside it the layer's numbers. Rows can be pointed at and picked.
import { scaled, scaledBytes } from "./core.js";
import { formatCount } from "../kit/numbers.js";
import { element } from "../kit/kit.js";

// One color per kind of layer; figure.py has the same.
export const KINDS = [
  ["conv", "convolution", "#0072B2"],
  ["strided", "with a stride", "#D55E00"],
  ["dilated", "with dilation", "#CC79A7"],
  ["up", "upsampling", "#009E73"],
  ["scores", "class scores, 1×1", "#7A6FAC"],
  ["image", "the image", "#8A9099"],
];
export const THICKEST = 20; // px
const STRIDES = [1, 2, 3, 4];
const DILATIONS = Array.from({ length: 16 }, (_, at) => at + 1);
const HIDDEN = "?";

export function kindOf({ kind, stride, dilation }) {
  if (kind === "back") return "conv";
  if (kind !== "conv") return kind;
  return stride > 1 ? "strided" : dilation > 1 ? "dilated" : "conv";
}

// name: "design", whose strides and dilations can be changed and which has all columns, or "reference".
export function createTower(name, title, { point, pick, walk, change }) {
  const editable = name === "design";
  const heads = editable
    ? [
        "layer",
        "stride",
        "dilation",
        "tower",
        "output C × H × W",
        "parameters",
        "MACs",
        "memory",
        "sees, px",
      ]
    : ["layer", "tower", "sees, px"];
  const body = element("tbody", { onpointerleave: () => point(null) });
  const caption = element("caption", { class: "sg-title", text: title });
  const el = element(
    "table",
    {
      class: `nc-tower nc-${name}`,
      "data-tower": name,
      tabindex: "0",
      "aria-label": `${title}: arrow keys choose a layer`,
      onkeydown,
    },
    caption,
    element(
      "thead",
      {},
      element("tr", {}, ...heads.map((text) => element("th", { scope: "col", text }))),
    ),
    body,
  );
  function onkeydown(event) {
    const by = { ArrowUp: 1, ArrowDown: -1, Home: -Infinity, End: Infinity }[event.key];
    if (by === undefined || event.target !== el || event.ctrlKey || event.metaKey || event.altKey)
      return;
    event.preventDefault();
    walk(name, by);
  }
  let rows = []; // from the image upwards; the page has them the other way round
  const made = new Map(); // rows that were shown once, kept: a menu costs more to make than to fill

  function menu(label, options, at, key) {
    const input = element(
      "select",
      {
        "aria-label": `${label} of layer ${at}`,
        onchange: () => change(at - 1, { [key]: Number(input.value) }),
      },
      ...options.map((value) => element("option", { value, text: value })),
    );
    return input;
  }

  function rowOf(at, withMenus) {
    const key = `${at} ${withMenus}`;
    if (!made.has(key)) made.set(key, build(at, withMenus));
    return made.get(key);
  }

  function build(at, withMenus) {
    const row = {
      name: element("span"),
      bar: element("div", { class: "nc-bar" }),
      field: element("div", { class: "nc-field" }),
      cells: heads
        .slice(editable ? 4 : 2)
        .map((label) => element("td", { "data-label": label.split(/[ ,]/)[0] })),
      stride: withMenus ? menu("stride", STRIDES, at, "stride") : null,
      dilation: withMenus ? menu("dilation", DILATIONS, at, "dilation") : null,
    };
    row.drawing = element("td", { class: "nc-drawing" }, row.bar, row.field);
    const menus = editable
      ? [row.stride, row.dilation].map((input, which) =>
          element("td", { class: "nc-menu", "data-label": ["stride", "dilation"][which] }, input),
        )
      : [];
    row.tr = element(
      "tr",
      {
        onpointerenter: () => point(at === 0 ? null : { tower: name, at: at - 1 }),
        onclick: (event) => {
          if (at > 0 && !event.target.closest("select")) pick({ tower: name, at: at - 1 });
        },
      },
      element("th", { scope: "row" }, row.name),
      ...menus,
      row.drawing,
      ...row.cells,
    );
    return row;
  }

  function draw(scene) {
    const { rows: steps, caption: words } = scene[name];
    rows = [null, ...steps].map((step, at) => rowOf(at, editable && step?.kind === "conv"));
    arrange(body, rows.map(({ tr }) => tr).reverse());
    setText(caption, words);
    rows.forEach((row, at) => drawRow(row, at, steps[at - 1], scene));
  }

  function drawRow(row, at, step, scene) {
    const { size } = scene.conditions;
    const hidden = scene.hidden && editable;
    const kind = step ? kindOf(step) : "image";
    const [channels, map] = step ? [step.channels[1], step.sizes[1]] : [3, size];
    const field = step && !hidden ? step.field[1] : 0;
    setText(row.name, step ? `${at} ${shortName(step)}` : "image");
    setStyle(row.bar, "width", `${scene.px * map[1]}px`);
    setStyle(row.bar, "height", `${Math.max(1, scene.thickness * channels)}px`);
    setStyle(row.bar, "background", KINDS.find(([one]) => one === kind)[2]);
    setStyle(row.field, "width", `${Math.min(field * scene.px, scene.px * size[1])}px`);
    setData(row.field, "cut", String(field > size[1]));
    setData(row.field, "none", String(field === 0));
    setData(row.tr, "kind", kind);
    setData(row.tr, "later", String(editable && step !== undefined && at - 1 > scene.walked));
    setData(row.tr, "lit", String(step !== undefined && scene.lit === at - 1));
    setData(
      row.tr,
      "shown",
      String(step !== undefined && scene.shown.tower === name && scene.shown.at === at - 1),
    );
    rowWords(step, [channels, ...map], hidden).forEach((text, cell) =>
      setText(row.cells[cell], text),
    );
    if (row.stride) {
      row.stride.value = step.stride;
      row.dilation.value = step.dilation;
    }
  }

  function rowWords(step, output, hidden) {
    const shown = output.map(formatCount).join(" × ");
    if (!step) return editable ? [shown, "", "", "", ""] : [""];
    const field = hidden ? HIDDEN : fieldWords(step.field);
    if (!editable) return [field];
    const costs = [scaled(step.macs), scaledBytes(step.bytes)].map((text) =>
      hidden ? HIDDEN : text,
    );
    return [shown, scaled(step.parameters), ...costs, field];
  }
  return { el, draw };
}

function shortName({ kind, kernel }) {
  if (kind === "up") return "up";
  return kind === "scores" ? "scores 1×1" : `conv ${kernel}×${kernel}`;
}

// "61", or "61 × 62" where the axes differ.
export function fieldWords([height, width]) {
  return height === width ? formatCount(height) : `${formatCount(height)} × ${formatCount(width)}`;
}

// Colors and scale, for both towers.
export function createLegend() {
  const swatches = KINDS.map(([, words, color]) =>
    element(
      "span",
      { class: "nc-key" },
      element("span", { class: "nc-swatch", style: `background: ${color}` }),
      element("span", { text: words }),
    ),
  );
  const bracket = element(
    "span",
    { class: "nc-key" },
    element("span", { class: "nc-sample" }),
    element("span", { text: "receptive field" }),
  );
  const scale = element("span", { "data-words": "scale" });
  return {
    el: element("div", { class: "nc-legend sg-note" }, ...swatches, bracket, scale),
    draw({ conditions, most }) {
      setText(
        scale,
        `One scale for both: the image's bar is ${conditions.size[1]} pixels wide, the thickest bar has ${most} channels.`,
      );
    },
  };
}

// Make these the parent's children, touching only what is not yet in its place.
function arrange(parent, nodes) {
  const wanted = new Set(nodes);
  for (const child of [...parent.children]) if (!wanted.has(child)) child.remove();
  nodes.forEach((node, at) => {
    if (parent.children[at] !== node) parent.insertBefore(node, parent.children[at] ?? null);
  });
}

export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

function setStyle(node, name, value) {
  if (node.style[name] !== value) node.style[name] = value;
}

function setData(node, name, value) {
  if (node.dataset[name] !== value) node.dataset[name] = value;
}
