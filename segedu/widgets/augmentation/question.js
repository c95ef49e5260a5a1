// Predict first, then reveal: a number is guessed before the moved labels are shown.
import { createQuestion } from "../kit/question.js";
import { formatNumber, parseNumber } from "../kit/numbers.js";
import { element, field } from "../kit/kit.js";
import { shareQuestion } from "./words.js";

// actions: { reveal() }
export function createShareQuestion(actions) {
  let scene = null;
  const words = element("p", { "data-words": "question" });
  const guess = field({ label: "percent", onEnter: () => question.check() });
  guess.input.setAttribute("aria-label", "your guess in percent");
  const question = createQuestion({
    name: "labels",
    above: [words],
    inputs: [guess],
    judge,
    answer: () => ({ words: `It is ${percent(shareQuestion(scene).answer)}.` }),
    onReveal: actions.reveal,
  });

  function judge() {
    const value = parseNumber(guess.input.value.replace("%", ""));
    if (value === null) return { words: "Type a number of percent, for example 7.5.", again: true };
    const { answer } = shareQuestion(scene);
    const off = Math.abs(value - answer);
    let grade = "Not yet the right picture";
    if (off <= Math.max(2, answer / 2)) grade = "Close";
    if (off <= 0.5) grade = "Right";
    return {
      words: `${grade}: you said ${percent(value)}, it is ${percent(answer)}.`,
      right: grade === "Right",
    };
  }

  return {
    ...question,
    draw(next, asked) {
      scene = next;
      question.draw(asked, scene.hidden);
      if (!asked) return;
      const { words: text } = shareQuestion(scene);
      if (words.textContent !== text) words.textContent = text;
    },
  };
}

const percent = (value) => `${formatNumber(value, 1)} %`;
