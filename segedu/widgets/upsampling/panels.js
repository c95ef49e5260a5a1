// The arithmetic of one output pixel (a table of weights and products, the sum), the question, and the formulas with numbers filled in.
import { tapColor } from "../kit/colors.js";
import { formatNumber, isRounded } from "../kit/numbers.js";
import { interpolates, isWeighted } from "./core.js";
import { element } from "../kit/kit.js";
import { classId } from "./nails.js";
import { equalSign, exactNumber, placeRule, placeWords, sizeWords, tapsWords } from "./words.js";

const NARROW_TABLE = 500; // px: below, a table of four columns has room for three decimals
const bracketed = (text) => (text.startsWith("−") ? `(${text})` : text);

// One column per column that is read, one row per row; each cell "value · weight" and its product, in the color of its tap.
export function createWeightTable({ point }) {
  const body = element("div", {
    class: "up-table",
    role: "table",
    "aria-label": "weights and products",
  });
  const caption = element("div", { class: "up-caption" });
  const sum = element("p", { class: "up-sum sg-mono" });
  let drawn = "";

  function draw(scene) {
    const { setting, terms, shown, hidden, width } = scene,
      secret = hidden(shown.row, shown.col);
    const empty = terms.length === 0 || (secret && !interpolates(setting.method));
    body.hidden = caption.hidden = empty;
    if (!empty)
      drawTable(
        terms,
        secret,
        isWeighted(setting.method),
        width < NARROW_TABLE && terms.length > 4 ? 3 : 4,
      );
    caption.textContent = isWeighted(setting.method)
      ? "input · (row weight · column weight)"
      : "input · weight";
    sum.textContent = sumWords(scene, secret);
  }

  function drawTable(terms, secret, weighted, decimals) {
    const key = JSON.stringify([terms, secret, weighted, decimals]);
    if (key === drawn) return; // a cell that is replaced under the pointer would be entered again
    drawn = key;
    const columns = new Set(terms.map(({ col }) => col)).size,
      rows = terms.length / columns;
    body.style.setProperty("--columns", columns);
    const head = terms
      .slice(0, columns)
      .map(({ col, along }) => headCell("column", col, weighted ? along : 1, decimals));
    const lines = Array.from({ length: rows }, (_, at) => {
      const line = terms.slice(at * columns, (at + 1) * columns);
      return [
        headCell("row", line[0].row, weighted ? line[0].down : 1, decimals),
        ...line.map((term) => productCell(term, secret, decimals, point)),
      ];
    });
    const corner = element("span", { role: "columnheader", "aria-hidden": "true" });
    body.replaceChildren(
      ...[[corner, ...head], ...lines].map((cells) =>
        element("div", { class: "up-table-row", role: "row" }, ...cells),
      ),
    );
  }
  return { el: element("div", {}, caption, body, sum), draw };
}

function headCell(noun, at, weight, decimals) {
  return element(
    "span",
    { class: "up-head", role: noun === "row" ? "rowheader" : "columnheader" },
    element("span", { class: "up-axis-name", text: `${noun} ${formatNumber(at)}` }),
    element("span", { class: "sg-mono", text: formatNumber(weight, decimals) }),
  );
}

function productCell(term, secret, decimals, point) {
  const { pixel, weight, product, tap, cellRow, cellCol } = term;
  const words = `${formatNumber(pixel, decimals)} · ${bracketed(formatNumber(weight, decimals))}`,
    sign = [product, weight, pixel].some((value) => isRounded(value, decimals)) ? "≈" : "=";
  return element(
    "span",
    {
      class: "up-product sg-mono",
      role: "cell",
      style: `border-left-color: ${tapColor(tap)}`,
      onpointerenter: () => point({ grid: "input", row: cellRow, col: cellCol }),
      onpointerleave: () => point(null),
    },
    element("span", { class: "up-factor", text: words }),
    element("span", {
      class: "up-result",
      text: secret ? "= ?" : `${sign} ${formatNumber(product, decimals)}`,
    }),
  );
}

function sumWords({ terms, outputs, shown, labels, setting }, secret) {
  const name = `output[${shown.row}, ${shown.col}]`,
    value = outputs[shown.row][shown.col];
  if (secret) return `${name} = ?`;
  if (terms.length === 0) return `${name} = 0`;
  const written = terms
    .map(({ product }, at) =>
      at === 0
        ? exactNumber(product)
        : `${product < 0 ? "−" : "+"} ${exactNumber(Math.abs(product))}`,
    )
    .join(" ");
  const total =
    terms.length === 1
      ? exactNumber(value)
      : `${written} ${equalSign(value, ...terms.map(({ product }) => product))} ${exactNumber(value)}`;
  return `${name} = ${total}${labels && isWeighted(setting.method) ? `, rounded ${exactNumber(classId(value))}` : ""}`;
}

// The rule in symbols, then both axes of the present pixel with the numbers filled in, then the output size.
export function createPlaceFormula() {
  const line = (name, key) => {
    const text = element("span", { class: "sg-mono", "data-formula": key });
    const el = element(
      "div",
      { class: "up-formula" },
      element("span", { class: "up-axis", text: name }),
      text,
    );
    return { el, text };
  };
  const lines = {
    rule: line("rule", "rule"),
    row: line("row", "row"),
    col: line("column", "column"),
    size: line("size", "size"),
  };
  const kernel = element("p", { class: "sg-note", "data-words": "kernel" });
  return {
    el: element(
      "div",
      { class: "sg-column", style: "gap: 2px" },
      ...Object.values(lines).map(({ el }) => el),
      kernel,
    ),
    draw({ setting, shown }) {
      const reads = (axis, i) =>
        interpolates(setting.method) ? `: ${tapsWords(setting, axis, i)}` : "";
      lines.rule.text.textContent = placeRule(setting);
      lines.row.text.textContent = `${placeWords(setting, 0, shown.row)}${reads(0, shown.row)}`;
      lines.col.text.textContent = `${placeWords(setting, 1, shown.col)}${reads(1, shown.col)}`;
      lines.size.text.textContent = `height ${sizeWords(setting, 0)}; width ${sizeWords(setting, 1)}`;
      kernel.textContent = kernelWords(setting.method);
    },
  };
}

function kernelWords(method) {
  if (method === "bilinear")
    return "An input at distance d from the place s counts 1 − d, if d < 1.";
  if (method === "bicubic")
    return "An input at distance d counts 1.25 d³ − 2.25 d² + 1 if d ≤ 1, and −0.75 (d³ − 5 d² + 8 d − 4) if 1 < d < 2: the outer weights are negative.";
  if (method === "nearest")
    return "torch's nearest takes the cell under the left edge of the output pixel; nearest-exact the one under its center. With a whole factor they agree.";
  if (method === "nearest-exact") return "The cell under the center of the output pixel.";
  return "";
}
