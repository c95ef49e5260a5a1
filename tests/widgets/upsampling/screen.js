// What stands on the upsampling explorer's screen: controls, the grids' texts, the table, the sum, the formulas.
// Prepended to the scripts of the tests: `put(name, value)` moves a slider, `check(name, on)` a switch, `choose(name)` the method.
const grid = (name) => {
  const host = document.querySelector(`[data-grid=${name}]`);
  if (host.parentElement.hidden) return [];
  const painted = host.querySelector("canvas")?.painted,
    rows = [];
  painted?.texts.forEach((text, at) => (rows[Math.floor(at / painted.cols)] ??= []).push(text));
  for (const cell of host.querySelectorAll("[data-row]")) {
    (rows[cell.dataset.row] ??= [])[cell.dataset.col] = cell.querySelector("text").textContent;
  }
  return rows;
};
const slider = (name) => document.querySelector(`input[type=range][aria-label="${name}"]`);
const put = (name, value) => {
  slider(name).value = value;
  slider(name).dispatchEvent(new Event("input", { bubbles: true }));
};
const box = (name) => document.querySelector(`input[type=checkbox][aria-label="${name}"]`);
const check = (name, on) => {
  box(name).checked = on;
  box(name).dispatchEvent(new Event("change", { bubbles: true }));
};
const choose = (name) => {
  const menu = document.querySelector("select[aria-label=method]");
  menu.value = name;
  menu.dispatchEvent(new Event("change", { bubbles: true }));
};
const text = (selector) => document.querySelector(selector).textContent;
const seen = (selector) => (document.querySelector(selector).hidden ? "" : text(selector));
const names = ["factor", "input height", "input width", "output height", "output width"];
const read = () => ({
  method: document.querySelector("select[aria-label=method]").value,
  align: box("align_corners").checked,
  alignable: !box("align_corners").disabled,
  sized: box("choose the output size").checked,
  values: Object.fromEntries(names.map((name) => [name, Number(slider(name).value)])),
  shown: Object.fromEntries(
    names.map((name) => [
      name,
      Number(slider(name).parentElement.querySelector("output").textContent),
    ]),
  ),
  position: text(".sg-position"),
  before: grid("before"),
  input: grid("input"),
  output: grid("output"),
  cell: Number(document.querySelector("[data-grid=input] rect").getAttribute("width")),
  sum: text(".up-sum"),
  results: document.querySelector(".up-table").hidden
    ? []
    : [...document.querySelectorAll(".up-result")].map((node) => node.textContent),
  line: text(".up-line"),
  rule: text("[data-formula=rule]"),
  row: text("[data-formula=row]"),
  column: text("[data-formula=column]"),
  size: text("[data-formula=size]"),
  reason: seen("[data-words=reason]"),
  odd: seen("[data-words=odd]"),
  labels: seen("[data-words=labels]"),
});
