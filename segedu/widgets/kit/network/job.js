// A network as work for kit/compute.js. The question: { image, maps }, an image in [0, 1] as network.js takes it and the
// names of steps to look at. The answer: { outputs, maps, milliseconds }, copies by name.

import { openNetwork } from "../network.js";

const copyOf = (map) => ({ ...map, data: map.data.slice() });

async function start(record) {
  const network = await openNetwork(record);
  return ({ image, maps = [] }) => {
    const before = performance.now();
    const outputs = Object.entries(network.run(image));
    const milliseconds = performance.now() - before;
    return {
      outputs: Object.fromEntries(outputs.map(([name, map]) => [name, copyOf(map)])),
      maps: Object.fromEntries(maps.map((name) => [name, copyOf(network.maps.get(name))])),
      milliseconds,
    };
  };
}

export default { start };
