// The player that steps through positions, and the box that copies code. Views import these from kit.js.
import { button, slider } from "./controls.js";
import { clamp } from "./numbers.js";
import { element } from "./elements.js";

export function reducedMotion() {
  return window.matchMedia("(prefers-reduced-motion: reduce)").matches;
}
const ICONS = {
  first: "M2 2h2.5v12H2zM14 2v12L5.5 8z",
  back: "M12 2v12L4 8z",
  forward: "M4 2v12l8-6z",
  play: "M3 1.5v13L14 8z",
  pause: "M3 2h3.5v12H3zM9.5 2H13v12H9.5z",
};

// Steps through `count` positions. Asked for less motion, a press on play takes one step instead of running.
//   player(widget, { label, onStep, interval }) → { el, toggle, stop, set(position, count, words) }
export function player(widget, { label, onStep, interval = 650 }) {
  const state = { position: 0, count: 0 };
  const go = (next) => onStep(clamp(next, 0, Math.max(state.count - 1, 0)));
  const clock = ticker(interval, () => {
    if (state.position >= state.count - 1) stop();
    else go(state.position + 1);
  });
  const stop = () => {
    clock.stop();
    showPlaying(play, clock.runs());
  };
  const toggle = () => {
    if (clock.runs()) return stop();
    go(state.position >= state.count - 1 ? 0 : state.position + 1);
    if (!reducedMotion()) clock.start();
    return showPlaying(play, clock.runs());
  };
  const jump = (next) => {
    stop();
    go(next);
  };
  const scrub = slider({ label, min: 0, max: 0, value: 0, format: () => "", onInput: jump });
  scrub.el.style.flex = "1 1 14em";
  const text = element("span", { class: "sg-mono sg-position" });
  const play = button("play", toggle, { icon: ICONS.play });
  const buttons = [
    button("first position", () => jump(0), { icon: ICONS.first }),
    button("one position back", () => jump(state.position - 1), { icon: ICONS.back }),
    play,
    button("one position forward", () => jump(state.position + 1), { icon: ICONS.forward }),
  ];
  stopWithMotion(widget, stop, clock);
  const row = element("div", { class: "sg-row", style: "gap: 4px" }, ...buttons);
  return {
    el: element("div", { class: "sg-row sg-player" }, row, scrub.el, text),
    toggle,
    stop,
    set(position, count, words) {
      Object.assign(state, { position, count });
      scrub.set(position, { max: Math.max(count - 1, 0), disabled: count < 2 });
      scrub.input.setAttribute("aria-valuetext", words);
      for (const node of buttons) node.disabled = count < 2;
      text.textContent = words;
    },
  };
}

/** A clock that calls `tick` every `interval` ms while it runs. @param {number} interval @param {() => void} tick */
function ticker(interval, tick) {
  /** @type {number | undefined} */
  let timer;
  return {
    runs: () => timer !== undefined,
    start: () => {
      timer = setInterval(tick, interval);
    },
    stop: () => {
      clearInterval(timer);
      timer = undefined;
    },
  };
}

function showPlaying(play, runs) {
  const name = runs ? "pause" : "play";
  play.setAttribute("aria-label", name);
  play.title =
    !runs && reducedMotion() ? "one step per press: your system asks for less motion" : name;
  play.querySelector("path").setAttribute("d", ICONS[name]);
}

// Whoever comes to ask for less motion while it plays sees it stop; a view that leaves the page leaves no clock behind.
function stopWithMotion(widget, stop, clock) {
  const motion = window.matchMedia("(prefers-reduced-motion: reduce)");
  motion.addEventListener("change", stop);
  widget.onCleanup(() => {
    clock.stop();
    motion.removeEventListener("change", stop);
  });
}

// Copies the text and shows it too: the clipboard may be missing (plain http, old browsers) or refused.
export function codeBox(code, label) {
  const area = element("textarea", {
    class: "sg-code",
    readonly: true,
    spellcheck: "false",
    "aria-label": "the code",
    hidden: true,
  });
  const said = element("span", { class: "sg-note", role: "status" });
  const copy = async () => {
    area.value = code();
    area.hidden = false;
    area.rows = area.value.split("\n").length;
    try {
      await navigator.clipboard.writeText(area.value);
      said.textContent = "Copied.";
    } catch {
      area.focus();
      area.select();
      said.textContent = "Selected; press Ctrl+C (or Cmd+C) to copy.";
    }
  };
  const hide = () => {
    area.hidden = true;
    said.textContent = "";
  };
  return {
    el: element(
      "div",
      { class: "sg-column" },
      element("div", { class: "sg-row" }, button(label, copy), said),
      area,
    ),
    hide,
  };
}
