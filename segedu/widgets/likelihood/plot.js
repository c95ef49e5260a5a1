// The plot: the target's histogram hangs from p = 1, that of all others stands on p = 0, where the curve should be; the curve with
// its two handles on top, the decision boundary at p = 0.5, the place of the pixel, the bin that is pointed at.
import { OTHER_COLOR, TARGET_COLOR } from "./colors.js";
import {
  contrastBins,
  CONTRASTS,
  curveHandles,
  dragCurve,
  turnCurve,
  limitedPoint,
} from "./core.js";
import { clamp, formatNumber } from "../kit/numbers.js";
import { element, svgElement } from "../kit/kit.js";
import { sigmoid } from "../kit/logistic.js";

const MARGIN = { left: 40, right: 12, top: 8, bottom: 36 };
const HEIGHT = 268;
const BAR_SHARE = 0.42; // of the height, for the highest bar
const HANDLE_REACH = 28; // px around a handle that count as it
const CURVE_PARTS = 96;
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

// actions: { change(point) while dragging, lightBin(index | null), announce(words) }
export function createPlot(actions) {
  const layer = {
    bars: svgElement("g"),
    frame: svgElement("g"),
    bin: svgElement("rect", { class: "lk-bin", "data-part": "bin" }),
    boundary: svgElement("line", { class: "lk-boundary", "data-part": "boundary" }),
    pixel: svgElement("line", { class: "lk-place" }),
    halo: svgElement("path", { class: "lk-halo" }),
    curve: svgElement("path", { class: "lk-curve", "data-part": "curve" }),
    dot: svgElement("circle", { class: "lk-dot", r: 5, "data-part": "pixel" }),
    turn: svgElement("rect", {
      class: "lk-handle",
      width: 15,
      height: 15,
      rx: 2,
      "data-handle": "turn",
    }),
    middle: svgElement("circle", { class: "lk-handle", r: 9, "data-handle": "middle" }),
  };
  const svg = svgElement(
    "svg",
    { class: "lk-plot", "aria-hidden": "true" },
    ...Object.values(layer),
  );
  const host = element(
    "div",
    {
      class: "lk-host",
      tabindex: "0",
      role: "application",
      "data-plot": "curve",
      "aria-label":
        "The curve p of x: left and right move its middle, up and down make it steeper and flatter, more with Shift",
    },
    svg,
  );
  let scene = null;
  let bins = null;
  let drawn = "";
  let grabbed = null;
  const place = { x: () => 0, y: () => 0, toX: () => 0, toP: () => 0 };

  const spot = (event) => {
    const box = svg.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };
  const near = ([x, y]) => {
    const handles = curveHandles(scene.point, bins);
    const far = ({ x: at, z }) => Math.hypot(place.x(at) - x, place.y(sigmoid(z)) - y);
    const [one, other] = [far(handles.anchor), far(handles.turn)];
    if (Math.min(one, other) > HANDLE_REACH) return null;
    return { name: one <= other ? "middle" : "turn", handles, point: scene.point };
  };
  host.addEventListener("pointerdown", (event) => {
    if (!scene || event.button !== 0) return;
    grabbed = near(spot(event));
    if (!grabbed) return;
    host.setPointerCapture(event.pointerId);
    actions.lightBin(null);
    svg.dataset.grabbed = grabbed.name;
  });
  host.addEventListener("pointermove", (event) => {
    if (!scene) return;
    const [x, y] = spot(event);
    if (!grabbed) {
      svg.style.cursor = near([x, y]) ? "grab" : "crosshair";
      return actions.lightBin(binAt(x));
    }
    const to = dragCurve(grabbed.name, grabbed.handles, grabbed.point, place.toX(x), place.toP(y));
    if (`${to}` !== `${scene.point}`) actions.change(to);
  });
  for (const type of ["pointerup", "pointercancel"])
    host.addEventListener(type, () => {
      grabbed = null;
      delete svg.dataset.grabbed;
    });
  host.addEventListener("pointerleave", () => grabbed || actions.lightBin(null));
  host.addEventListener("keydown", (event) => {
    if (!scene || event.ctrlKey || event.metaKey || event.altKey || !ARROWS[event.key]) return;
    const [right, up] = ARROWS[event.key];
    event.preventDefault();
    const { anchor, inside } = curveHandles(scene.point, bins);
    const [w, b] = scene.point;
    const by = (event.shiftKey ? 0.05 : 0.01) * (bins.high - bins.low) * right;
    const slope = Math.round((w + (event.shiftKey ? 1 : 0.1) * up) * 100) / 100;
    const to = up
      ? turnCurve(anchor, slope)
      : limitedPoint(inside ? [w, -w * (anchor.x + by)] : [w, b - w * by]);
    actions.change(to);
    actions.announce(`w ${formatNumber(to[0], 2)}, b ${formatNumber(to[1], 2)}`);
  });

  function binAt(x) {
    const at = Math.floor((place.toX(x) - bins.low) / bins.width);
    return at >= 0 && at < bins.count ? at : null;
  }

  // Bars, ticks and names: only for another table or width.
  function drawFrame(width, key) {
    if (drawn === `${key} ${width}`) return;
    drawn = `${key} ${width}`;
    bins = contrastBins(scene.table);
    const { left, right, top, bottom } = MARGIN;
    const [across, down] = [width - left - right, HEIGHT - top - bottom];
    place.x = (x) => left + ((x - bins.low) / (bins.high - bins.low)) * across;
    place.y = (p) => top + (1 - p) * down;
    place.toX = (x) => bins.low + (clamp(x - left, 0, across) / across) * (bins.high - bins.low);
    place.toP = (y) => 1 - (y - top) / down;
    svg.setAttribute("width", width);
    svg.setAttribute("height", HEIGHT);
    layer.bars.replaceChildren(
      bars(bins.shares[0], (share) => [place.y(1), place.y(1 - share)], TARGET_COLOR, "target"),
      bars(bins.shares[1], (share) => [place.y(share), place.y(0)], OTHER_COLOR, "others"),
    );
    layer.frame.replaceChildren(...ticks(width));
  }

  function bars(shares, ends, fill, name) {
    const wide = place.x(bins.low + bins.width) - place.x(bins.low);
    const d = shares
      .map((share, at) => {
        const [from, to] = ends((BAR_SHARE * share) / (bins.top || 1));
        const x = place.x(bins.low + at * bins.width);
        return share
          ? `M${x.toFixed(1)} ${from.toFixed(1)}h${wide.toFixed(1)}V${to.toFixed(1)}h${-wide.toFixed(1)}z`
          : "";
      })
      .join("");
    return svgElement("path", { class: "lk-bars", d, fill, "data-bars": name });
  }

  function ticks(width) {
    const { left, top, bottom } = MARGIN;
    const line = (x1, y1, x2, y2) => svgElement("line", { class: "lk-grid", x1, y1, x2, y2 });
    const text = (x, y, anchor, words, more = {}) =>
      svgElement("text", { x, y, "text-anchor": anchor, text: words, ...more });
    const end = place.x(bins.high);
    const range = bins.high - bins.low;
    const by = [0.2, 0.5, 1, 2, 5].find((step) => range / step <= 9) ?? 5;
    const at = [];
    for (let x = Math.ceil(bins.low / by); x * by <= bins.high; x++) at.push(x * by);
    return [
      ...[0, 0.25, 0.5, 0.75, 1].flatMap((p) => [
        line(left, place.y(p), end, place.y(p)),
        text(left - 5, place.y(p) + 4, "end", String(p)),
      ]),
      ...at.flatMap((x) => [
        line(place.x(x), place.y(0), place.x(x), place.y(0) + 4),
        text(place.x(x), HEIGHT - bottom + 16, "middle", formatNumber(x, 1)),
      ]),
      text(
        (left + end) / 2,
        HEIGHT - 4,
        "middle",
        `x = ${CONTRASTS[scene.feature].words}`,
        width < 360 ? { class: "lk-narrow" } : {},
      ),
      text(0, 0, "middle", "p", {
        transform: `translate(9 ${(top + HEIGHT - bottom) / 2}) rotate(-90)`,
      }),
    ];
  }

  return {
    el: host,
    bins: () => bins,
    draw(next, width, key) {
      scene = next;
      drawFrame(width, key);
      const [w, b] = scene.point;
      const step = (bins.high - bins.low) / CURVE_PARTS;
      let d = "";
      for (let at = 0; at <= CURVE_PARTS; at++) {
        const x = bins.low + at * step;
        d += `${at ? "L" : "M"}${place.x(x).toFixed(1)} ${place.y(sigmoid(w * x + b)).toFixed(1)}`;
      }
      layer.curve.setAttribute("d", d);
      layer.halo.setAttribute("d", d);
      const { inside, anchor, turn } = curveHandles(scene.point, bins);
      setAll(layer.middle, { cx: place.x(anchor.x), cy: place.y(sigmoid(anchor.z)) });
      setAll(layer.turn, { x: place.x(turn.x) - 7.5, y: place.y(sigmoid(turn.z)) - 7.5 });
      const line = (node, x) => setAll(node, { x1: x, x2: x, y1: place.y(0), y2: place.y(1) });
      line(layer.boundary, place.x(anchor.x));
      layer.boundary.style.display = inside ? "" : "none";
      line(layer.pixel, place.x(scene.here.x));
      setAll(layer.dot, {
        cx: place.x(scene.here.x),
        cy: place.y(scene.hidden ? 0 : scene.here.p),
      });
      layer.dot.style.display = scene.hidden ? "none" : "";
      layer.bin.style.display = scene.bin === null ? "none" : "";
      if (scene.bin !== null)
        setAll(layer.bin, {
          x: place.x(bins.low + scene.bin * bins.width),
          y: place.y(1),
          width: place.x(bins.low + bins.width) - place.x(bins.low),
          height: place.y(0) - place.y(1),
        });
    },
  };
}

function setAll(node, values) {
  for (const [name, value] of Object.entries(values)) node.setAttribute(name, value);
}
