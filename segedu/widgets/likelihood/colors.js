// The likelihood explorer's colors: ramps from low to high, as bytes for a canvas and as CSS for a legend. Pure, no DOM.
// figure.py has the same.
import { clamp } from "../kit/numbers.js";

export const LIKELIHOOD_RAMPS = {
  p: ["#0d1440", "#2b5c8a", "#35a08b", "#b3d465", "#fdf3a8"],
  loss: ["#04051a", "#5a1a5e", "#c03a50", "#f59a38", "#fdf6b8"],
  gradient: ["#0072b2", "#f4f4f4", "#d55e00"],
  surface: ["#fdf6b8", "#f59a38", "#c03a50", "#5a1a5e", "#04051a"],
};
export const LIKELIHOOD_TARGET = "#D55E00"; // the target's pixels
export const LIKELIHOOD_OTHER = "#0072B2"; // all others
export const LIKELIHOOD_PATH = "#00b4d8";
export const LOSS_TOP = 4; // of the loss map; p of the right class is then 0.018

const rampParts = (hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
const RAMP_BYTES = Object.fromEntries(
  Object.entries(LIKELIHOOD_RAMPS).map(([name, stops]) => [name, stops.map(rampParts)]),
);

// The color [r, g, b] of a share from 0 to 1.
export function rampColor(name, share) {
  const stops = RAMP_BYTES[name];
  const at = clamp(share, 0, 1) * (stops.length - 1);
  const from = Math.min(Math.floor(at), stops.length - 2);
  return [0, 1, 2].map((part) =>
    Math.round(stops[from][part] + (stops[from + 1][part] - stops[from][part]) * (at - from)),
  );
}

export function rampGradient(name) {
  return `linear-gradient(to right, ${LIKELIHOOD_RAMPS[name].join(", ")})`;
}

// One 32-bit pixel of an ImageData's buffer, on the little-endian machines that browsers run on.
export function packedColor([red, green, blue]) {
  return ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0;
}
