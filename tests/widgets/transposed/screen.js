// What stands on the transposed-convolution explorer's screen, as numbers: the sliders, the grids' texts, the sums.
// Prepended to the scripts of the tests: `put(name, value)` moves a slider, `choose(name, value)` a menu, `read()` returns the screen.
const names = [
  "input height",
  "input width",
  "kernel height",
  "kernel width",
  "stride",
  "dilation",
  "padding",
  "output_padding",
];
const slider = (name) => document.querySelector(`input[type=range][aria-label="${name}"]`);
const put = (name, value) => {
  slider(name).value = value;
  slider(name).dispatchEvent(new Event("input", { bubbles: true }));
};
const choose = (name, value) => {
  const menu = document.querySelector(`select[aria-label="${name}"]`);
  menu.value = value;
  menu.dispatchEvent(new Event("change"));
};
const visible = (node) => node && node.offsetParent !== null;
const grid = (name) => {
  const host = document.querySelector(`[data-grid=${name}]`);
  if (!visible(host)) return [];
  const painted = host.querySelector("canvas")?.painted,
    rows = [];
  painted?.texts.forEach((text, at) => (rows[Math.floor(at / painted.cols)] ??= []).push(text));
  for (const cell of host.querySelectorAll("[data-row]")) {
    (rows[cell.dataset.row] ??= [])[cell.dataset.col] = cell.querySelector("text").textContent;
  }
  return rows;
};
const text = (selector) =>
  visible(document.querySelector(selector)) ? document.querySelector(selector).textContent : "";
const chips = (style) =>
  [...document.querySelectorAll(`.tx-${style} .tx-term`)]
    .filter(visible)
    .map((node) => node.textContent);
const read = () => ({
  values: Object.fromEntries(names.map((name) => [name, Number(slider(name).value)])),
  shown: Object.fromEntries(
    names.map((name) => [name, slider(name).parentElement.querySelector("output").textContent]),
  ),
  menus: Object.fromEntries(
    ["example", "input", "kernel"].map((name) => [
      name,
      document.querySelector(`select[aria-label="${name}"]`).value,
    ]),
  ),
  grids: Object.fromEntries(
    ["input", "kernel", "canvas", "stuffed", "flipped", "output", "overlap"].map((name) => [
      name,
      grid(name),
    ]),
  ),
  refused: text(".tx-refused"),
  height: text("[data-axis=height]"),
  width: text("[data-axis=width]"),
  sum: text(".tx-sum"),
  products: chips("listed"),
  additions: chips("laid-out"),
  position: [...document.querySelectorAll(".sg-position")]
    .filter(visible)
    .map((node) => node.textContent),
  advice: text(".tx-advice"),
});
