// The mean loss over w and b as bands of color, brighter is lower, with the path of the descent, the shown and the best point.
import { packedColor } from "../kit/colors.js";
import { PATH_COLOR, rampOf } from "./colors.js";
import { LIMIT, limitedPoint } from "./core.js";
import { clamp, formatNumber } from "../kit/numbers.js";
import { element } from "../kit/kit.js";
import { createSurface } from "../kit/surface.js";

const MARGIN = { left: 30, right: 8, top: 6, bottom: 32 };
const HEIGHT = 268;
const BANDS = 14;

// actions: { change(point), announce(words) }
export function createLossSurface(widget, actions) {
  let scene = null;
  let width = 0;
  let painted = { key: "", canvas: null };
  const { left, right, top, bottom } = MARGIN;
  const across = () => width - left - right;
  const down = HEIGHT - top - bottom;
  const place = ([w, b]) => [
    left + ((w + LIMIT) / (2 * LIMIT)) * across(),
    top + ((LIMIT - b) / (2 * LIMIT)) * down,
  ];
  const tenth = (value) => Math.round(value * 10) / 10;
  const pointAt = (x, y) =>
    limitedPoint([
      tenth(((x - left) / across()) * 2 * LIMIT - LIMIT),
      tenth(LIMIT - ((y - top) / down) * 2 * LIMIT),
    ]);
  const surface = createSurface(widget, {
    name: "surface",
    label: "The mean loss over w and b: left and right change w, up and down b, more with Shift",
    onPick: (x, y) => scene && actions.change(pointAt(x, y)),
    onMove: (south, east, large) => {
      const by = large ? 1 : 0.1;
      const to = limitedPoint([scene.point[0] + east * by, scene.point[1] - south * by]);
      actions.change(to);
      actions.announce(`w ${formatNumber(to[0], 2)}, b ${formatNumber(to[1], 2)}`);
    },
  });
  return {
    el: surface.el,
    draw(next, wide, key) {
      scene = next;
      width = wide;
      if (painted.key !== key) painted = { key: "", canvas: null };
      if (!painted.canvas && scene.surface) painted = { key, canvas: paintBands(scene.surface) };
      surface.draw(width, HEIGHT, (context, colors) => paint(context, colors));
    },
  };

  function paint(context, colors) {
    context.fillStyle = colors.panel;
    context.fillRect(left, top, across(), down);
    if (!scene.hidden && painted.canvas) {
      context.imageSmoothingEnabled = true;
      context.drawImage(painted.canvas, left, top, across(), down);
    }
    paintAxes(context, colors);
    if (scene.hidden) return;
    context.save();
    context.beginPath();
    context.rect(left, top, across(), down);
    context.clip();
    paintPath(context);
    if (scene.best) star(context, ...place(scene.best.point));
    context.restore();
    paintPoint(context);
  }

  function paintAxes(context, colors) {
    context.fillStyle = colors.soft;
    context.strokeStyle = colors.line;
    context.font = "11px system-ui, sans-serif";
    context.strokeRect(left - 0.5, top - 0.5, across() + 1, down + 1);
    for (const at of [-10, -5, 0, 5, 10]) {
      const [x, y] = place([at, at]);
      context.textAlign = "center";
      context.fillText(formatNumber(at), x, top + down + 14);
      context.textAlign = "right";
      context.fillText(formatNumber(at), left - 4, y + 4);
    }
    context.textAlign = "center";
    context.fillText("w", left + across() / 2, top + down + 27);
    context.fillText("b", 5, top + down / 2 - 14);
  }

  function paintPath(context) {
    const spots = scene.path.map(({ point }) => place(point.map((one) => clamp(one, -1e4, 1e4))));
    for (const [color, wide] of [
      ["#000000", 3.5],
      [PATH_COLOR, 2],
    ]) {
      context.strokeStyle = context.fillStyle = color;
      context.lineWidth = wide;
      context.beginPath();
      spots.forEach(([x, y], at) => (at ? context.lineTo(x, y) : context.moveTo(x, y)));
      context.stroke();
    }
    context.beginPath();
    for (const [x, y] of spots) {
      context.moveTo(x, y);
      context.arc(x, y, 2.4, 0, 2 * Math.PI);
    }
    context.fill();
  }

  // The shown point; beyond the axes a hollow mark on the border, where it left.
  function paintPoint(context) {
    const inside = scene.point.every((one) => Math.abs(one) <= LIMIT);
    const [x, y] = place(scene.point.map((one) => clamp(one, -LIMIT, LIMIT)));
    context.beginPath();
    context.arc(x, y, 6.5, 0, 2 * Math.PI);
    context.fillStyle = inside ? "#ffffff" : "rgba(255, 255, 255, 0.4)";
    context.fill();
    context.strokeStyle = "#000000";
    context.lineWidth = 2;
    context.setLineDash(inside ? [] : [3, 2]);
    context.stroke();
    context.setLineDash([]);
  }
}

function star(context, x, y) {
  context.beginPath();
  for (let at = 0; at < 10; at++) {
    const radius = at % 2 ? 3.6 : 9;
    const angle = (at * Math.PI) / 5 - Math.PI / 2;
    context.lineTo(x + radius * Math.cos(angle), y + radius * Math.sin(angle));
  }
  context.closePath();
  context.fillStyle = "#ffffff";
  context.strokeStyle = "#000000";
  context.lineWidth = 1.5;
  context.fill();
  context.stroke();
}

// Bands of equal steps of the logarithm, at four times the grid's resolution; the first row of the picture is the largest b.
function paintBands({ side, values }) {
  const fine = 4 * (side - 1) + 1;
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const shades = Array.from({ length: BANDS }, (_, at) =>
    packedColor(rampOf("surface", at / (BANDS - 1))),
  );
  const pixels = new Uint32Array(fine * fine);
  for (let row = 0; row < fine; row++)
    for (let col = 0; col < fine; col++) {
      const value = bilinear(values, side, (fine - 1 - row) / 4, col / 4);
      const band = Math.floor(((value - low) / (high - low || 1)) * BANDS);
      pixels[row * fine + col] = shades[clamp(band, 0, BANDS - 1)];
    }
  const canvas = element("canvas", { width: fine, height: fine });
  canvas
    .getContext("2d")
    .putImageData(new ImageData(new Uint8ClampedArray(pixels.buffer), fine, fine), 0, 0);
  return canvas;
}

function bilinear(values, side, row, col) {
  const [r, c] = [Math.min(Math.floor(row), side - 2), Math.min(Math.floor(col), side - 2)];
  const [down, right] = [row - r, col - c];
  const at = r * side + c;
  const upper = values[at] * (1 - right) + values[at + 1] * right;
  return (
    upper * (1 - down) + (values[at + side] * (1 - right) + values[at + side + 1] * right) * down
  );
}
