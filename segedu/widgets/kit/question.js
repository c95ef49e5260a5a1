// Predict first, then reveal: what is guessed, Check and Reveal, and a verdict that stays until clear().
//
//   const guess = field({ label: "How many windows?", onEnter: () => question.check() });
//   const question = createQuestion({ name: "windows", inputs: [guess], judge, onReveal });
//
// inputs: fields and menus, left of the buttons; above: elements and controls over them, each in a line of its own.
// judge() looks at the inputs and returns { words, right }: the verdict, after which all is revealed; with `again: true`
// the guess could not be read, and nothing is revealed. For several verdicts at once it returns a list, and `verdicts`
// names them. answer() returns what Reveal says, or nothing.
import { element } from "./elements.js";
import { button, field } from "./controls.js";
import { parseNumber } from "./numbers.js";

/**
 * @typedef {{ words: string, right?: boolean, again?: boolean }} Verdict
 * @typedef {{ el: HTMLElement, input?: HTMLInputElement | HTMLSelectElement }} Control
 * @param {{ name: string, above?: Control[], inputs?: Control[], verdicts?: (string | null)[],
 *   judge: () => Verdict | Verdict[], answer?: () => Verdict | Verdict[], onReveal: () => void }} options
 */
export function createQuestion({
  name,
  above = [],
  inputs = [],
  verdicts = [null],
  judge,
  answer,
  onReveal,
}) {
  const check = () => settle([judge()].flat());
  const reveal = () => settle([answer ? answer() : { words: "" }].flat());
  const buttons = [button("Check", check), button("Reveal", reveal)];
  const lines = verdicts.map((verdict) =>
    element("p", verdict === null ? { "data-words": "verdict" } : { "data-verdict": verdict }),
  );
  const controls = [...above, ...inputs].flatMap(({ input }) => input ?? []);
  const el = element(
    "div",
    { class: "sg-column sg-question", "data-question": name, hidden: true },
    ...above.map((part) => part.el ?? part),
    element("div", { class: "sg-row" }, ...inputs.map((control) => control.el), ...buttons),
    element("div", { class: "sg-column", role: "status" }, ...lines),
  );

  function settle(judged) {
    say(...judged);
    if (!judged.some(({ again }) => again)) onReveal();
  }

  function say(...judged) {
    lines.forEach((line, at) => {
      const { words, right } = judged[at] ?? { words: "" };
      line.textContent = words;
      line.className = words ? `sg-warning${right ? " sg-good" : ""}` : "";
    });
  }

  return {
    el,
    check,
    say,
    clear() {
      for (const input of controls) if (input.type === "text") input.value = "";
      say();
    },
    // asked: is there a question at all; open: may it still be answered.
    draw(asked, open) {
      el.hidden = !asked;
      for (const node of [...controls, ...buttons]) node.disabled = !open;
    },
  };
}

// "Your prediction for output[1, 2]": truth(cell) and diagnose(cell, value) know the number and the typical slip,
// write(number) how it is written; cells are { row, col }. Another cell empties the field and the verdict.
export function createCellQuestion({ truth, diagnose, write, onReveal }) {
  let cell = { row: 0, col: 0 };
  let asked = "";
  const guess = field({ label: "", onEnter: () => question.check() });
  const question = createQuestion({
    name: "cell",
    inputs: [guess],
    judge,
    onReveal: () => onReveal(cell),
  });

  function judge() {
    const text = guess.input.value;
    const value = parseNumber(text);
    if (value === null)
      return {
        words: `“${text}” is not a number; type a number such as −2, 0.5 or 1/9.`,
        again: true,
      };
    const number = truth(cell);
    if (Math.abs(value - number) < 0.0051)
      return { words: `Right: ${write(number)}.`, right: true };
    return { words: `You said ${write(value)}, it is ${write(number)}. ${diagnose(cell, value)}` };
  }

  return {
    ...question,
    draw(here, predicting, open) {
      question.draw(predicting, open);
      const name = `output[${here.row}, ${here.col}]`;
      guess.el.firstChild.textContent = `your prediction for ${name}`;
      if (asked !== name) question.clear();
      asked = name;
      cell = here;
    },
  };
}
