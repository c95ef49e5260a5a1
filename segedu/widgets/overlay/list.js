// The list of classes: a box to switch the color on and off, name and number, pixels and share, the count of things; under a thing its instances.
// Pointing at a line, or reaching it by keyboard, lights its pixels in the image; what is pointed at in the image lights its line.
import { inkOn } from "../kit/colors.js";
import { PER_CLASS, VOID, colorOfId } from "./core.js";
import { formatCount, formatNumber, plural } from "../kit/numbers.js";
import { button, element } from "../kit/kit.js";

const MOST_CHIPS = 30;

// actions: { light({ label, id } | null), toggle(label), toggleAll(on) }
export function createClassList(actions) {
  const body = element("div", { class: "ov-lines" });
  const words = element("p", { class: "sg-note", "data-words": "list" });
  const el = element(
    "div",
    {},
    element(
      "div",
      { class: "sg-row ov-head" },
      element("div", { class: "sg-title", text: "Classes" }),
      element(
        "div",
        { class: "sg-row", style: "gap: 4px" },
        button("all on", () => actions.toggleAll(true)),
        button("all off", () => actions.toggleAll(false)),
      ),
    ),
    body,
    words,
  );
  let builtFor = null;
  let lines = new Map();
  let chips = new Map();

  function build(scene) {
    lines = new Map();
    chips = new Map();
    body.replaceChildren();
    for (const [title, labels] of groupsOf(scene)) {
      body.append(element("div", { class: "ov-group", text: title }));
      for (const label of labels) body.append(lineOf(scene, label));
    }
  }

  function lineOf(scene, label) {
    const lit = { label, id: null };
    const input = element("input", {
      type: "checkbox",
      "aria-label": `color of ${nameOf(scene, label)}`,
      onchange: () => actions.toggle(label),
      onfocus: () => input.matches(":focus-visible") && actions.light(lit),
      onblur: () => actions.light(null),
    });
    const swatch = element("span", { class: "ov-swatch" });
    if (label === VOID) swatch.classList.add("ov-hatched");
    else swatch.style.background = scene.colors[label];
    const parts = ["pixels", "share", "count"].map((name) =>
      element("span", { class: `sg-mono ov-${name}` }),
    );
    const name = element("span", { class: "ov-name", text: nameOf(scene, label) });
    const number = element("span", { class: "sg-mono ov-index", text: String(label) });
    const line = element(
      "label",
      {
        class: "ov-line",
        "data-label": label,
        onpointerenter: () => actions.light(lit),
        onpointerleave: () => actions.light(null),
      },
      input,
      swatch,
      number,
      name,
      ...parts,
    );
    const row = element("div", { class: "ov-chips" });
    lines.set(label, { line, input, parts, row });
    return element("div", {}, line, row);
  }

  function drawChips(scene, label, row) {
    const own = scene.maps.list.filter((one) => one.label === label);
    row.hidden = !scene.counted || own.length === 0 || scene.source === "prediction";
    const key = `${scene.mode} ${row.hidden}`;
    if (row.dataset.key === key) return;
    row.dataset.key = key;
    row.replaceChildren();
    if (row.hidden) return;
    for (const one of own.slice(0, MOST_CHIPS)) row.append(chipOf(scene, one));
    if (own.length > MOST_CHIPS)
      row.append(
        element("span", { class: "sg-note", text: `and ${own.length - MOST_CHIPS} more` }),
      );
  }

  function chipOf(scene, { id, label, number, pixels }) {
    const color =
      scene.mode === "semantic"
        ? scene.colors[label]
        : colorOfId(id, scene.mode, scene.colors, scene.maps.list);
    const light = () => actions.light({ label, id });
    const chip = element("button", {
      type: "button",
      class: "ov-chip",
      text: String(number),
      title: `${scene.classes[label]} ${number}: ${plural(pixels, "pixel")}`,
      "aria-label": `${scene.classes[label]} ${number}, panoptic id ${id}, ${plural(pixels, "pixel")}`,
      style: `background: ${color}; color: ${inkOn(color)}`,
      onpointerenter: light,
      onpointerleave: () => actions.light(null),
      onfocus: light,
      onblur: () => actions.light(null),
    });
    chips.set(id, chip);
    return chip;
  }

  function draw(scene) {
    el.hidden = !scene.maps;
    if (el.hidden) return;
    if (builtFor !== scene.maps) build(scene);
    builtFor = scene.maps;
    const all = scene.height * scene.width;
    for (const [label, { line, input, parts, row }] of lines) {
      const pixels = pixelsOf(scene, label);
      const count = countOf(scene, label);
      [parts[0].textContent, parts[1].textContent, parts[2].textContent] = [
        formatCount(pixels),
        `${formatNumber((100 * pixels) / all, 1)} %`,
        count,
      ];
      input.checked = !scene.hidden.has(label);
      line.dataset.lit = String(scene.lit?.label === label);
      drawChips(scene, label, row);
    }
    for (const [id, chip] of chips) chip.dataset.lit = String(scene.lit?.id === id);
    words.textContent = listWords(scene);
  }
  return { el, draw };
}

export const nameOf = ({ classes }, label) => (label === VOID ? "void" : classes[label]);
const pixelsOf = ({ maps }, label) =>
  label === VOID ? maps.counts.unlabeled : maps.counts.pixels[label];

function countOf({ maps, things, secret, source }, label) {
  if (!things.has(label) || source === "prediction") return "";
  if (secret) return "× ?";
  return maps.instances ? `× ${maps.list.filter((one) => one.label === label).length}` : "";
}

// Things, stuff and void, those that occur.
function groupsOf(scene) {
  const { maps, things, classes } = scene;
  const there = classes.map((_, label) => label).filter((label) => maps.counts.pixels[label] > 0);
  const groups = [
    ["things: countable", there.filter((label) => things.has(label))],
    [things.size ? "stuff: not countable" : "classes", there.filter((label) => !things.has(label))],
    ["void: not labeled", maps.counts.unlabeled > 0 ? [VOID] : []],
  ];
  return groups.filter(([, labels]) => labels.length);
}

function listWords({ maps, classes, height, width }) {
  const missing = classes.filter((_, label) => maps.counts.pixels[label] === 0);
  const all = `Together ${formatCount(height * width)} pixels.`;
  if (missing.length === 0) return all;
  const names = missing.length > 6 ? `${missing.slice(0, 6).join(", ")} …` : missing.join(", ");
  return `${all} Not in this image: ${names}.`;
}

export const idText = (label, number) =>
  `${label} · ${PER_CLASS} + ${number} = ${label * PER_CLASS + number}`;
