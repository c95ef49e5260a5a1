// The loss explorer's charts in SVG: one pixel's curves over p, and the descent over its steps. Text is in CSS px at every width.
import { TAP_COLORS } from "../kit/colors.js";
import { DESCENT_STEPS, pixelLosses } from "./core.js";
import { clamp } from "../kit/numbers.js";
import { element, svgElement } from "../kit/kit.js";
import { sigmoid } from "../kit/logistic.js";

export const OBJECT_COLOR = TAP_COLORS[4];
export const BACKGROUND_COLOR = TAP_COLORS[0];
const PIXEL_CURVES = {
  "cross-entropy": { color: "var(--sg-ink)", dash: "none", words: "cross-entropy" },
  weighted: { color: TAP_COLORS[2], dash: "7 4", words: "w · cross-entropy" },
  focal: { color: TAP_COLORS[8], dash: "2 3", words: "focal" },
};
const DESCENT_CURVES = {
  object: {
    color: OBJECT_COLOR,
    dash: "none",
    words: "p_o, at the object",
    of: ({ z }) => sigmoid(z[0]),
  },
  background: {
    color: BACKGROUND_COLOR,
    dash: "none",
    words: "p_b, at the background",
    of: ({ z }) => sigmoid(z[1]),
  },
  loss: {
    color: "var(--sg-ink)",
    dash: "2 3",
    words: "loss / loss at step 0",
    of: ({ value }, first) => value / first,
  },
  iou: { color: TAP_COLORS[2], dash: "7 4", words: "IoU of p ≥ 0.5", of: ({ iou }) => iou },
};
const DECADES = [-4, 3]; // of the pixel's charts
const MARGIN = { left: 44, right: 12, top: 8, bottom: 34 };
const PIXEL_HEIGHT = 168;
const DESCENT_HEIGHT = 204;

// The frame that both kinds share: ticks as [place 0 … 1, text], a name for each axis, and curves in a clipped plot.
function createChart(name, label, { xTicks, yTicks, xName, yName }, onPick) {
  const svg = svgElement("svg", {
    class: "lx-chart",
    role: "img",
    "aria-label": label,
    "data-chart": name,
  });
  const pick = (event) => {
    const { left, width } = svg.getBoundingClientRect();
    onPick(
      clamp((event.clientX - left - MARGIN.left) / (width - MARGIN.left - MARGIN.right), 0, 1),
    );
  };
  svg.addEventListener("pointerdown", (event) => {
    svg.setPointerCapture(event.pointerId);
    pick(event);
  });
  svg.addEventListener(
    "pointermove",
    (event) => svg.hasPointerCapture(event.pointerId) && pick(event),
  );
  const layer = { frame: svgElement("g"), curves: svgElement("g"), mark: svgElement("g") };
  svg.append(layer.frame, layer.curves, layer.mark);
  const place = { x: () => 0, y: () => 0 };
  let size = "";

  function frame(width, height) {
    if (size === `${width} ${height}`) return;
    size = `${width} ${height}`;
    const { left, right, top, bottom } = MARGIN;
    place.x = (at) => left + at * (width - left - right);
    place.y = (at) => height - bottom - at * (height - top - bottom);
    svg.setAttribute("width", width);
    svg.setAttribute("height", height);
    const line = (x1, y1, x2, y2) => svgElement("line", { class: "lx-grid", x1, y1, x2, y2 });
    const text = (x, y, anchor, words, more = {}) =>
      svgElement("text", { x, y, "text-anchor": anchor, text: words, ...more });
    layer.frame.replaceChildren(
      ...xTicks.flatMap(([at, words]) => [
        line(place.x(at), place.y(0), place.x(at), place.y(1)),
        text(place.x(at), height - bottom + 13, "middle", words),
      ]),
      ...yTicks.flatMap(([at, words]) => [
        line(place.x(0), place.y(at), place.x(1), place.y(at)),
        text(left - 5, place.y(at) + 4, "end", words),
      ]),
      text((left + width - right) / 2, height - 4, "middle", xName),
      text(0, 0, "middle", yName, {
        transform: `translate(10 ${(top + height - bottom) / 2}) rotate(-90)`,
      }),
    );
  }

  // points: [x, y] from 0 to 1; null y or one below the plot interrupts the line.
  function line(points, { color, dash }) {
    let pen = "M";
    const d = points
      .map(([x, y]) => {
        const drawn =
          y === null || y < 0
            ? ""
            : `${pen}${place.x(x).toFixed(1)} ${place.y(Math.min(y, 1)).toFixed(1)}`;
        pen = drawn ? "L" : "M";
        return drawn;
      })
      .join("");
    return svgElement("path", { class: "lx-curve", d, stroke: color, "stroke-dasharray": dash });
  }

  function mark(x, dots) {
    layer.mark.replaceChildren(
      svgElement("line", {
        class: "lx-mark",
        x1: place.x(x),
        x2: place.x(x),
        y1: place.y(0),
        y2: place.y(1),
      }),
      ...dots
        .filter(({ y }) => y !== null && y >= 0)
        .map(({ y, color, curve }) =>
          svgElement("circle", {
            class: "lx-dot",
            cx: place.x(x),
            cy: place.y(Math.min(y, 1)),
            r: 4,
            fill: color,
            "data-dot": curve,
          }),
        ),
    );
  }
  return {
    svg,
    frame,
    mark,
    curves: (lines) => layer.curves.replaceChildren(...lines.map((made) => line(...made))),
  };
}

function createLegend(curves) {
  const sample = ({ color, dash }) =>
    svgElement(
      "svg",
      { width: 26, height: 10, "aria-hidden": "true" },
      svgElement("line", {
        class: "lx-curve",
        x1: 0,
        x2: 26,
        y1: 5,
        y2: 5,
        stroke: color,
        "stroke-dasharray": dash,
      }),
    );
  const keys = Object.values(curves).map((curve) =>
    element("span", { class: "lx-key" }, sample(curve), element("span", { text: curve.words })),
  );
  return element("div", { class: "lx-legend" }, ...keys);
}

// Value and gradient of the three pixel losses over p, each line of the grid ten times the one below.
export function createPixelCharts({ pick }) {
  const decades = DECADES[1] - DECADES[0];
  const height = (value) => (value > 0 ? (Math.log10(value) - DECADES[0]) / decades : -1);
  const axes = (yName) => ({
    xTicks: [0, 0.25, 0.5, 0.75, 1].map((at) => [at, String(at)]),
    yTicks: ["0.0001", "0.001", "0.01", "0.1", "1", "10", "100", "1000"].map((words, at) => [
      at / decades,
      words,
    ]),
    xName: "p of the right class",
    yName,
  });
  const charts = {
    value: createChart(
      "value",
      "value of three losses over the probability p",
      axes("value"),
      pick,
    ),
    push: createChart(
      "push",
      "size of the gradient of three losses over the probability p",
      axes("|gradient|"),
      pick,
    ),
  };
  const box = element("div", { class: "lx-charts" }, charts.value.svg, charts.push.svg);
  const places = Array.from({ length: 99 }, (_, at) => (at + 1) / 100);
  let drawn = "";
  return {
    el: element("div", {}, box, createLegend(PIXEL_CURVES)),
    draw(p, setting, width) {
      const beside = width >= 420;
      const side = beside ? Math.floor((width - 12) / 2) : width;
      const key = `${side} ${setting.weight} ${setting.gamma}`;
      const here = pixelLosses(p, setting);
      const all = key === drawn ? null : places.map((x) => [x, pixelLosses(x, setting)]);
      drawn = key;
      for (const [kind, chart] of Object.entries(charts)) {
        chart.frame(side, PIXEL_HEIGHT);
        const lines = Object.entries(PIXEL_CURVES);
        if (all)
          chart.curves(
            lines.map(([name, look]) => [
              all.map(([x, said]) => [x, height(said[name][kind])]),
              look,
            ]),
          );
        chart.mark(
          p,
          lines.map(([name, { color }]) => ({ y: height(here[name][kind]), color, curve: name })),
        );
      }
    },
  };
}

// Both probabilities, the IoU and the loss over the steps.
export function createDescentChart({ pick }) {
  const axes = {
    xTicks: [0, 10, 20, 30, 40, 50, 60].map((step) => [step / DESCENT_STEPS, String(step)]),
    yTicks: [0, 0.25, 0.5, 0.75, 1].map((at) => [at, String(at)]),
    xName: "step of gradient descent",
    yName: "0 to 1",
  };
  const chart = createChart(
    "descent",
    "probabilities, IoU and loss over the steps of gradient descent",
    axes,
    (at) => pick(Math.round(at * DESCENT_STEPS)),
  );
  return {
    el: element("div", {}, chart.svg, createLegend(DESCENT_CURVES)),
    draw(path, step, width) {
      chart.frame(Math.min(width, 560), DESCENT_HEIGHT);
      const first = path[0].value || 1;
      const lines = Object.entries(DESCENT_CURVES);
      chart.curves(
        lines.map(([, look]) => [
          path.map((now, at) => [at / DESCENT_STEPS, look.of(now, first)]),
          look,
        ]),
      );
      chart.mark(
        step / DESCENT_STEPS,
        lines.map(([name, { color, of }]) => ({ y: of(path[step], first), color, curve: name })),
      );
    },
  };
}
