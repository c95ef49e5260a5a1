// "How many cars does the semantic map hold?": typed, checked, then revealed: regions of one class are not its instances.
import { createQuestion } from "../kit/question.js";
import { touchingPairs } from "./core.js";
import { parseWhole, plural } from "../kit/numbers.js";
import { field } from "../kit/kit.js";

// The class to ask about: the thing whose regions and instances differ most; the first of equals.
export function askedClass(maps) {
  const labels = [...new Set(maps.list.map(({ label }) => label))];
  const gap = (label) => Math.abs(instancesOf(maps, label) - maps.regions(label).count);
  return labels.reduce(
    (best, label) => (best === null || gap(label) > gap(best) ? label : best),
    null,
  );
}

const instancesOf = ({ list }, label) => list.filter((one) => one.label === label).length;

export function createThingQuestion({ reveal }) {
  let scene = null;
  let label = null;
  const guess = field({ label: "", onEnter: () => question.check() });
  const question = createQuestion({
    name: "things",
    inputs: [guess],
    judge,
    answer,
    onReveal: reveal,
  });
  const facts = () => revealWords(scene, label, scene.classes[label]);

  function judge() {
    const value = parseWhole(guess.input.value);
    if (value === null)
      return {
        words: `“${guess.input.value}” is not a whole number; type one such as 2.`,
        again: true,
      };
    const instances = instancesOf(scene.maps, label);
    return {
      words: `${guessWords(value, instances, scene.maps.regions(label).count)} ${facts()}`,
      right: value === instances,
    };
  }

  function answer() {
    return { words: facts() };
  }

  return {
    ...question,
    draw(next, predicting) {
      scene = next;
      const asked = predicting && Boolean(scene.maps);
      label = asked ? askedClass(scene.maps) : null;
      const none = asked && label === null;
      guess.el.hidden = none;
      question.draw(asked, !none && scene.secret);
      if (none)
        question.say({ words: "There is nothing to count: these labels number no instances." });
      else if (asked)
        guess.el.firstChild.textContent = `How many of the class ${scene.classes[label]} does the semantic map hold?`;
    },
  };
}

function guessWords(value, instances, regions) {
  if (value === instances)
    return `${value}: as many as the instance map numbers. The image told you, not the map.`;
  if (value === regions)
    return `You said ${value}, as many as there are connected regions; the instance map numbers ${instances}.`;
  return `You said ${value}; the instance map numbers ${instances}.`;
}

// What the map says, and what it can't say.
export function revealWords({ maps, width }, label, name) {
  const [instances, regions] = [instancesOf(maps, label), maps.regions(label).count];
  const pairs = touchingPairs(maps.labels, maps.instances, label, width).map((pair) =>
    pair.join(" and "),
  );
  const start = `The semantic map says only which pixels are ${name}: ${plural(regions, "connected region")}, ${plural(instances, "instance")}.`;
  if (pairs.length)
    return `${start} Numbers ${pairs.join(", ")} touch, and touching objects of one class are one region.`;
  if (regions > instances)
    return `${start} Something stands before an instance and cuts it into pieces.`;
  return `${start} Here the two agree: none touches another. The map doesn't promise it.`;
}
