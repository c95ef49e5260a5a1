// The words and numbers around the transposed-convolution explorer's grids: the stamp's products, the gathered sum, the size formula,
// the overlap and its advice.
import { tapColor } from "../kit/colors.js";
import { formatNumber, isRounded, plural } from "../kit/numbers.js";
import { hasCell, metTerms, sizesOf, stampTerms } from "./core.js";
import { element } from "../kit/kit.js";
import { overlapAdvice, overlapSummary, sizesThatShrink } from "./words.js";

const NAMED = 6; // up to this many products stand one below the other, with the names of their cells
const inBrackets = (value) => (value < 0 ? `(${formatNumber(value)})` : formatNumber(value));
const equals = (...values) => (values.some((value) => isRounded(value)) ? "≈" : "=");

// The stamp as it lands: "4 + 2 · 3 = 10" once per tap, laid out as the kernel is; what the crop throws away says so. A cell that is
// only pointed at does not land: its products stand alone.
export function createStamp({ point }) {
  const chips = chipList("what each tap adds to the cell under it", "tx-laid-out", point);
  const caption = element("div", { class: "tx-caption" });
  const line = element("p", { class: "tx-line sg-note" });
  return {
    el: element("div", {}, caption, chips.el, line),
    draw(scene) {
      const { now, focus, before } = scene;
      const { row: i, col: j } =
        focus.scatter.grid === "input" ? focus.scatter : scene.position.cell;
      const terms = stampTerms(now, i, j);
      const landed = i === scene.position.cell.row && j === scene.position.cell.col;
      const words = (term) =>
        addition(
          term,
          landed ? before[term.row + now.padding][term.col + now.padding] : null,
          scene.hidden,
        );
      caption.textContent = `${landed ? "before + " : ""}input · weight, tap by tap`;
      chips.draw(
        now,
        terms.map((term) => ({ tap: term.tap, text: words(term) })),
        scene.pointed,
      );
      line.textContent = scatterSentence(scene);
    },
  };
}

function addition({ row, col, pixel, weight, product, inside }, before, hidden) {
  const factors = `${inBrackets(pixel)} · ${inBrackets(weight)}`;
  if (!inside) return `${factors}, cropped`;
  if (before === null)
    return `${factors} ${equals(pixel, weight, product)} ${formatNumber(product)}`;
  if (hidden(row, col)) return `? + ${factors} = ?`;
  const sum = before + product;
  return `${formatNumber(before)} + ${factors} ${equals(before, pixel, weight, sum)} ${formatNumber(sum)}`;
}

// The products that reach one output cell, each with the input cell and the tap that make it, and their sum.
export function createGathered({ point }) {
  const chips = chipList("the products that reach the output cell", "tx-listed", point);
  const sum = element("p", { class: "tx-sum sg-mono" });
  const line = element("p", { class: "tx-line sg-note" });
  return {
    el: element(
      "div",
      {},
      element("div", {
        class: "tx-caption",
        text: "input · weight, where the window meets an input cell",
      }),
      chips.el,
      sum,
      line,
    ),
    draw(scene) {
      const { now, axes, focus } = scene;
      const pointedOut =
        focus.gather.grid === "output" && hasCell(axes, focus.gather.row, focus.gather.col);
      const { row, col } = pointedOut ? focus.gather : scene.target;
      const met = metTerms(now, row, col);
      const secret = scene.hidden(row, col);
      const named = scene.most <= NAMED;
      chips.el.style.setProperty("--rows", named ? scene.most : 1); // keeps what stands below in its place
      chips.el.classList.toggle("tx-named", named);
      chips.draw(
        now,
        met.map((term) => ({
          tap: term.tap,
          text: product(term, now.kernel[0].length, secret, named),
        })),
        scene.pointed,
      );
      sum.textContent = writtenOut(`output[${row}, ${col}]`, met, secret);
      line.textContent = gatherSentence(scene, row, col, met.length);
    },
  };
}

function product({ i, j, tap, pixel, weight, product: value }, columns, secret, named) {
  const names = named
    ? `input[${i}, ${j}] · kernel[${Math.floor(tap / columns)}, ${tap % columns}] = `
    : "";
  return `${names}${inBrackets(pixel)} · ${inBrackets(weight)} ${secret ? "= ?" : `${equals(pixel, weight, value)} ${formatNumber(value)}`}`;
}

// output[1, 2] = 3 − 2 = 1: the sign of a term becomes the operator before it.
function writtenOut(name, met, secret) {
  if (secret) return `${name} = ?`;
  const total = met.reduce((sum, { product: value }) => sum + value, 0);
  const terms = met.map(({ product: value }, at) =>
    at === 0 ? formatNumber(value) : `${value < 0 ? "−" : "+"} ${formatNumber(Math.abs(value))}`,
  );
  const middle = met.length > 1 ? ` = ${terms.join(" ")}` : "";
  return `${name}${middle} ${equals(total, ...met.map(({ product: value }) => value))} ${formatNumber(total)}`;
}

// Chips in the taps' colors; pointing at one points at its tap.
function chipList(label, style, point) {
  const el = element("div", { class: `tx-terms ${style}`, role: "list", "aria-label": label });
  let chips = [];
  const chip = () => {
    const made = { cell: null };
    made.node = element("span", {
      class: "tx-term sg-mono",
      role: "listitem",
      onpointerenter: () => point(made.cell),
      onpointerleave: () => point(null),
    });
    return made;
  };
  return {
    el,
    draw({ kernel: [{ length: columns }] }, terms, pointed) {
      el.style.setProperty("--columns", columns);
      el.classList.toggle("tx-many", columns > 3);
      if (chips.length !== terms.length) {
        chips = terms.map(chip);
        el.replaceChildren(...chips.map(({ node }) => node));
      }
      terms.forEach(({ tap, text }, at) => {
        const { node } = chips[at];
        chips[at].cell = { grid: "kernel", row: Math.floor(tap / columns), col: tap % columns };
        node.textContent = text;
        node.style.borderLeftColor = tapColor(tap);
        node.dataset.lit =
          pointed?.grid === "kernel" && pointed.row * columns + pointed.col === tap;
      });
    },
  };
}

const list = (first, step, length) =>
  Array.from({ length }, (_, at) => formatNumber(first + at * step)).join(", ");

// What the scatter side shows, in words.
function scatterSentence({ now, focus: { scatter: cell }, scatter: links }) {
  const { image, kernel, stride, padding, dilation } = now;
  if (cell.grid === "kernel") {
    const weight = formatNumber(kernel[cell.row][cell.col]);
    return `kernel[${cell.row}, ${cell.col}] = ${weight} multiplies every input cell once; the products lie ${plural(stride, "cell")} apart.`;
  }
  if (cell.grid === "output") {
    const where = hasCell(sizesOf(now), cell.row, cell.col)
      ? `output[${cell.row}, ${cell.col}]`
      : "This cropped cell";
    return `${where} ${links.taps.size === 0 ? "gets no stamp: it stays 0." : `gets ${plural(links.taps.size, "stamp")}, each through another tap.`}`;
  }
  const [row, col] = [cell.row * stride - padding, cell.col * stride - padding];
  const cropped = stampTerms(now, cell.row, cell.col).filter(({ inside }) => !inside).length;
  const lost =
    cropped > 0
      ? ` The padding crops ${cropped} of its ${plural(kernel.flat().length, "product")}.`
      : "";
  return `input[${cell.row}, ${cell.col}] = ${formatNumber(image[cell.row][cell.col])} stamps ${formatNumber(image[cell.row][cell.col])} · kernel on rows ${list(row, dilation, kernel.length)} and columns ${list(col, dilation, kernel[0].length)} of the output.${lost}`;
}

// What the gather side shows, in words.
function gatherSentence(
  { now: { kernel, image }, axes, focus: { gather: cell }, gather: links },
  row,
  col,
  met,
) {
  if (cell.grid === "input") {
    const written = [...links.outputs.keys()].filter((key) =>
      hasCell(axes, ...key.split(",").map(Number)),
    ).length;
    return `input[${cell.row}, ${cell.col}] = ${formatNumber(image[cell.row][cell.col])} is read by ${plural(written, "window")}, through another tap each.`;
  }
  if (cell.grid === "output" && !hasCell(axes, cell.row, cell.col))
    return "No window gathers this cell: the padding crops it.";
  const taps = kernel.flat().length,
    zeros = taps - met;
  return `The window of output[${row}, ${col}] covers ${plural(taps, "cell")}: ${plural(met, "input cell")} and ${plural(zeros, "zero")}. The kernel lies flipped, because a stamp's first tap is a window's last.`;
}

// The size formula in symbols, then for both axes with the numbers filled in, then which sizes shrink to the input's.
export function createFormula() {
  const axis = (text) => element("span", { class: "tx-axis", text });
  const lines = ["height", "width"].map((name) => [
    axis(name),
    element("span", { class: "sg-mono", "data-axis": name }),
  ]);
  const symbols =
    "(input − 1) · stride − 2 · padding + dilation · (kernel − 1) + 1 + output_padding";
  const rows = [[axis("output"), element("span", { class: "sg-mono", text: symbols })], ...lines];
  const note = element("p", { class: "sg-note" });
  return {
    el: element(
      "div",
      { class: "sg-column", style: "gap: 2px" },
      ...rows.map((pair) => element("div", { class: "tx-formula" }, ...pair)),
      note,
    ),
    draw({ now, axes }) {
      axes.forEach((each, at) => {
        lines[at][1].textContent = numbersIn(each, now);
      });
      const shrink = axes
        .map((each, at) => sizesThatShrink(each, now, at === 0 ? "heights" : "widths"))
        .filter(Boolean);
      const chooses =
        shrink.length > 0
          ? `takes ${shrink.join(", and ")}: output_padding chooses among them.`
          : "takes one size to the input's: output_padding has nothing to choose.";
      note.textContent = axes.every(({ fits }) => fits)
        ? `A convolution with this kernel, stride, padding and dilation ${chooses}`
        : "";
    },
  };
}

function numbersIn({ input, kernel, output, fits, extra }, { stride, padding, dilation }) {
  const numbers = `(${input} − 1) · ${stride} − 2 · ${padding} + ${dilation} · (${kernel} − 1) + 1 + ${extra} = ${formatNumber(output)}`;
  return fits ? numbers : `${numbers}: nothing is left`;
}

// The map of overlap counts with what it says, for both axes and for each.
export function createOverlap(grid) {
  const summary = element("p", { role: "status" });
  const advice = ["height", "width"].map(() => element("p", { class: "sg-note" }));
  const el = element(
    "div",
    { class: "sg-panel tx-overlap" },
    grid.el,
    element("div", { class: "sg-column tx-advice" }, summary, ...advice),
  );
  return {
    el,
    draw({ now, axes }) {
      const found = axes.map(({ kernel }) => overlapAdvice(kernel, now.stride, now.dilation));
      const alike = found[0].text === found[1].text;
      summary.textContent = overlapSummary(now);
      summary.className = `sg-warning${found.every(({ even }) => even) ? " sg-good" : ""}`;
      advice[0].textContent = `${alike ? "Height and width" : "Height"}: ${found[0].text}`;
      advice[1].textContent = alike ? "" : `Width: ${found[1].text}`;
    },
  };
}
