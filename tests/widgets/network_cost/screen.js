// What stands on the network cost explorer's screen, as texts, and how the tests move its controls.
// Prepended to the scripts of the tests: `read()` returns the screen, `put(slider, value)`, `pick(menu, value)`, `layer(name, number, value)`.
const root = document.querySelector(".segedu");
const seen = (node) => (node && node.closest("[hidden]") === null ? node.textContent : null);
const slider = (name) => root.querySelector(`input[type=range][aria-label="${name}"]`);
const menu = (name) => root.querySelector(`select[aria-label="${name}"]`);
const check = (name) => root.querySelector(`input[type=checkbox][aria-label="${name}"]`);
const press = (name) =>
  [...root.querySelectorAll("button")].find((node) => node.textContent === name).click();
const put = (name, value) => {
  slider(name).value = value;
  slider(name).dispatchEvent(new Event("input", { bubbles: true }));
};
const pick = (name, value) => {
  menu(name).value = value;
  menu(name).dispatchEvent(new Event("change", { bubbles: true }));
};
const layer = (name, number, value) => pick(`${name} of layer ${number}`, value);
const sliders = ["layers", "width (channels)", "image height", "image width", "batch"];
const menus = ["design", "compare with", "kernel", "way up", "memory for", "numbers"];
// Rows from the image upwards: name, stride, dilation, the drawn bar, and the numbers by column.
const tower = (name) =>
  [...root.querySelectorAll(`[data-tower=${name}] tbody tr`)].reverse().map((row) => ({
    name: row.querySelector("th").textContent,
    kind: row.dataset.kind,
    menus: [...row.querySelectorAll("select")].map((node) => Number(node.value)),
    bar: [row.querySelector(".nc-bar"), row.querySelector(".nc-field")].map((node) => {
      const { width, height } = node.getBoundingClientRect();
      return getComputedStyle(node).visibility === "hidden" ? null : [width, height];
    }),
    faded: Number(getComputedStyle(row.querySelector(".nc-bar")).opacity) < 1,
    lit: row.dataset.lit === "true",
    shown: row.dataset.shown === "true",
    cells: Object.fromEntries(
      [...row.querySelectorAll("td[data-label]")]
        .filter((node) => !node.matches(".nc-menu"))
        .map((node) => [node.dataset.label, node.textContent]),
    ),
  }));
const read = (bars = false) => ({
  sliders: Object.fromEntries(sliders.map((name) => [name, Number(slider(name).value)])),
  menus: Object.fromEntries(menus.map((name) => [name, menu(name).value])),
  double: check("channels double at each stride").checked,
  design: bars ? tower("design") : tower("design").map(({ bar, ...row }) => row),
  reference: bars ? tower("reference") : tower("reference").map(({ bar, ...row }) => row),
  totals: Object.fromEntries(
    [...root.querySelectorAll("[data-total]")].map((node) => [
      node.dataset.total,
      node.textContent,
    ]),
  ),
  formulas: Object.fromEntries(
    [...root.querySelectorAll("[data-formula]")].map((node) => [
      node.dataset.formula,
      node.textContent,
    ]),
  ),
  layer: seen(root.querySelector('[data-words="layer"]')),
  soFar: seen(root.querySelector('[data-words="so far"]')),
  verdict: seen(root.querySelector("[data-words=verdict]")),
  remarks: [...root.querySelectorAll("[data-words=remarks] p")].map((node) => node.textContent),
});
