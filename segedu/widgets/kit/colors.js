// Colors: the kernel taps' own, "#rrggbb" as three numbers and back, mixtures, ramps, and the ink that reads on a color. Pure, no DOM.

// One color per kernel tap, row by row; the first nine are a 3×3 kernel. segedu.viz.TAP_COLORS holds the same list.
// prettier-ignore
export const TAP_COLORS = [
  "#0072B2",
  "#E69F00",
  "#009E73",
  "#CC79A7",
  "#D55E00",
  "#56B4E9",
  "#F0E442",
  "#8C510A",
  "#7A6FAC",
  "#1B9E77",
  "#A6761D",
  "#E7298A",
  "#66A61E",
  "#386CB0",
  "#BF5B17",
  "#666666",
  "#BEAED4",
  "#FDC086",
  "#7FC97F",
  "#F0027F",
  "#B3DE69",
  "#80B1D3",
  "#FB8072",
  "#BC80BD",
  "#CCEBC5",
];

export function tapColor(tap) {
  return TAP_COLORS[tap % TAP_COLORS.length];
}

// Black or white, whichever reads better on the color; the better one always has a contrast of at least 4.58.
export function inkOn(hex) {
  return 1.05 / (luminance(hex) + 0.05) > (luminance(hex) + 0.05) / 0.05 ? "#ffffff" : "#000000";
}

// Relative luminance (WCAG 2) of "#rrggbb" or of a computed "rgb(r, g, b)"; a root not yet on a page has no color: white.
export function luminance(color) {
  if (!color) return 1;
  const parts = color.startsWith("#")
    ? rgbOf(color)
    : color
        .match(/[\d.]+/g)
        .slice(0, 3)
        .map(Number);
  const [red, green, blue] = parts
    .map((part) => part / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

// "#ff8000" → [255, 128, 0]
export function rgbOf(hex) {
  return [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
}

// [255, 128, 0] → "#ff8000"; whole numbers from 0 to 255.
export function hexOf(parts) {
  return `#${parts.map((part) => part.toString(16).padStart(2, "0")).join("")}`;
}

// mixColors("#ffffff", "#000000", 0.3): three tenths of the way from the one to the other.
export function mixColors(from, to, share) {
  const goal = rgbOf(to);
  return hexOf(rgbOf(from).map((part, at) => Math.round(part * (1 - share) + goal[at] * share)));
}

// The color [r, g, b] of a share from 0 to 1 on a ramp of such colors at equal steps.
export function rampColor(stops, share) {
  const at = Math.min(Math.max(share, 0), 1) * (stops.length - 1);
  const from = Math.min(Math.floor(at), stops.length - 2);
  return stops[from].map((part, index) =>
    Math.round(part + (stops[from + 1][index] - part) * (at - from)),
  );
}

// One 32-bit pixel of an ImageData's buffer, on the little-endian machines that browsers run on.
export function packedColor([red, green, blue], alpha = 255) {
  return ((alpha << 24) | (blue << 16) | (green << 8) | red) >>> 0;
}
