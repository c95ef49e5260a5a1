// The words and controls around the gridding explorer's pictures: the rates, the paths written out, the reasons, the question.
import { createQuestion } from "../kit/question.js";
import { tapColor } from "../kit/colors.js";
import { formatCount, parseWhole, plural } from "../kit/numbers.js";
import {
  countField,
  fieldSide,
  KERNEL_SIZES,
  LARGEST_RATE,
  MOST_RATES,
  tapChoices,
} from "./core.js";
import { button, element, field, slider } from "../kit/kit.js";
import {
  diagnoseHoles,
  divisorWords,
  ruleWords,
  wangWords,
  writtenCounts,
  writtenSide,
} from "./reasons.js";
import { mapName } from "./side.js";

const MOST_SUMS = 7; // written out; the rest is counted

// One slider per layer, the top layer first as in the picture, each with a button that removes it; then kernel, Add, Reverse.
export function createRateControls({ change, resize }) {
  const list = element("div", { class: "sg-controls gx-controls" });
  const kernel = slider({
    label: "kernel taps",
    min: KERNEL_SIZES[0],
    max: KERNEL_SIZES.at(-1),
    value: 3,
    onInput: resize,
  });
  let rates = [];
  let rows = [];
  const buttons = {
    add: button("Add a layer", () => change([...rates, rates.at(-1)])),
    reverse: button("Reverse the order", () => change(rates.toReversed())),
  };
  const edits = element("div", { class: "sg-row" }, buttons.add, buttons.reverse);

  function row(at) {
    const made = slider({
      label: `rate of layer ${at + 1}`,
      min: 1,
      max: LARGEST_RATE,
      value: 1,
      onInput: (rate) => change(rates.with(at, rate)),
    });
    const remove = button("×", () => change(rates.toSpliced(at, 1)), {
      title: `remove layer ${at + 1}`,
    });
    remove.setAttribute("aria-label", `remove layer ${at + 1}`);
    return { made, remove, el: element("div", { class: "gx-rate" }, made.el, remove) };
  }
  return {
    el: list,
    draw(next, taps) {
      rates = next;
      if (rows.length !== rates.length) {
        rows = rates.map((_, at) => row(at));
        list.replaceChildren(...rows.toReversed().map(({ el }) => el), kernel.el, edits);
      }
      rows.forEach(({ made, remove }, at) => {
        made.set(rates[at]);
        remove.disabled = rates.length === 1;
      });
      kernel.set(taps);
      buttons.add.disabled = rates.length === MOST_RATES;
      buttons.add.title = buttons.add.disabled
        ? `at most ${MOST_RATES} layers`
        : "one more layer on top, with the top layer's rate";
      buttons.reverse.title = "the same pixels, other paths between";
    },
  };
}

// For the pixel or dot under the pointer: how many paths, and each path as the sum of its steps, one colored term per layer.
export function createPathSums() {
  const lead = element("p", { "data-words": "paths" });
  const sums = element("div", { class: "gx-sums", role: "list", "aria-label": "choices of taps" });
  const rest = element("p", { class: "sg-note" });

  function draw({ rates, kernel, pointed, levels, hidden }) {
    lead.textContent = pathWords({ rates, levels, pointed });
    const rowIsHole = pointed?.row !== undefined && levels[pointed.level][pointed.row] === 0;
    const above = pointed && !hidden && !rowIsHole ? rates.slice(pointed.level) : [];
    const choices = above.length > 0 ? tapChoices(above, kernel, pointed.cell) : [];
    sums.replaceChildren(
      ...choices.slice(0, MOST_SUMS).map((taps) => sumLine(above, taps, pointed.cell)),
    );
    sums.style.setProperty("--terms", above.length);
    rest.textContent =
      choices.length > MOST_SUMS ? `and ${formatCount(choices.length - MOST_SUMS)} more.` : "";
  }
  return { el: element("div", { class: "gx-paths" }, lead, sums, rest), draw };
}

// "4 = 2 · 2 + 2 · 0 + 2 · 0", the top layer's step first; each term wears the color of its tap.
function sumLine(rates, taps, cell) {
  const terms = rates.map((rate, at) =>
    element("span", {
      class: "gx-term",
      style: `border-left-color: ${tapColor(taps[at])}`,
      text: `${rate} · ${taps[at]}`,
    }),
  );
  const spaced = terms.toReversed().flatMap((term, at) => (at === 0 ? [term] : [" + ", term]));
  return element("div", { class: "gx-sum sg-mono", role: "listitem" }, `${cell} = `, ...spaced);
}

function pathWords({ rates, levels, pointed }) {
  if (!pointed)
    return "Point at a pixel or a dot: each way to it takes one tap per layer, and its steps rate · tap add up.";
  const { level, cell, row } = pointed;
  if (level === rates.length) return "The output cell: all paths begin here.";
  const paths = levels[level][cell];
  const across = `column ${cell} of ${mapName(level, rates.length)}`;
  if (row === undefined)
    return paths === 0
      ? `No choice of taps adds up to ${cell}: ${across} is a hole.`
      : `${plural(paths, "choice")} of taps ${paths === 1 ? "leads" : "lead"} to ${across}:`;
  const down = levels[level][row];
  const product = `Pixel (${row}, ${cell}): row ${row} · column ${cell} = ${formatCount(down)} · ${formatCount(paths)} = ${formatCount(down * paths)}`;
  const hole = down === 0 ? row : cell;
  if (down * paths === 0) return `${product}: a hole. No choice of taps adds up to ${hole}.`;
  return `${product} ${down * paths === 1 ? "path" : "paths"}. Column ${cell}:`;
}

// Size, counts, the rule with its numbers, the common divisor, the paper's condition; what gives the holes away waits for the guess.
export function createReasons() {
  const names = ["field", "row", "square", "rule", "divisor", "wang"];
  const titles = {
    field: "field = 1 + Σ r · (k − 1)",
    row: "one row",
    square: "the square",
    rule: "why: sort the rates; each may be at most what the smaller ones fill without a gap, at first 1 column",
    divisor: "greatest common divisor",
    wang: "condition of Wang et al. 2018: M₂ ≤ K, from Mₙ = rₙ and Mᵢ = max(Mᵢ₊₁ − 2 rᵢ, 2 rᵢ − Mᵢ₊₁, rᵢ)",
  };
  const lines = names.map((name) =>
    element("dd", { class: name === "wang" ? "" : "sg-mono", "data-reason": name }),
  );
  const list = element("dl", { class: "gx-reasons" });
  names.forEach((name, at) =>
    list.append(element("div", {}, element("dt", { text: titles[name] }), lines[at])),
  );
  return {
    el: list,
    draw({ rates, kernel, hidden }) {
      const counts = writtenCounts(rates, kernel);
      const words = {
        ...counts,
        field: writtenSide(rates, kernel),
        rule: ruleWords(rates, kernel),
        divisor: divisorWords(rates),
      };
      names.forEach((name, at) => {
        lines[at].parentElement.hidden = hidden && name !== "field";
        if (name !== "wang") lines[at].textContent = words[name];
      });
      drawCondition(lines.at(-1), wangWords(rates, kernel));
    },
  };
}

function drawCondition(node, { lines, verdict, agrees }) {
  const kind = agrees === null ? "sg-note" : `sg-warning${agrees ? " sg-good" : ""}`;
  node.replaceChildren(
    ...lines.map((text) => element("div", { class: "sg-mono", text })),
    element("p", { class: kind, "data-verdict": String(agrees), text: verdict }),
  );
}

// "How many of the 13 columns are holes?"; the verdict names the typical slip.
export function createHoleQuestion({ reveal }) {
  let stack = { rates: [1], kernel: 3 };
  const guess = field({ label: "", onEnter: () => question.check() });
  const question = createQuestion({ name: "holes", inputs: [guess], judge, onReveal: reveal });

  function judge() {
    const { holes } = countField(stack.rates, stack.kernel);
    const value = parseWhole(guess.input.value);
    if (value === null)
      return {
        words: `“${guess.input.value}” is not a whole number; type one such as 4.`,
        again: true,
      };
    if (value === holes) return { words: `Right: ${plural(holes, "hole")} in a row.`, right: true };
    return {
      words: `You said ${value}, it is ${holes}. ${diagnoseHoles(stack.rates, stack.kernel, value)}`,
    };
  }

  return {
    ...question,
    draw({ rates, kernel, hidden }, predicting) {
      stack = { rates, kernel };
      guess.el.firstChild.textContent = `How many of the ${plural(fieldSide(rates, kernel), "column")} are holes?`;
      question.draw(predicting, hidden);
    },
  };
}
