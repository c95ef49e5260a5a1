// The words and numbers around the convolution explorer's grids: the products and their sum, the question, the size formula.
import { tapColor } from "../kit/colors.js";
import { formatNumber, isRounded, plural } from "../kit/numbers.js";
import { element } from "../kit/kit.js";
import { sumOf } from "./core.js";

const factor = (value) => (value < 0 ? `(${formatNumber(value)})` : formatNumber(value));

// "3 · (−1) = −3" once per tap, laid out as the kernel is, then "output[1, 2] = −3 + 0 + … = −5".
export function createArithmetic({ point }) {
  const terms = element("div", {
    class: "cx-terms",
    role: "list",
    "aria-label": "products, one per kernel tap",
  });
  const sum = element("p", { class: "cx-sum sg-mono" });
  let chips = [],
    columns = 0;

  function build({ now: { kernel } }) {
    if (chips.length === kernel.flat().length && columns === kernel[0].length) return;
    columns = kernel[0].length;
    chips = kernel.flat().map((_, tap) => {
      const cell = { grid: "kernel", row: Math.floor(tap / columns), col: tap % columns };
      const node = element("span", {
        class: "cx-term sg-mono",
        role: "listitem",
        style: `border-left-color: ${tapColor(tap)}`,
        onpointerenter: () => point(cell),
        onpointerleave: () => point(null),
      });
      return node;
    });
    terms.style.setProperty("--columns", columns);
    terms.replaceChildren(...chips);
  }

  function draw(scene) {
    terms.hidden = sum.hidden = scene.count === 0;
    if (scene.count === 0) return;
    build(scene);
    const secret = scene.hidden(scene.shown.row, scene.shown.col),
      total = sumOf(scene.terms);
    scene.terms.forEach(({ pixel, weight, product }, tap) => {
      chips[tap].textContent =
        `${factor(pixel)} · ${factor(weight)} ${secret ? "= ?" : `${isRounded(product) || isRounded(weight) || isRounded(pixel) ? "≈" : "="} ${formatNumber(product)}`}`;
      chips[tap].dataset.lit = isPointedAt(scene, tap);
    });
    const name = `output[${scene.shown.row}, ${scene.shown.col}]`;
    sum.textContent = secret
      ? `${name} = ?`
      : `${name} = ${writtenSum(scene.terms)} ${isRounded(total) || scene.terms.some(({ product }) => isRounded(product)) ? "≈" : "="} ${formatNumber(total)}`;
  }
  return {
    el: element(
      "div",
      {},
      element("div", { class: "cx-caption", text: "input · weight, tap by tap" }),
      terms,
      sum,
    ),
    draw,
  };
}

// The product whose weight, or whose input cell, is under the pointer.
function isPointedAt({ pointed, now, terms }, tap) {
  if (pointed?.grid === "kernel") return pointed.row * now.kernel[0].length + pointed.col === tap;
  return (
    pointed?.grid === "input" && terms[tap].row === pointed.row && terms[tap].col === pointed.col
  );
}

// −3 + 0 − 2 …: the sign of a term becomes the operator before it.
function writtenSum(terms) {
  return terms
    .map(({ product }, at) =>
      at === 0
        ? formatNumber(product)
        : `${product < 0 ? "−" : "+"} ${formatNumber(Math.abs(product))}`,
    )
    .join(" ");
}

// The size formula in symbols, then for both axes with the numbers filled in, then what it costs.
export function createFormula() {
  const lines = ["height", "width"].map((name) => [
    element("span", { class: "cx-axis", text: name }),
    element("span", { class: "sg-mono", "data-axis": name }),
  ]);
  const cost = element("p", { class: "sg-note" });
  const symbols = element("span", {
    class: "sg-mono",
    text: "⌊(input + 2 · padding − dilation · (kernel − 1) − 1) / stride⌋ + 1",
  });
  const rows = [[element("span", { class: "cx-axis", text: "output" }), symbols], ...lines].map(
    (pair) => element("div", { class: "cx-formula" }, ...pair),
  );
  return {
    el: element("div", { class: "sg-column", style: "gap: 2px" }, ...rows, cost),
    draw({ now: { kernel, stride, padding, dilation }, axes, count }) {
      axes.forEach((axis, at) => {
        lines[at][1].textContent = filledIn(axis, stride, padding, dilation);
      });
      const weights = kernel.flat().length;
      cost.textContent =
        count > 0
          ? `${plural(weights, "weight")} · ${plural(count, "output cell")} = ${weights * count} multiplications.`
          : `${plural(weights, "weight")}, no output cell.`;
    },
  };
}

function filledIn({ input, kernel, padded, span: reach, output, fits }, stride, padding, dilation) {
  const numbers = `⌊(${input} + 2 · ${padding} − ${dilation} · (${kernel} − 1) − 1) / ${stride}⌋ + 1 = ⌊${formatNumber(padded - reach)} / ${stride}⌋ + 1`;
  const value = Math.floor((padded - reach) / stride) + 1;
  return fits
    ? `${numbers} = ${output}`
    : `${numbers} = ${formatNumber(value)}: no room for the kernel`;
}
