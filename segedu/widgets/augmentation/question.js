// Predict first, then reveal: a number is guessed before the moved labels are shown.
import { formatNumber, parseNumber } from "../kit/numbers.js";
import { button, element, field } from "../kit/kit.js";
import { augmentationQuestion } from "./words.js";

// actions: { reveal() }
export function createAugmentationQuestion(actions) {
  let scene = null;
  const words = element("p", { "data-words": "question" });
  const guess = field({ label: "percent", onEnter: judge });
  guess.input.setAttribute("aria-label", "your guess in percent");
  const said = element("p", { class: "sg-note", role: "status", "data-words": "answer" });
  const reveal = button("Reveal", () => show(""));
  const check = button("Check", () => judge(guess.input.value));
  const el = element(
    "div",
    { class: "sg-column au-question" },
    words,
    element("div", { class: "sg-row" }, guess.el, check, reveal),
    said,
  );

  function judge(text) {
    const number = parseNumber(text.replace("%", ""));
    if (number === null) {
      said.textContent = "Type a number of percent, for example 7.5.";
      return;
    }
    const { answer } = augmentationQuestion(scene);
    const off = Math.abs(number - answer);
    const grade = off <= 0.5 ? "Right" : off <= Math.max(2, answer / 2) ? "Close" : "Not yet the right picture";
    show(`${grade}: you said ${formatNumber(number, 1)} %, it is ${formatNumber(answer, 1)} %.`);
  }

  function show(answer) {
    said.textContent = answer || `It is ${formatNumber(augmentationQuestion(scene).answer, 1)} %.`;
    actions.reveal();
  }

  return {
    el,
    draw(next, asked) {
      scene = next;
      el.hidden = !asked;
      if (!asked) return;
      const { words: text } = augmentationQuestion(scene);
      if (words.textContent !== text) words.textContent = text;
      reveal.disabled = check.disabled = guess.input.disabled = !scene.hidden;
    },
    clear() {
      said.textContent = "";
      guess.input.value = "";
    },
  };
}
