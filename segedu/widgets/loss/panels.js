// The loss explorer's table of who pushes, and the question before it.
import { createQuestion } from "../kit/question.js";
import { LOSS_NAMES, partOf } from "./core.js";
import { BACKGROUND_COLOR, OBJECT_COLOR } from "./charts.js";
import { button, element, select, setPressed, svgElement } from "../kit/kit.js";
import { judgePush, LOSS_TITLES } from "./words.js";
import { formatDigits } from "../kit/numbers.js";

// One line per loss: its button, value, a bar of whose push it is, the object's part, both pushes.
export function createPushTable({ choose }) {
  const lines = LOSS_NAMES.map((name) => {
    const pick = button(LOSS_TITLES[name], () => choose(name), {
      pressed: false,
      title: "write it out and descend it",
    });
    const cell = (kind) =>
      element("span", { class: `sg-mono lx-${kind}`, "data-cell": `${name} ${kind}` });
    const cells = {
      value: cell("value"),
      part: cell("part"),
      object: cell("object"),
      background: cell("background"),
    };
    const bar = pushBar();
    const row = element("div", { class: "lx-line", role: "row" });
    for (const node of [pick, cells.value, bar.svg, cells.part, cells.object, cells.background])
      row.append(
        element(
          "div",
          { role: "cell", class: `lx-cell ${node === bar.svg ? "lx-bar" : ""}` },
          node,
        ),
      );
    return { name, pick, cells, bar, row };
  });
  const heads = [
    "loss",
    "value",
    "whose push, 0 to 100 %",
    "object's part",
    "object's push",
    "background's push",
  ].map((text) => element("div", { role: "columnheader", class: "lx-cell", text }));
  const head = element("div", { class: "lx-line lx-head", role: "row" }, ...heads);
  const rows = lines.map(({ row }) => row);
  const table = element(
    "div",
    { role: "table", class: "lx-table", "aria-label": "who pushes" },
    head,
    ...rows,
  );
  const key = (color, text) =>
    element(
      "span",
      { class: "lx-key" },
      element("span", { class: "lx-swatch", style: `background: ${color}` }),
      text,
    );
  const note = element("span", {
    text: "a push: the total gradient on the logits of a group's pixels, by size",
  });
  const keys = [
    key(OBJECT_COLOR, "the object's pixels, upward"),
    key(BACKGROUND_COLOR, "the background's, downward"),
  ];
  return {
    el: element(
      "div",
      { class: "lx-pushes" },
      table,
      element("div", { class: "lx-legend" }, ...keys, note),
    ),
    draw(losses, chosen, hidden) {
      for (const { name, pick, cells, bar } of lines) {
        const said = losses[name];
        const part = partOf(said);
        setPressed(pick, name === chosen);
        cells.value.textContent = formatDigits(said.value);
        cells.part.textContent = hidden
          ? "?"
          : part === null
            ? "nobody"
            : `${formatDigits(100 * part)} %`;
        cells.object.textContent = hidden ? "?" : formatDigits(said.pushes[0]);
        cells.background.textContent = hidden ? "?" : formatDigits(said.pushes[1]);
        bar.set(hidden ? null : part);
      }
    },
  };
}

// 0 to 100 %: the object's part in its color, then the background's; a tick in the middle.
function pushBar() {
  const rect = (fill) => svgElement("rect", { y: 3, height: 14, x: 0, width: 0, fill });
  const [object, background] = [rect(OBJECT_COLOR), rect(BACKGROUND_COLOR)];
  const tick = (x) => svgElement("line", { class: "lx-mark", x1: x, x2: x, y1: 0, y2: 20 });
  const svg = svgElement(
    "svg",
    { width: "100%", height: 20, "aria-hidden": "true" },
    object,
    background,
  );
  svg.append(...["0%", "50%", "100%"].map(tick));
  return {
    svg,
    set(part) {
      const width = part === null ? 0 : 100 * part;
      object.setAttribute("width", `${width}%`);
      background.setAttribute("x", `${width}%`);
      background.setAttribute("width", part === null ? 0 : `${100 - width}%`);
    },
  };
}

// "Which loss gets the largest part of its push from the object?"
export function createPushQuestion({ reveal }) {
  let parts = {};
  const menu = select({
    label: "In which loss does the object push most, as a part of both pushes?",
    options: LOSS_NAMES.map((name) => [name, LOSS_TITLES[name]]),
    value: LOSS_NAMES[0],
    onChange: () => {},
  });
  menu.el.classList.add("lx-menu");
  const judge = () => judgePush(menu.input.value, parts);
  const question = createQuestion({ name: "push", inputs: [menu], judge, onReveal: reveal });
  return {
    ...question,
    draw(losses, predicting, hidden) {
      parts = Object.fromEntries(LOSS_NAMES.map((name) => [name, partOf(losses[name]) ?? 0]));
      question.draw(predicting, hidden);
    },
  };
}
