// The four pictures: the image with the target outlined, p, the loss, the gradient; one pixel is marked in all of them. What is
// pointed at in the plot keeps its colors, the rest fades.
import { packedColor } from "../kit/colors.js";
import { LOSS_TOP, TARGET_COLOR, rampGradient, rampOf } from "./colors.js";
import { VOID, scorePixel } from "./core.js";
import { clamp } from "../kit/numbers.js";
import { element } from "../kit/kit.js";
import { createSurface } from "../kit/surface.js";

const VOID_GRAYS = [205, 150].map((gray) => packedColor([gray, gray, gray]));
const LEGENDS = {
  p: ["0", "0.5", "1"],
  loss: ["0", String(LOSS_TOP / 2), `${LOSS_TOP} and more`],
  gradient: ["−1", "0", "1"],
};
const TITLES = { image: "image", p: "p", loss: "loss", gradient: "gradient p − y" };

// actions: { point([row, col] | null), pin([row, col]), move(down, right, large) }
export function createMaps(widget, actions) {
  let scene = null;
  let scale = 1;
  let buffer = null;
  let image = ""; // what the image was last drawn with
  const at = (x, y) => [
    clamp(Math.floor(y / scale), 0, scene.height - 1),
    clamp(Math.floor(x / scale), 0, scene.width - 1),
  ];
  const panels = Object.keys(TITLES).map((name) => {
    const small = element("canvas");
    const surface = createSurface(widget, {
      name,
      label: `${TITLES[name]} of each pixel: arrow keys choose one, with Shift ten at once`,
      onHover: (x, y) => scene && actions.point(x === null ? null : at(x, y)),
      onPick: (x, y) => scene && actions.pin(at(x, y)),
      onMove: (down, right, large) => scene && actions.move(down, right, large),
    });
    const title = element("div", { class: "lk-title", text: TITLES[name] });
    const note = name === "image" ? element("div", { class: "lk-legend" }) : mapLegend(name);
    return {
      name,
      small,
      surface,
      note,
      el: element("div", { class: "lk-map" }, title, surface.el, note),
    };
  });
  return {
    el: element("div", { class: "lk-maps" }, ...panels.map((panel) => panel.el)),
    draw(next, width) {
      scene = next;
      scale = width / scene.width;
      buffer ??= new Uint32Array(scene.height * scene.width);
      const fresh = `${scene.key} ${scene.bin} ${scene.pixel} ${width}`;
      const same = image === fresh;
      image = fresh;
      for (const panel of panels) {
        if (panel.name === "image" && same) continue; // w and b don't change it
        if (panel.name === "image")
          panel.note.textContent = `${scene.outline.length ? "outlined" : "absent"}: ${scene.name}${scene.anyVoid ? "; striped: void" : ""}`;
        panel.el.style.width = `${width}px`;
        const hidden = scene.hidden && panel.name !== "image";
        panel.surface.draw(width, Math.round(scene.height * scale), (context, colors) =>
          hidden ? paintHidden(context, colors, width) : paint(context, panel),
        );
      }
    },
  };

  function paint(context, { name, small }) {
    const { width, height } = scene;
    if (small.width !== width || small.height !== height)
      [small.width, small.height] = [width, height];
    if (name === "image") fillImage();
    else fillMap(name);
    const bytes = new Uint8ClampedArray(buffer.buffer);
    small.getContext("2d").putImageData(new ImageData(bytes, width, height), 0, 0);
    context.imageSmoothingEnabled = false;
    context.drawImage(small, 0, 0, width * scale, height * scale);
    if (name === "image") strokeOutline(context, scene.outline, scale);
    markPixel(context, scene.pixel, scale);
  }

  function fillImage() {
    const { rgba, table, bins, bin } = scene;
    for (let k = 0; k < buffer.length; k++) {
      const color = [rgba[4 * k], rgba[4 * k + 1], rgba[4 * k + 2]];
      buffer[k] = packedColor(
        bin === null || bins.bin[table.entry[k]] === bin ? color : faded(color),
      );
    }
  }

  // Two colors per entry of the table, for y = 0 and y = 1.
  function fillMap(name) {
    const { table, labels, target, bins, bin, width, point } = scene;
    const shades = [0, 1].map((y) =>
      Uint32Array.from(table.xs, (x, k) => {
        const color = rampOf(name, mapShare(name, scorePixel(x, y, point)));
        return packedColor(bin === null || bins.bin[k] === bin ? color : faded(color));
      }),
    );
    for (let k = 0; k < buffer.length; k++) {
      const label = labels[k];
      buffer[k] =
        label === VOID
          ? VOID_GRAYS[((((k % width) + Math.floor(k / width)) / 3) | 0) % 2]
          : shades[label === target ? 1 : 0][table.entry[k]];
    }
  }
}

// Where a value stands on its ramp, from 0 to 1.
function mapShare(name, { p, loss, push }) {
  if (name === "p") return p;
  return name === "loss" ? loss / LOSS_TOP : (push + 1) / 2;
}

function faded(color) {
  return color.map((part) => Math.round(0.22 * part + 0.78 * 128));
}

function mapLegend(name) {
  const ends = LEGENDS[name].map((words) => element("span", { text: words }));
  const bar = element("div", { class: "lk-ramp", style: `background: ${rampGradient(name)}` });
  return element("div", { class: "lk-legend" }, bar, element("div", { class: "lk-ends" }, ...ends));
}

function paintHidden(context, colors, width) {
  const height = context.canvas.clientHeight || width / 1.5;
  context.fillStyle = colors.panel;
  context.fillRect(0, 0, width, height);
  context.fillStyle = colors.soft;
  context.font = "28px system-ui, sans-serif";
  context.textAlign = "center";
  context.fillText("?", width / 2, height / 2 + 10);
}

// The lines between the target and other pixels, [x0, y0, x1, y1] in pixels.
export function targetOutline(labels, height, width, target) {
  const is = (row, col) =>
    row >= 0 && col >= 0 && row < height && col < width && labels[row * width + col] === target;
  const lines = [];
  for (let row = 0; row <= height; row++)
    for (let col = 0; col <= width; col++) {
      if (is(row, col) !== is(row - 1, col)) lines.push([col, row, col + 1, row]);
      if (is(row, col) !== is(row, col - 1)) lines.push([col, row, col, row + 1]);
    }
  return lines;
}

function strokeOutline(context, lines, scale) {
  context.beginPath();
  for (const [x0, y0, x1, y1] of lines) {
    context.moveTo(x0 * scale, y0 * scale);
    context.lineTo(x1 * scale, y1 * scale);
  }
  for (const [color, wide] of [
    ["rgba(255, 255, 255, 0.9)", 3],
    [TARGET_COLOR, 1.6],
  ]) {
    context.strokeStyle = color;
    context.lineWidth = wide;
    context.stroke();
  }
}

function markPixel(context, [row, col], scale) {
  const side = Math.max(scale, 5);
  const [x, y] = [(col + 0.5) * scale - side / 2, (row + 0.5) * scale - side / 2];
  for (const [color, wide] of [
    ["#ffffff", 3.5],
    ["#000000", 1.5],
  ]) {
    context.strokeStyle = color;
    context.lineWidth = wide;
    context.strokeRect(x - 2, y - 2, side + 4, side + 4);
  }
}
