// Colors of the overlap map. Pure, no DOM.

// matplotlib's cividis at equal steps: dark is little, bright is much, in both themes, and for the color-blind too.
// prettier-ignore
const HEAT = [
  "#00224e", "#083370", "#35456c", "#4f576c", "#666970", "#7d7c78", "#948e77", "#aea371", "#c8b866", "#e5cf52", "#fee838",
];

// share 0..1 → "#rrggbb"
export function overlapColor(share) {
  const at = Math.max(0, Math.min(1, share)) * (HEAT.length - 1),
    below = Math.min(Math.floor(at), HEAT.length - 2);
  const part = (color, place) => parseInt(color.slice(place, place + 2), 16);
  return `#${[1, 3, 5]
    .map((place) => {
      const [from, to] = [part(HEAT[below], place), part(HEAT[below + 1], place)];
      return Math.round(from + (to - from) * (at - below))
        .toString(16)
        .padStart(2, "0");
    })
    .join("")}`;
}
