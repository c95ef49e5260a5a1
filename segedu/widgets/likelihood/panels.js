// Below the pictures: written lines, the table of scores, one bar of mean p per class, and the question before them.
import { createQuestion } from "../kit/question.js";
import { LIMIT } from "./core.js";
import { OTHER_COLOR, TARGET_COLOR } from "./colors.js";
import { formatDigits, plural } from "../kit/numbers.js";
import { button, element, select } from "../kit/kit.js";
import { DIRECTIONS, judgeGuess } from "./words.js";

const MOST_CLASSES = 12; // bars that are shown

// Named lines of arithmetic; the nodes stay, their texts change.
export function createLines(kind, title) {
  const list = element("dl", { class: "lk-written" });
  const head = element("div", { class: "sg-title", text: title, "data-words": `${kind} title` });
  let nodes = [];
  return {
    el: element("div", {}, head, list),
    title: (text) => {
      head.textContent = text;
    },
    draw(lines) {
      const names = lines.map(([name]) => name).join();
      if (names !== nodes.map(({ name }) => name).join()) {
        nodes = lines.map(([name]) => ({
          name,
          text: element("dd", { class: "sg-mono", "data-line": `${kind} ${name}` }),
        }));
        list.replaceChildren(
          ...nodes.flatMap(({ name, text }) => [element("dt", { text: name }), text]),
        );
      }
      lines.forEach(([, text], at) => {
        nodes[at].text.textContent = text;
      });
    },
  };
}

// This curve, the constant p of the majority, the best curve: loss, log-likelihood, accuracy, IoU.
export function createTable({ take }) {
  const columns = ["mean loss", "log-likelihood", "accuracy", "IoU"];
  const cell = (row, column) =>
    element("span", { class: "sg-mono", "data-cell": `${row} ${column}` });
  const rows = ["this curve", "one p everywhere", "the best curve"].map((name) => ({
    name,
    note: element("span", { class: "lk-rownote", "data-rownote": name }),
    cells: columns.map((column) => cell(name, column)),
  }));
  const adopt = button("take it", take, { title: "set w and b to the best" });
  const line = (role, nodes) =>
    element(
      "div",
      { class: "lk-line", role: "row" },
      ...nodes.map((node) => element("div", { role }, node)),
    );
  const head = line("columnheader", ["", ...columns]);
  head.classList.add("lk-head");
  const body = rows.map(({ name, note, cells }, at) =>
    line("cell", [
      element(
        "div",
        { class: "lk-row" },
        element("span", { text: name }),
        note,
        at === 2 ? adopt : null,
      ),
      ...cells,
    ]),
  );
  const table = element(
    "div",
    { class: "lk-table", role: "table", "aria-label": "what the curves are worth" },
    head,
    ...body,
  );
  const show = ({ cells, note }, said, words) => {
    const values = said
      ? [said.loss, said.logLikelihood, said.accuracy, said.iou]
      : columns.map(() => undefined);
    values.forEach((value, at) => {
      cells[at].textContent = value === undefined ? "–" : formatDigits(value);
    });
    note.textContent = words;
  };
  return {
    el: table,
    draw({ said, majority, best, hidden, words }) {
      const known = hidden ? rows.map(() => null) : [said, majority, best?.said ?? null];
      show(rows[0], known[0], hidden ? "?" : words.here);
      show(rows[1], known[1], hidden ? "?" : words.majority);
      show(rows[2], known[2], hidden ? "?" : words.best);
      const within = best?.point.every((one) => Math.abs(one) <= LIMIT);
      adopt.disabled = hidden || !within;
      adopt.title = best && !within ? `it lies beyond ±${LIMIT}` : "set w and b to the best";
    },
  };
}

// Per class a bar of its mean p, the number, and the share that is found; the target's in its color.
export function createClassBars() {
  const lines = Array.from({ length: MOST_CLASSES }, () => {
    const name = element("span", { class: "lk-class" });
    const fill = element("div", { class: "lk-fill" });
    const mean = element("span", { class: "sg-mono" });
    const found = element("span", { class: "sg-mono" });
    const track = element("div", { class: "lk-track" }, fill);
    return {
      name,
      fill,
      mean,
      found,
      el: element("div", { class: "lk-bar" }, name, track, mean, found),
    };
  });
  const texts = ["", "", "mean p", "found"].map((text) => element("span", { text }));
  const head = element("div", { class: "lk-bar lk-head" }, ...texts);
  const note = element("p", { class: "sg-note", "data-words": "classes" });
  const title = element("div", {
    class: "sg-title",
    text: "What does the curve say about each class?",
  });
  return {
    el: element("div", {}, title, head, ...lines.map(({ el }) => el), note),
    draw(rows, target, classes, hidden) {
      head.hidden = hidden;
      lines.forEach(({ name, fill, mean, found, el }, at) => {
        const row = rows[at];
        el.hidden = !row || hidden;
        if (el.hidden) return;
        el.dataset.label = row.label;
        name.textContent = classes[row.label];
        name.style.fontWeight = row.label === target ? "700" : "400";
        fill.style.width = `${(100 * row.mean).toFixed(2)}%`;
        fill.style.background = row.label === target ? TARGET_COLOR : OTHER_COLOR;
        mean.textContent = formatDigits(row.mean);
        found.textContent = `${formatDigits(100 * row.found)} %`;
      });
      const left = Math.max(rows.length - MOST_CLASSES, 0);
      const more = left ? ` Not listed, with a lower mean p: ${plural(left, "other")}.` : "";
      note.textContent = hidden
        ? "?"
        : `Mean p over the class's pixels; found: those with p ≥ 0.5.${more}`;
    },
  };
}

// Which other class will get the highest mean p, and where does the next step go?
export function createClassQuestion({ reveal }) {
  let scene = null;
  let listed = "";
  const menu = select({
    label: "Which other class does this curve take for the target most (highest mean p)?",
    options: [],
    value: "",
    onChange: () => {},
  });
  const way = select({
    label: "Where does one step of descent go?",
    options: DIRECTIONS.map((one) => [one, one]),
    value: DIRECTIONS[0],
    onChange: () => {},
  });
  for (const { el } of [menu, way]) el.classList.add("lk-menu");
  const question = createQuestion({ name: "class", above: [menu, way], judge, onReveal: reveal });

  function judge() {
    const guess = { label: Number(menu.input.value), direction: way.input.value };
    return judgeGuess(guess, scene.rows, scene.said.gradient, scene.target, scene.classes);
  }

  function listClasses() {
    const others = scene.rows
      .filter(({ label }) => label !== scene.target)
      .map(({ label }) => label)
      .sort((a, b) => a - b);
    if (listed === others.join()) return;
    listed = others.join();
    const options = others.map((label) =>
      element("option", { value: label, text: scene.classes[label] }),
    );
    menu.input.replaceChildren(...options);
  }

  return {
    ...question,
    draw(next, predicting, hidden) {
      scene = next;
      question.draw(predicting, hidden);
      listClasses();
    },
  };
}
