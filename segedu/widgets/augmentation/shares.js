// The classes' shares of the pixels, before and after, void and invented numbers among them.
import { VOID } from "./core.js";
import { countOfLabels } from "./core_count.js";
import { element } from "../kit/kit.js";
import { percentText } from "./words.js";

const NO_CLASS_COLOR = "#ff00ff"; // a label that is no class

export function createShares() {
  const body = element("div", { class: "au-shares" });
  const el = element(
    "div",
    {},
    element("div", {
      class: "sg-title",
      text: "Share of the pixels: before (above), after (below)",
    }),
    body,
  );
  let lines = null,
    builtFor = "";

  function build({ classes, colors }) {
    const rows = [
      ...classes.map((name, label) => [label, `${label} ${name}`, colors[label]]),
      [VOID, "255 void", null],
      [-1, "no class", NO_CLASS_COLOR],
    ];
    lines = rows.map(([label, name, color]) => {
      const swatch = element("span", { class: `au-swatch${color ? "" : " au-hatched"}` });
      if (color) swatch.style.background = color;
      const bars = ["before", "after"].map((when) =>
        element("span", { class: `au-bar au-${when}` }),
      );
      if (color) bars[1].style.background = color;
      const texts = ["before", "after"].map((when) =>
        element("span", { class: "sg-mono au-percent", "data-share": when }),
      );
      const line = element(
        "div",
        { class: "au-share", "data-label": label },
        swatch,
        element("span", { class: "au-name", text: name }),
        element("span", { class: "au-bars" }, ...bars),
        ...texts,
      );
      return { label, line, bars, texts };
    });
    body.replaceChildren(...lines.map(({ line }) => line));
  }

  function draw(scene) {
    el.hidden = !scene.labeled;
    if (el.hidden) return;
    const key = `${scene.classes} ${scene.colors}`;
    if (key !== builtFor) build(scene);
    builtFor = key;
    const { result, classes, hidden } = scene;
    const counts = [countOfLabels(result.labels), countOfLabels(result.made)].map((found) =>
      withStrangers(found, classes.length),
    );
    const all = result.made.length;
    const largest = Math.max(...counts.flatMap((found) => [...found.values()]));
    for (const { label, line, bars, texts } of lines) {
      const [before, after] = counts.map((found) => found.get(label) ?? 0);
      line.hidden = before + (hidden ? 0 : after) === 0;
      if (line.hidden) continue;
      line.dataset.gone = String(!hidden && after === 0);
      [before, hidden ? 0 : after].forEach((count, at) => {
        bars[at].style.width = `${(100 * count) / largest}%`;
        texts[at].textContent = at && hidden ? "?" : percentText(count, all);
      });
    }
  }
  return { el, draw };
}

// Pixels per label; −1 gathers the numbers that name no class.
function withStrangers(counts, classes) {
  const found = new Map([[-1, 0]]);
  counts.forEach((count, label) => {
    const place = label < classes || label === VOID ? label : -1;
    found.set(place, (found.get(place) ?? 0) + count);
  });
  return found;
}
