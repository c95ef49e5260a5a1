// The widget kit: what every explorer's view is made of. No framework, no global ids, nothing from a network.
//
//   const widget = mount(el, "Convolution explorer");     root element with style, theme, keyboard guard, live region
//     widget.root                                          append your panels here
//     widget.announce("row 2, column 3: 7")                said by screen readers (aria-live), unseen
//     widget.onWidth((width) => …)                         inner width in px: once after mounting, then whenever it changes
//     widget.onTheme(() => …)                              the colors changed: repaint canvases
//     widget.colors()                                      { page, panel, ink, soft, line, strongLine, accent, dark } as CSS colors
//     widget.onCleanup(() => …); widget.destroy            return widget.destroy from render()
//   const later = afterPaint(widget, callback); later()      calls back once the present frame is painted: for what may follow a frame late
//   const state = bind(model, ["stride", …], update)       state.get(name); state.set({ stride: 2 }) writes, saves, calls update()
//                                                          once; update() is also called when Python changes a trait
//   element("div", { class: "sg-row", onclick, "aria-label": "…", text: "…" }, child, …)    HTML; svgElement(…) the same for SVG
//   slider({ label, min, max, step, value, format, onInput })   → { el, input, set(value, { min, max, disabled }) }   native range
//   button(label, onClick, { icon, title, pressed }) → element;   setPressed(button, true)
//   checkbox({ label, value, onChange }) → { el, input, set }     select({ label, options: [[value, text]], value, onChange }) → { el, input, set }
//   field({ label, onEnter }) → { el, input }                     a short text input; onEnter(text)
//   player(widget, { label, onStep }) → { el, set(position, count, text), stop }     first, back, play/pause, forward, scrub
//   codeBox(() => text, "Copy as torch code") → { el, hide }      copies; shows the text as well, so it works with no clipboard
//   sharpContext(canvas, width, height) → 2D context              scaled for dense screens, in CSS px
//   reducedMotion(); colors (TAP_COLORS, tapColor(tap), inkOn(hex), mixColors, …) are in colors.js
//   createQuestion(…), createCellQuestion(…) are in question.js: predict first, then reveal
//   createGrid(…) is in grid.js (its API stands there); formatNumber, parseNumber, formatCount, clamp, plural are in numbers.js
//
// Classes that style.js offers: sg-title, sg-row, sg-column, sg-controls (a grid of sliders), sg-panel (a ruled section), sg-note,
// sg-warning (+ sg-good), sg-mono, sg-button. A view's last line exports { render } as default.
import { STYLE } from "./style.js";
import { luminance } from "./colors.js";
import { element } from "./elements.js";
export { element, svgElement, sharpContext } from "./elements.js";
export { slider, button, setPressed, checkbox, select, field } from "./controls.js";
export { player, codeBox, reducedMotion } from "./player.js";

// JupyterLab turns letters into commands and swallows arrows. Plain keys stay inside; Ctrl, Cmd, Alt, Escape, Shift+Enter go through.
export function guardKeys(root) {
  const guard = (event) => {
    const leaves =
      event.ctrlKey ||
      event.metaKey ||
      event.altKey ||
      event.key === "Escape" ||
      (event.key === "Enter" && event.shiftKey);
    if (!leaves) event.stopPropagation();
  };
  for (const type of ["keydown", "keypress", "keyup"]) root.addEventListener(type, guard);
}

/**
 * @typedef {ReturnType<typeof readColors>} Colors
 * @typedef {{ root: HTMLElement, announce: (text: string) => void, onCleanup: (cleanup: () => void) => void,
 *   onTheme: (listener: () => void) => void, onWidth: (listener: (width: number) => void) => void,
 *   colors: () => Colors, destroy: () => void }} Widget what a view gets from `mount`
 */

export function mount(el, label) {
  const live = element("div", { class: "sg-live", "aria-live": "polite", "aria-atomic": "true" });
  const root = element(
    "div",
    { class: "segedu", role: "group", "aria-label": label },
    element("style", { text: STYLE }),
    live,
  );
  const cleanups = [() => root.remove()];
  guardKeys(root);
  el.append(root);
  const themeListeners = [];
  /** @type {Colors | null} */
  let colors = null; // read once a theme: asking a page for its styles costs milliseconds where it has many
  /** @type {Widget} */
  const widget = {
    root,
    announce: (text) => {
      if (live.textContent !== text) live.textContent = text;
    },
    onCleanup: (cleanup) => cleanups.push(cleanup),
    onTheme: (listener) => themeListeners.push(listener),
    onWidth: (listener) => cleanups.push(watchWidth(root, listener)),
    colors: () => {
      if (!root.isConnected) return readColors(root);
      colors ??= readColors(root);
      return colors;
    },
    destroy: () => cleanups.splice(0).forEach((cleanup) => cleanup()),
  };
  cleanups.push(
    watchTheme(root, () => {
      colors = null;
      themeListeners.forEach((listener) => listener());
    }),
  );
  return widget;
}

function watchWidth(root, listener) {
  let last = -1;
  const observer = new ResizeObserver(() => {
    const style = getComputedStyle(root);
    const width = Math.floor(
      root.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight),
    );
    if (width <= 0 || width === last) return;
    last = width;
    listener(width);
  });
  observer.observe(root);
  return () => observer.disconnect();
}

// The page's theme shows in the root's computed background; native controls follow it through color-scheme.
function watchTheme(root, listener) {
  const apply = () => {
    const dark = luminance(getComputedStyle(root).backgroundColor) < 0.18;
    root.style.colorScheme = dark ? "dark" : "light";
    listener();
  };
  const later = () => requestAnimationFrame(apply);
  const observer = new MutationObserver(later);
  for (const node of [document.documentElement, document.body])
    observer.observe(node, {
      attributes: true,
      attributeFilter: [
        "class",
        "style",
        "data-jp-theme-name",
        "data-jp-theme-light",
        "data-theme",
      ],
    });
  const media = window.matchMedia("(prefers-color-scheme: dark)");
  media.addEventListener("change", later);
  document.addEventListener("load", later, true); // a theme's style sheet arrives after its name
  later();
  return () => {
    observer.disconnect();
    media.removeEventListener("change", later);
    document.removeEventListener("load", later, true);
  };
}

function readColors(root) {
  const style = getComputedStyle(root);
  const read = (name) => style.getPropertyValue(`--sg-${name}`).trim();
  return {
    page: read("page"),
    panel: read("panel"),
    ink: read("ink"),
    soft: read("soft"),
    line: read("line"),
    strongLine: read("strong-line"),
    accent: read("accent"),
    dark: luminance(style.backgroundColor) < 0.18,
  };
}

// Several calls before the paint are one; after widget.destroy there is none.
export function afterPaint(widget, callback) {
  let frame = 0,
    timer = 0;
  const run = () => {
    frame = 0;
    callback();
  };
  widget.onCleanup(() => {
    cancelAnimationFrame(frame);
    clearTimeout(timer);
  });
  return () => {
    frame ||= requestAnimationFrame(() => {
      timer = setTimeout(run);
    });
  };
}

// Traits as the view's only state. Python's changes and our own both end in one call of update().
export function bind(model, names, update) {
  let writing = false;
  const changed = () => {
    if (!writing) update();
  };
  for (const name of names) model.on(`change:${name}`, changed);
  return {
    get: (name) => model.get(name),
    set(values) {
      writing = true;
      for (const [name, value] of Object.entries(values)) model.set(name, value);
      writing = false;
      update();
      model.save_changes();
    },
    stop: () => names.forEach((name) => model.off(`change:${name}`, changed)),
  };
}
