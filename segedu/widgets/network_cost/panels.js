// What stands below the towers: the chosen layer's formulas, the totals of both designs with the verdict, and the question before them.
import { createQuestion } from "../kit/question.js";
import { scaledBytes, T4_BYTES } from "./core.js";
import { formatCount } from "../kit/numbers.js";
import { GUESSED, GUESSES, judgeGuesses, ratioOf, verdictOn } from "./designs.js";
import { stepWords, writtenRow, writtenSoFar } from "./formulas.js";
import { element, select } from "../kit/kit.js";
import { fieldWords, setText } from "./tower.js";

// "Layer 2 of this design: conv 3×3, stride 2" and its formulas in numbers.
export function createFormulas() {
  const title = element("div", { class: "sg-title", "data-words": "layer" });
  const lines = element("dl", { class: "nc-formulas" });
  const soFar = element("p", { class: "sg-note", "data-words": "so far" });
  return {
    el: element("div", { class: "nc-written" }, title, lines, soFar),
    draw(scene) {
      const { tower, at } = scene.shown;
      const { rows } = scene[tower];
      const hidden = scene.hidden && tower === "design";
      const whose = tower === "design" ? "this design" : "the design compared with";
      setText(title, `Layer ${at + 1} of ${whose}: ${stepWords(rows[at])}`);
      const written = hidden ? [] : writtenRow(rows[at], scene.conditions);
      lines.replaceChildren(
        ...written.flatMap(([name, text]) => [
          element("dt", { text: name }),
          element("dd", { class: "sg-mono", "data-formula": name, text }),
        ]),
      );
      setText(
        soFar,
        hidden
          ? "Predict first; then the numbers are written out here."
          : writtenSoFar(rows, at, scene.conditions),
      );
    },
  };
}

const LINES = [
  ["parameters", "parameters", ({ parameters }) => parameters],
  ["macs", "MACs, forward", ({ macs }) => macs],
  ["activations", "activations, bytes", ({ activationBytes }) => activationBytes],
  ["weights", "for the weights, bytes", ({ weightBytes }) => weightBytes],
  ["field", "receptive field, px", ({ field }) => field[0]],
  ["batch", "largest batch on a T4", ({ largestBatch }) => largestBatch],
];

// One line per quantity: this design, the other, how many times as much; a bar under each number.
export function createTotals() {
  const lines = LINES.map(([key, label, of]) => {
    const cells = ["design", "reference"].map((column) => {
      const text = element("span", { class: "sg-mono", "data-total": `${key} ${column}` });
      const bar = element("div", { class: "nc-share" });
      return { text, bar, td: element("td", {}, text, bar) };
    });
    const times = element("td", { class: "sg-mono", "data-total": `${key} times` });
    const name = element("th", { scope: "row", text: label });
    return {
      key,
      of,
      cells,
      times,
      name,
      tr: element("tr", {}, name, ...cells.map(({ td }) => td), times),
    };
  });
  const heads = ["", "this design", "compared with", "ratio"].map((text) =>
    element("th", { scope: "col", text }),
  );
  const verdict = element("p", { class: "nc-verdict", role: "status", "data-words": "verdict" });
  const notes = element("p", { class: "sg-note", "data-words": "notes" });
  const table = element(
    "table",
    { class: "nc-totals" },
    element("thead", {}, element("tr", {}, ...heads)),
    element("tbody", {}, ...lines.map(({ tr }) => tr)),
  );
  return {
    el: element(
      "div",
      { class: "nc-sums" },
      element("div", { class: "sg-title", text: "Totals" }),
      verdict,
      table,
      notes,
    ),
    draw({ design, reference, conditions, hidden }) {
      const sides = [design.totals, reference.totals];
      for (const { key, of, cells, times } of lines) {
        const most = Math.max(...sides.map(of), 1);
        cells.forEach(({ text, bar }, at) => {
          const secret = hidden && at === 0;
          setText(
            text,
            secret
              ? "?"
              : key === "field"
                ? fieldWords(sides[at].field)
                : formatCount(of(sides[at])),
          );
          bar.style.width = secret ? "0" : `${(100 * of(sides[at])) / most}%`;
        });
        setText(
          times,
          hidden ? "?" : of(sides[1]) === 0 ? "—" : `${ratioOf(of(sides[0]), of(sides[1]))}×`,
        );
      }
      setText(verdict, hidden ? "" : verdictOn(...sides));
      setText(notes, noteOn(design.totals, conditions, hidden));
    },
  };
}

function noteOn({ activationBytes, weightBytes }, { training }, hidden) {
  const units = "1 MB is 10⁶ bytes.";
  if (!training)
    return `${units} Inference: the largest sum of one layer's input and output; weights once, in the same format.`;
  const weights = "Per weight 16 bytes: itself, its gradient and Adam's two moments, all fp32.";
  const pass = "The backward pass takes about twice the forward pass's MACs again.";
  const sum = activationBytes + weightBytes;
  const fits = hidden || sum > T4_BYTES ? "" : `Together ${scaledBytes(sum)} of a T4's 16 GB. `;
  return `${fits}${units} ${weights} ${pass}`;
}

// "Against the other design, this one needs …": a menu and a verdict per quantity; the verdict names the reason.
export function createRatioQuestion({ reveal }) {
  let sides = null;
  const options = [["", "choose …"], ...GUESSES.map(({ name }) => [name, name])];
  const menus = GUESSED.map(({ name }) =>
    select({ label: name, options, value: "", onChange: () => {} }),
  );
  const text =
    "Compared with the other design, how much does this one take, and how far does it see?";
  const chosen = () => menus.map(({ input }) => input.value);
  const question = createQuestion({
    name: "ratios",
    above: [element("p", { text })],
    inputs: menus,
    verdicts: GUESSED.map(({ name }) => name),
    judge: () => judgeGuesses(chosen(), ...sides),
    onReveal: reveal,
  });
  return {
    ...question,
    clear() {
      menus.forEach((menu) => menu.set(""));
      question.clear();
    },
    draw({ design, reference, hidden }, predicting) {
      sides = [design.totals, reference.totals];
      question.draw(predicting, hidden);
    },
  };
}
