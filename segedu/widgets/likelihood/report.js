// What may follow the pictures by a frame: the gradient's sums, the scores, the bars of the classes, remarks in words.
import { VOID, classLikelihoods, scoresOf } from "./core.js";
import { element } from "../kit/kit.js";
import { createClassBars, createLines, createTable } from "./panels.js";
import { descentWords, productWords, remarksOn, writtenGradient } from "./words.js";
import { formatDigits } from "../kit/numbers.js";

export function createReport({ take }) {
  const gradient = createLines("gradient", "The slopes of the mean loss, and one step down");
  const table = createTable({ take });
  const bars = createClassBars();
  const descent = element("p", { class: "sg-note lk-descent", "data-words": "descent" });
  const product = element("p", { class: "sg-note lk-product", "data-words": "product" });
  const remarks = element("div", { class: "lk-remarks", role: "status", "data-words": "remarks" });
  const title = element("div", { class: "sg-title", text: "What is this curve worth?" });
  return {
    gradient: gradient.el,
    descent,
    remarks,
    worth: element(
      "div",
      { class: "sg-panel lk-two lk-worth" },
      element("div", {}, title, table.el, product),
      bars.el,
    ),
    // Returns what the question is judged by.
    draw(scene) {
      const {
        table: counts,
        point,
        path,
        rate,
        hidden,
        name,
        target,
        classes,
        label,
        here,
        best,
        majority,
      } = scene;
      const said = scoresOf(counts, point);
      const rows = classLikelihoods(counts, point);
      gradient.draw(hidden ? [] : writtenGradient(said, point, rate, name));
      table.draw({ said, majority, best, hidden, words: rowWords(scene) });
      bars.draw(rows, target, classes, hidden);
      product.textContent = hidden ? "" : productWords(said);
      descent.textContent = hidden ? "" : descentWords(counts, path, rate, best);
      const pixel = label === VOID ? null : here;
      const odd = hidden
        ? []
        : remarksOn({ table: counts, said, point, target, classes, best, pixel });
      remarks.replaceChildren(
        ...odd.map(([about, text]) =>
          element("p", { class: "sg-warning", "data-about": about, text }),
        ),
      );
      return { rows, said, target, classes };
    },
  };
}

function rowWords({ point, majority, best }) {
  const pair = ([w, b]) => `w ${formatDigits(w)}, b ${formatDigits(b)}`;
  return {
    here: pair(point),
    majority: majority.share === null ? "" : `p = ${formatDigits(majority.share)}, its share`,
    best: best ? pair(best.point) : "none: see the remark",
  };
}
