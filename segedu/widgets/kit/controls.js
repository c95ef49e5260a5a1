// Native controls with labels: the label wraps its input, so no ids are needed. Views import these from kit.js.
import { element, svgElement } from "./elements.js";

/**
 * @param {{ label: string, min: number, max: number, step?: number, value: number,
 *   format?: (value: number) => string, onInput: (value: number) => void }} options
 */
export function slider({ label, min, max, step = 1, value, format = String, onInput }) {
  const input = element("input", {
    type: "range",
    "aria-label": label,
    min,
    max,
    step,
    value,
    oninput: () => {
      show();
      onInput(Number(input.value));
    },
  });
  const output = element("output");
  const show = () => {
    output.textContent = format(Number(input.value));
    input.setAttribute("aria-valuetext", output.textContent);
  };
  show();
  return {
    el: element("label", { class: "sg-slider" }, element("span", { text: label }), input, output),
    input,
    set(next, limits = {}) {
      if (limits.min !== undefined) input.min = limits.min;
      if (limits.max !== undefined) input.max = limits.max;
      if (limits.disabled !== undefined) input.disabled = limits.disabled;
      input.value = next;
      show();
    },
  };
}

/**
 * @param {string} label the button's words; its name where an icon stands in for them
 * @param {(event: Event) => void} onClick
 * @param {{ icon?: string, title?: string, pressed?: boolean }} [options]
 */
export function button(label, onClick, { icon, title, pressed } = {}) {
  const content = icon
    ? svgElement(
        "svg",
        { class: "sg-icon", viewBox: "0 0 16 16", "aria-hidden": "true" },
        svgElement("path", { d: icon }),
      )
    : document.createTextNode(label);
  const name = icon ? label : undefined;
  return element(
    "button",
    {
      type: "button",
      class: "sg-button",
      "aria-label": name,
      title: title ?? name,
      "aria-pressed": pressed === undefined ? undefined : String(pressed),
      onclick: onClick,
    },
    content,
  );
}

export function setPressed(node, pressed) {
  node.setAttribute("aria-pressed", String(pressed));
}

export function checkbox({ label, value, onChange }) {
  const input = element("input", {
    type: "checkbox",
    "aria-label": label,
    onchange: () => onChange(input.checked),
  });
  input.checked = value;
  return {
    el: element("label", { class: "sg-check" }, input, element("span", { text: label })),
    input,
    set: (next) => {
      input.checked = next;
    },
  };
}

export function select({ label, options, value, onChange }) {
  const input = element(
    "select",
    { "aria-label": label, onchange: () => onChange(input.value) },
    ...options.map(([name, text]) => element("option", { value: name, text })),
  );
  input.value = value;
  return {
    el: element("label", { class: "sg-choice" }, element("span", { text: label }), input),
    input,
    set: (next) => {
      input.value = next;
    },
  };
}

export function field({ label, onEnter }) {
  const enter = (event) => {
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      onEnter(input.value);
    }
  };
  const input = element("input", {
    type: "text",
    inputmode: "text",
    class: "sg-field",
    autocomplete: "off",
    onkeydown: enter,
  });
  return {
    el: element("label", { class: "sg-choice" }, element("span", { text: label }), input),
    input,
  };
}
