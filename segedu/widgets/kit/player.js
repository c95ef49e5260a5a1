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
export function player(widget, { label, onStep, interval = 650 }) {
  let position = 0;
  let count = 0;
  /** @type {number | undefined} */
  let timer;
  const go = (next) => onStep(clamp(next, 0, Math.max(count - 1, 0)));
  const stop = () => {
    clearInterval(timer);
    timer = undefined;
    showPlaying();
  };
  const tick = () => {
    if (position >= count - 1) stop();
    else go(position + 1);
  };
  const toggle = () => {
    if (timer !== undefined) return stop();
    go(position >= count - 1 ? 0 : position + 1);
    if (!reducedMotion()) timer = setInterval(tick, interval);
    return showPlaying();
  };
  const scrub = slider({
    label,
    min: 0,
    max: 0,
    value: 0,
    format: () => "",
    onInput: (next) => {
      stop();
      go(next);
    },
  });
  const text = element("span", { class: "sg-mono sg-position" });
  const play = button("play", toggle, { icon: ICONS.play });
  const buttons = [
    button(
      "first position",
      () => {
        stop();
        go(0);
      },
      { icon: ICONS.first },
    ),
    button(
      "one position back",
      () => {
        stop();
        go(position - 1);
      },
      { icon: ICONS.back },
    ),
    play,
    button(
      "one position forward",
      () => {
        stop();
        go(position + 1);
      },
      { icon: ICONS.forward },
    ),
  ];
  function showPlaying() {
    const name = timer === undefined ? "play" : "pause";
    play.setAttribute("aria-label", name);
    play.title = name === "play" && reducedMotion() ? "one step per press: your system asks for less motion" : name;
    play.querySelector("path").setAttribute("d", ICONS[name]);
  }
  const motion = window.matchMedia("(prefers-reduced-motion: reduce)");
  motion.addEventListener("change", stop);
  widget.onCleanup(() => {
    clearInterval(timer);
    motion.removeEventListener("change", stop);
  });
  scrub.el.style.flex = "1 1 14em";
  return {
    el: element(
      "div",
      { class: "sg-row sg-player" },
      element("div", { class: "sg-row", style: "gap: 4px" }, ...buttons),
      scrub.el,
      text,
    ),
    toggle,
    stop,
    set(nextPosition, nextCount, words) {
      position = nextPosition;
      count = nextCount;
      scrub.set(position, { max: Math.max(count - 1, 0), disabled: count < 2 });
      scrub.input.setAttribute("aria-valuetext", words);
      buttons.forEach((node) => {
        node.disabled = count < 2;
      });
      text.textContent = words;
    },
  };
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
    el: element("div", { class: "sg-column" }, element("div", { class: "sg-row" }, button(label, copy), said), area),
    hide,
  };
}
