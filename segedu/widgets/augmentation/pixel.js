// Where the chosen output pixel looks, written out: center, field, matrix, mirror; then its four neighbors with weights, the color and the label.
import { GRAY, inverseMatrix, mixOf, nearestAt, neighborsAt, roundEven } from "./core.js";
import { outputReaders } from "./core_count.js";
import { formatNumber } from "../kit/numbers.js";
import { element } from "../kit/kit.js";
import { labelName } from "./words.js";

const LOOKUP_LINES = ["start", "bend", "x", "y", "place", "mirror", "image", "label", "source"];

export function createLookup() {
  const lines = Object.fromEntries(
    LOOKUP_LINES.map((name) => [
      name,
      element("p", { class: "sg-mono au-line", "data-line": name }),
    ]),
  );
  const rows = [0, 1, 2, 3].map(() => {
    const swatch = element("span", { class: "au-swatch" });
    const cells = ["place", "weight", "color", "label"].map((name) =>
      element("td", { class: "sg-mono", "data-cell": name }),
    );
    return { el: element("tr", {}, element("td", {}, swatch), ...cells), swatch, cells };
  });
  const heads = ["", "row, column", "weight", "red, green, blue", "label"].map((text) =>
    element("th", { text }),
  );
  const table = element(
    "table",
    { class: "au-table" },
    element("thead", {}, element("tr", {}, ...heads)),
    element("tbody", {}, ...rows.map(({ el }) => el)),
  );
  const { image, label, source, ...before } = lines;
  const el = element(
    "div",
    { class: "au-lookup" },
    element("div", { class: "sg-title", text: "Where this output pixel looks" }),
    ...Object.values(before),
    table,
    image,
    label,
    source,
  );
  return {
    el,
    draw(scene) {
      for (const cell of [heads.at(-1), ...rows.map(({ cells }) => cells.at(-1))])
        cell.hidden = !scene.labeled;
      const said = lookupWords(scene);
      for (const name of LOOKUP_LINES) {
        lines[name].hidden = !said[name];
        const text = said[name]?.replaceAll(" = ", "\u00a0=\u00a0"); // no line begins with a result
        if (text && lines[name].textContent !== text) lines[name].textContent = text;
      }
      neighborRows(scene).forEach(({ color, texts }, at) => {
        rows[at].swatch.style.background = `rgb(${color.join(", ")})`;
        texts.forEach((text, cell) => {
          rows[at].cells[cell].textContent = text;
        });
      });
    },
  };
}

const two = (value) => formatNumber(value, 2);
const three = (value) => formatNumber(value, 3);
const signedText = (value) => (value < 0 ? `− ${two(-value)}` : `+ ${two(value)}`);
const bracket = (value) => (value < -0.005 ? `(${two(value)})` : two(value));

// What stands in each line; an empty one is left out.
export function lookupWords(scene) {
  const { result, size, pixel, at, setting } = scene;
  const [height, width] = size;
  const [row, col] = pixel;
  const [midX, midY] = [(width - 1) / 2, (height - 1) / 2];
  let [x, y] = [col - midX, row - midY];
  const said = {
    start: `output row ${row}, column ${col}; from the center x = ${col} − ${midX} = ${two(x)}, y = ${row} − ${midY} = ${two(y)}`,
  };
  if (setting.elastic > 0) {
    const [dx, dy] = [setting.elastic * result.field.x[at], setting.elastic * result.field.y[at]];
    said.bend = `bent: x = ${two(x)} ${signedText(dx)} = ${two(x + dx)}, y = ${two(y)} ${signedText(dy)} = ${two(y + dy)}`;
    [x, y] = [x + dx, y + dy];
  }
  const matrix = inverseMatrix(setting);
  const line = (name, [a, b, c]) =>
    `${name}′ = ${three(a)} · ${bracket(x)} + ${b < -0.0005 ? `(${three(b)})` : three(b)} · ${bracket(y)} ${signedText(c)} = ${two(a * x + b * y + c)}`;
  said.x = line("x", matrix[0]);
  said.y = line("y", matrix[1]);
  said.place = `source row ${midY} ${signedText(result.table.y[at] - midY)} = ${two(result.table.y[at])}, column ${midX} ${signedText(result.table.x[at] - midX)} = ${two(result.table.x[at])}`;
  said.mirror = mirrorWords(scene);
  said.image = imageLine(scene);
  if (scene.labeled) said.label = labelLine(scene);
  if (scene.sourcePixel) said.source = sourceWords(scene);
  return said;
}

function mirrorWords({ result, setting, size: [height, width], at }) {
  const parts = [];
  if (setting.flip_up_down)
    parts.push(
      `row ${height - 1} − ${bracket(result.table.y[at])} = ${two(height - 1 - result.table.y[at])}`,
    );
  if (setting.flip_left_right)
    parts.push(
      `column ${width - 1} − ${bracket(result.table.x[at])} = ${two(width - 1 - result.table.x[at])}`,
    );
  return parts.length ? `flipped: ${parts.join(", ")}` : "";
}

const colorAt = (image, index) => {
  const area = image.length / 3;
  return [0, 1, 2].map((plane) =>
    Math.round(255 * (index < 0 ? GRAY : image[plane * area + index])),
  );
};

function imageLine({ result, at, size }) {
  const found = neighborsAt(result.table, at, result.flip, size);
  const reds = found.map(({ index }) => colorAt(result.source, index)[0]);
  const moved = [0, 1, 2].map((plane) =>
    Math.round(255 * result.moved[plane * result.right.length + at]),
  );
  const now = colorAt(result.image, at);
  const recolored = now.join() === moved.join() ? "" : `, recolored (${now.join(", ")})`;
  return `image: red = ${mixWords(found, reds, 255 * GRAY)} ≈ ${moved[0]}; all three (${moved.join(", ")})${recolored}`;
}

// "0.6 · 12 + 0.4 · 20"; at the border "0.7 · (0.6 · 12 + 0.1 · 20) + 0.3 · 255".
function mixWords(neighbors, values, fill) {
  const inside = [...neighbors.keys()].filter((at) => neighbors[at].index >= 0);
  const terms = inside.map((at) => `${three(neighbors[at].weight)} · ${values[at]}`).join(" + ");
  const { within } = mixOf(neighbors, values, fill);
  if (inside.length === 4) return terms;
  return inside.length
    ? `${three(within)} · (${terms}) + ${three(1 - within)} · ${fill}`
    : `fill ${fill}`;
}

function labelLine({ result, at, size, classes, setting, pixel, hidden }) {
  if (hidden) return "label: guess first";
  const name = labelName(classes, result.made[at]);
  if (setting.mistake === "left behind")
    return `label: left behind, row ${pixel[0]}, column ${pixel[1]}: ${name}`;
  if (setting.mistake === "bilinear") {
    const found = neighborsAt(result.table, at, result.flip, size);
    const labels = found.map(({ index }) => result.labels[index]);
    const { filled } = mixOf(found, labels, result.fill);
    const invented = result.wrong[at] ? "; none of the four says so" : "";
    return `label: ${mixWords(found, labels, result.fill)} = ${three(filled)}, rounded ${roundEven(filled)}: ${name}${invented}`;
  }
  const { row, col, index } = nearestAt(result.labelTable, at, result.labelFlip, size);
  const own = setting.mistake === "two draws" ? "its own draw looks at" : "the nearest is";
  if (index < 0)
    return `label: ${own} row ${row}, column ${col}, outside of the source: filled with ${name}`;
  return `label: ${own} row ${row}, column ${col}: ${name}`;
}

function sourceWords({ sourcePixel, result }) {
  const readers = outputReaders(sourcePixel, result).length;
  return `source row ${sourcePixel[0]}, column ${sourcePixel[1]}: ${readers === 0 ? "no output pixel reads" : `${readers} output pixel${readers === 1 ? " reads" : "s read"}`} it`;
}

function neighborRows({ result, at, size, classes, labeled }) {
  return neighborsAt(result.table, at, result.flip, size).map(({ row, col, weight, index }) => {
    const color = colorAt(result.source, index);
    const place = `${formatNumber(row)}, ${formatNumber(col)}`;
    const label = !labeled
      ? ""
      : index < 0
        ? labelName(classes, result.fill)
        : labelName(classes, result.labels[index]);
    return {
      color,
      texts: [index < 0 ? `${place} outside` : place, three(weight), color.join(", "), label],
    };
  });
}
