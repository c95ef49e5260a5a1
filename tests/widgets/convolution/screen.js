// What stands on the convolution explorer's screen, as numbers: the sliders, the grids' texts, the sum's line.
// Prepended to the scripts of the tests: `put(name, value)` moves a slider, `read()` returns the screen.
const grid = (name) => {
  const host = document.querySelector(`[data-grid=${name}]`);
  if (host.hidden) return [];
  const painted = host.querySelector("canvas")?.painted,
    rows = [];
  painted?.texts.forEach((text, at) => (rows[Math.floor(at / painted.cols)] ??= []).push(text));
  for (const cell of host.querySelectorAll("[data-row]")) {
    (rows[cell.dataset.row] ??= [])[cell.dataset.col] = cell.querySelector("text").textContent;
  }
  return rows;
};
const names = [
  "input height",
  "input width",
  "kernel height",
  "kernel width",
  "stride",
  "padding",
  "dilation",
];
const slider = (name) => document.querySelector(`input[type=range][aria-label="${name}"]`);
const put = (name, value) => {
  slider(name).value = value;
  slider(name).dispatchEvent(new Event("input", { bubbles: true }));
};
const text = (selector) => document.querySelector(selector).textContent;
const read = () => ({
  values: Object.fromEntries(names.map((name) => [name, Number(slider(name).value)])),
  shown: Object.fromEntries(
    names.map((name) => [name, slider(name).parentElement.querySelector("output").textContent]),
  ),
  input: grid("input"),
  kernel: grid("kernel"),
  output: grid("output"),
  misfit: text(".cx-misfit"),
  height: text("[data-axis=height]"),
  width: text("[data-axis=width]"),
  sum: document.querySelector(".cx-sum").hidden ? "" : text(".cx-sum"),
  terms: [...document.querySelectorAll(".cx-term")].map((node) => node.textContent),
});
