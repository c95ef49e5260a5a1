// Below the pictures of the sliding-window explorer: how many windows, what the loop and the dense way multiply, and the question.
import { createQuestion } from "../kit/question.js";
import { formatCount, formatNumber, parseWhole, plural } from "../kit/numbers.js";
import { costOf, diagnoseVisits, visits, writtenPositions } from "./core.js";
import { element, field } from "../kit/kit.js";
import { FRAME_COLOR } from "../kit/surface.js";

// "192 windows × 225 pixels × 3 colors × 10 classes = 1,296,000"
function writtenProduct(factors, total, secret) {
  const shown = factors
    .map(([value, what], at) => `${secret && at === 0 ? "?" : formatCount(value)} ${what}`)
    .join(" × ");
  return factors.length === 1 ? shown : `${shown} = ${secret ? "?" : formatCount(total)}`;
}

export function createCosts() {
  const places = element("span", { class: "sg-mono", "data-words": "places" });
  const lines = ["loop", "dense"].map((name) => {
    const fill = element("div", { class: "sw-cost", style: `background: ${FRAME_COLOR}` });
    const text = element("span", { class: "sg-mono", "data-cost": name });
    return {
      name,
      fill,
      text,
      el: element(
        "div",
        { class: "sw-line" },
        element("span", { class: "sw-way", text: name === "loop" ? "window loop" : "dense" }),
        element("div", { class: "sw-sum" }, text, fill),
      ),
    };
  });
  const words = element("p", { class: "sg-note", "data-words": "cost" });
  const first = element(
    "div",
    { class: "sw-line" },
    element("span", { class: "sw-way", text: "windows" }),
    places,
  );
  return {
    el: element(
      "div",
      { class: "sg-column", style: "gap: 4px" },
      element("div", { class: "sg-title", text: "What it costs" }),
      first,
      ...lines.map(({ el }) => el),
      words,
    ),
    draw({ setting, classes, macs, hidden, count, step }) {
      const cost = costOf(setting, classes.length, macs);
      const { rows, cols } = visits(setting);
      const secret = hidden && count > 0;
      const axes = [setting.height, setting.width].map((length) =>
        writtenPositions(length, setting),
      );
      const written = `${axes[0]} rows, ${axes[1]} columns: ${rows} · ${cols} = ${formatCount(count)}`;
      const none = `none: ${setting.window} pixels a side don't fit into ${setting.height} × ${setting.width}`;
      places.textContent = secret ? "? rows · ? columns = ?" : count === 0 ? none : written;
      for (const { name, fill, text } of lines) {
        text.textContent = writtenProduct(
          cost.factors[name],
          cost[name],
          secret && name === "loop",
        );
        fill.style.width = secret
          ? "0"
          : `${(100 * cost[name]) / Math.max(cost.loop, cost.dense)}%`;
      }
      words.textContent =
        count === 0
          ? ""
          : secret
            ? "Predict the number of windows first."
            : costWords(cost, count, step);
    },
  };
}

function costWords({ unit, loop, dense }, count, step) {
  const ratio = loop / dense;
  const far = ratio >= 10 ? formatCount(ratio) : formatNumber(ratio, 2);
  const so = `So far ${formatCount(step + 1)} ${step === 0 ? "window" : "windows"}: ${formatCount((loop / count) * (step + 1))} ${unit}.`;
  if (ratio > 1)
    return `${so} The whole loop takes ${far} times the ${unit} of the dense way, which computes what windows share once.`;
  if (ratio === 1) return `${so} Both ways cost the same: no two windows share anything.`;
  return `${so} The whole loop takes ${formatNumber(ratio, 3)} times the ${unit} of the dense way: with this stride it skips most places.`;
}

// "How many windows will be visited?"; the verdict names the typical slip.
export function createCountQuestion({ reveal }) {
  let setting = null;
  const guess = field({
    label: "How many windows will be visited?",
    onEnter: () => question.check(),
  });
  const question = createQuestion({ name: "windows", inputs: [guess], judge, onReveal: reveal });

  function judge() {
    const value = parseWhole(guess.input.value);
    const { count } = visits(setting);
    if (value === null)
      return {
        words: `“${guess.input.value}” is not a whole number; type one such as 48.`,
        again: true,
      };
    if (value === count) return { words: `Right: ${plural(count, "window")}.`, right: true };
    const slip = diagnoseVisits(setting, value);
    return { words: `You said ${formatCount(value)}, it is ${formatCount(count)}. ${slip}` };
  }

  return {
    ...question,
    draw(scene, predicting) {
      setting = scene.setting;
      question.draw(predicting && scene.count > 0, scene.hidden);
    },
  };
}
