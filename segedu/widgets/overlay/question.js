// "How many cars does the semantic map hold?": typed, checked, then revealed: regions of one class are not its instances.
import { touchingPairs } from "./core.js";
import { plural } from "../kit/numbers.js";
import { button, element, field } from "../kit/kit.js";

// The class to ask about: the thing whose regions and instances differ most; the first of equals.
export function askedClass(maps) {
  const labels = [...new Set(maps.list.map(({ label }) => label))];
  const gap = (label) => Math.abs(instancesOf(maps, label) - maps.regions(label).count);
  return labels.reduce((best, label) => (best === null || gap(label) > gap(best) ? label : best), null);
}

const instancesOf = ({ list }, label) => list.filter((one) => one.label === label).length;

export function createThingQuestion({ reveal }) {
  const guess = field({ label: "", onEnter: (text) => onGuess(text) });
  const said = guess.el.querySelector("span");
  const verdict = element("p", { role: "status", "data-words": "verdict" });
  const buttons = [button("Check", () => onGuess(guess.input.value)), button("Reveal", () => onReveal())];
  const el = element(
    "div",
    { class: "sg-column ov-question", hidden: true },
    element("div", { class: "sg-row" }, guess.el, ...buttons),
    verdict,
  );
  let scene = null;
  let label = null;

  function onGuess(text) {
    if (!/^\s*\d+\s*$/.test(text)) return say(`“${text}” is not a whole number; type one such as 2.`);
    const value = Number(text);
    const [instances, regions] = [instancesOf(scene.maps, label), scene.maps.regions(label).count];
    const name = scene.classes[label];
    let first = `You said ${value}; the instance map numbers ${instances}.`;
    if (value === regions && value !== instances)
      first = `You said ${value}, as many as there are connected regions; the instance map numbers ${instances}.`;
    if (value === instances) first = `${value}: as many as the instance map numbers. The image told you, not the map.`;
    return say(`${first} ${revealWords(scene, label, name)}`, true, value === instances);
  }

  const onReveal = () => say(revealWords(scene, label, scene.classes[label]), true);

  function say(words, done = false, right = false) {
    verdict.textContent = words;
    verdict.className = words ? `sg-warning${right ? " sg-good" : ""}` : "";
    if (done) reveal();
  }
  return {
    el,
    clear() {
      guess.input.value = "";
      say("");
    },
    draw(next, predicting) {
      scene = next;
      el.hidden = !predicting || !scene.maps;
      if (el.hidden) return;
      label = askedClass(scene.maps);
      const none = label === null;
      guess.el.hidden = none;
      if (none) say("There is nothing to count: these labels number no instances.");
      else said.textContent = `How many of the class ${scene.classes[label]} does the semantic map hold?`;
      for (const node of [guess.input, ...buttons]) node.disabled = none || !scene.secret;
    },
  };
}

// What the map says, and what it can't say.
export function revealWords({ maps, width }, label, name) {
  const [instances, regions] = [instancesOf(maps, label), maps.regions(label).count];
  const pairs = touchingPairs(maps.labels, maps.instances, label, width).map((pair) => pair.join(" and "));
  const start = `The semantic map says only which pixels are ${name}: ${plural(regions, "connected region")}, ${plural(instances, "instance")}.`;
  if (pairs.length)
    return `${start} Numbers ${pairs.join(", ")} touch, and touching objects of one class are one region.`;
  if (regions > instances) return `${start} Something stands before an instance and cuts it into pieces.`;
  return `${start} Here the two agree: none touches another. The map doesn't promise it.`;
}
