// One pixel in numbers: a magnified window of label values around it, and what its own number says: class, instance, panoptic id, one-hot, blend.
import { inkOn, rgbOf } from "../kit/colors.js";
import { VOID, blendPart, cropOf, hatchGray, oneHot, panopticId, windowAround } from "./core.js";
import { plural } from "../kit/numbers.js";
import { createGrid } from "../kit/grid.js";
import { element, select } from "../kit/kit.js";
import { idText, nameOf } from "./list.js";
import { colorShown, plainOpacity } from "./stage.js";

const WINDOW_ROWS = 7;
const WINDOW_COLS = { semantic: 9, instance: 9, panoptic: 7 }; // panoptic ids are long
const LONGEST_VECTOR = 32;
const CHANNELS = ["red", "green", "blue"];

export const windowOf = ({ middle, height, width, mode }) =>
  windowAround(middle[0], middle[1], height, width, WINDOW_ROWS, WINDOW_COLS[mode]);

export const rgbAt = ({ opened }, at) => [...opened.image.slice(4 * at, 4 * at + 3)];

// actions: { pointInGrid([row, col] | null), pin([row, col]) }
export function createNumbers(widget, actions) {
  let scene = null;
  let place = null;
  let kind = "labels";
  const inImage = (cell) => [place.top + cell.row, place.left + cell.col];
  const grid = createGrid(widget, {
    name: "numbers",
    label: "Numbers around the pixel: arrow keys choose one, Enter moves the window there",
    onHover: (cell) => actions.pointInGrid(cell && inImage(cell)),
    onPress: (cell) => actions.pin(inImage(cell)),
    start: () => ({ row: scene.middle[0] - place.top, col: scene.middle[1] - place.left }),
  });
  const choice = select({
    label: "numbers",
    options: [["labels", "labels"], ...CHANNELS.map((name) => [name, name])],
    value: kind,
    onChange: (value) => {
      kind = value;
      if (scene) draw(scene);
    },
  });
  const words = element("p", { class: "sg-note", "data-words": "window" });
  const title = element("div", { class: "sg-title" });
  let width = 300;

  function draw(next, nextWidth = width) {
    scene = next;
    place = windowOf(scene);
    width = nextWidth;
    const shown = scene.maps ? kind : kind === "labels" ? "red" : kind;
    choice.set(shown);
    title.textContent = titleOf(scene, shown);
    const at = (row, col) => (place.top + row) * scene.width + place.left + col;
    const [row, col] = [scene.pixel[0] - place.top, scene.pixel[1] - place.left];
    grid.draw({
      rows: place.rows,
      cols: place.cols,
      size: Math.min(44, Math.floor((width - 2) / WINDOW_COLS[scene.mode])),
      cell: (r, c) => cellOf(scene, shown, at(r, c)),
      frames: [{ row, col, rows: 1, cols: 1, width: 3 }],
    });
    words.textContent = windowWords(scene, place);
  }
  return {
    el: element(
      "div",
      {},
      element("div", { class: "sg-row ov-head" }, title, choice.el),
      grid.el,
      words,
    ),
    draw,
  };
}

function titleOf({ mode }, kind) {
  if (kind !== "labels") return `${kind}, 0 to 255`;
  return { semantic: "Class numbers", instance: "Instance numbers", panoptic: "Panoptic ids" }[
    mode
  ];
}

function cellOf(scene, kind, at) {
  const { maps, mode, opened } = scene;
  if (kind !== "labels") {
    const channel = CHANNELS.indexOf(kind);
    const value = opened.image[4 * at + channel];
    const color = [0, 1, 2].map((part) =>
      (part === channel ? value : 0).toString(16).padStart(2, "0"),
    );
    return { text: String(value), color: `#${color.join("")}`, words: `${kind} ${value}` };
  }
  const id = maps.ids(mode)[at];
  const text = {
    semantic: String(id),
    instance: String(maps.instances?.[at]),
    panoptic: ` ${id} `, // spaces keep long ids apart
  }[mode];
  const color = id < 0 ? null : colorShown(id, scene);
  return {
    text,
    color,
    kind: color ? "plain" : "hole",
    words: `${nameOf(scene, maps.labels[at])}: ${text.trim()}`,
  };
}

function windowWords(scene, place) {
  const { maps, width } = scene;
  const span = `Rows ${place.top} to ${place.top + place.rows - 1}, columns ${place.left} to ${place.left + place.cols - 1}`;
  if (!maps) return `${span}.`;
  const counts = new Map();
  for (const label of cropOf(maps.labels, place, width).flat())
    counts.set(label, (counts.get(label) ?? 0) + 1);
  const parts = [...counts]
    .sort(([one], [two]) => one - two)
    .map(([label, count]) => `${nameOf(scene, label)} ${count}`);
  return `${span} hold ${plural(place.rows * place.cols, "pixel")}: ${parts.join(", ")}.`;
}

// The facts of the chosen pixel as a list of name and value.
export function createFacts() {
  const values = {};
  const vector = element("span", { class: "ov-vector sg-mono", "data-fact": "one-hot" });
  const list = element("dl", { class: "ov-facts" });
  const fact = (name, value) => {
    const node = value ?? element("span", { "data-fact": name, class: "sg-mono" });
    const [dt, dd] = [element("dt", { text: name }), element("dd", {}, node)];
    list.append(dt, dd);
    values[name] = { node, dt, dd };
  };
  for (const name of ["pixel", "RGB", "class", "instance", "panoptic id"]) fact(name);
  fact("one-hot", vector);
  for (const name of ["blend", "predicted"]) fact(name);

  function put(name, text) {
    const { node, dt, dd } = values[name];
    dt.hidden = dd.hidden = text === null;
    if (node !== vector) node.textContent = text ?? "";
  }

  function draw(scene) {
    const { maps, opened, at, pixel } = scene;
    put("pixel", `row ${pixel[0]}, column ${pixel[1]}`);
    put("RGB", tuple(rgbAt(scene, at)));
    const label = maps ? maps.labels[at] : null;
    put("class", maps && classText(scene, label));
    const numbered = maps && Boolean(maps.instances);
    put("instance", numbered ? (scene.secret ? "?" : instanceText(scene, label)) : null);
    put(
      "panoptic id",
      numbered
        ? scene.secret
          ? "?"
          : idText(label, panopticId(label, maps.instances[at]) % 1000)
        : null,
    );
    put("one-hot", maps ? "" : null);
    if (maps) drawVector(vector, label, scene);
    put("blend", maps && blendText(scene));
    const predicted = maps && opened.prediction && !scene.drawn ? predictedText(scene) : null;
    put("predicted", predicted);
  }
  return {
    el: element("div", {}, element("div", { class: "sg-title", text: "The chosen pixel" }), list),
    draw,
  };
}

const tuple = (parts) => `(${parts.join(",\u00a0")})`; // stays on one line

function classText(scene, label) {
  if (label === VOID) return `${label}, void: no loss and no score counts it`;
  return `${label}, ${scene.classes[label]}`;
}

function instanceText({ maps, at, classes, things }, label) {
  const number = maps.instances[at];
  if (label === VOID) return "0, void";
  const all = maps.list.filter((one) => one.label === label).length;
  if (number > 0) return `${number}, one of ${all} of class ${classes[label]}`;
  return things.has(label) ? "0, not numbered" : `0, ${classes[label]} is stuff`;
}

function drawVector(node, label, { classes, colors }) {
  const values = oneHot(label, classes.length);
  if (values.length > LONGEST_VECTOR) {
    node.textContent =
      label === VOID ? `${values.length} zeros` : `1 in place ${label}, ${values.length - 1} zeros`;
    return;
  }
  const cells = values.map((value, channel) =>
    element("span", {
      text: String(value),
      title: classes[channel],
      style: value ? `background: ${colors[channel]}; color: ${inkOn(colors[channel])}` : "",
    }),
  );
  node.replaceChildren("[", ...cells.flatMap((cell, at) => (at ? [", ", cell] : [cell])), "]");
}

// What lies over the chosen pixel: { color: [r, g, b], opacity }, null where nothing does.
export function paintAt(scene) {
  const id = scene.maps.ids(scene.mode)[scene.at];
  const opacity = plainOpacity(id, scene);
  if (opacity === 0) return null;
  const color = colorShown(id, scene);
  const gray = hatchGray(...scene.pixel);
  return { opacity, color: color ? rgbOf(color) : [gray, gray, gray] };
}

function blendText(scene) {
  const image = rgbAt(scene, scene.at);
  const paint = paintAt(scene);
  if (!paint) return `the image alone: ${tuple(image)}`;
  const share = Number(paint.opacity.toFixed(3));
  const mixed = image.map((part, at) => blendPart(part, paint.color[at], paint.opacity));
  return `${Number((1 - share).toFixed(3))} · ${tuple(image)} + ${share} · ${tuple(paint.color)} = ${tuple(mixed)}`;
}

function predictedText(scene) {
  const [said, truth] = [scene.opened.prediction[scene.at], scene.opened.truth[scene.at]];
  const verdict = truth === VOID ? "not judged: void" : said === truth ? "right" : "wrong";
  return `${said}, ${nameOf(scene, said)}: ${verdict}`;
}
