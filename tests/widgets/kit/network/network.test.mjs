// Networks in plain JavaScript against torch: the tests beside this file write the networks, images and outputs.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { convolvePlainly, transposePlainly } from "../../../../segedu/widgets/kit/network/plain.js";
import { floatsOf, labelsOf, openNetwork } from "../../../../segedu/widgets/kit/network.js";
import { unpackBytes } from "../../../../segedu/widgets/kit/packed.js";

const path = process.env.SEGEDU_GOLDEN;
const golden = path ? JSON.parse(readFileSync(path, "utf-8")) : { cases: [], alike: 0, close: 0 };

const mapOf = ({ data, shape }) => {
  const bytes = Uint8Array.from(Buffer.from(data, "base64"));
  const [channels, height, width] = shape;
  return { data: new Float32Array(bytes.buffer), channels, height, width };
};
const shapeOf = ({ channels, height, width }) => [channels, height, width];
const differencesOf = (one, two) => {
  assert.deepEqual(shapeOf(one), shapeOf(two));
  return one.data.map((value, at) => Math.abs(value - two.data[at]));
};
const largest = (numbers) => numbers.reduce((a, b) => Math.max(a, b), 0);

test("golden values are there", {
  skip: path ? false : "run through pytest, which makes them with torch",
}, () => {
  assert.ok(golden.cases.length > 0);
});

for (const { name, network, images } of golden.cases)
  test(`${name}: torch's outputs to 1e-3 with the same weights, its labels with its own`, async () => {
    const { run } = await openNetwork(network);
    const counts = { numbers: 0, close: 0, pixels: 0, alike: 0 };
    for (const { image, outputs, exact } of images) {
      const results = run(mapOf(image));
      assert.deepEqual(Object.keys(results).toSorted(), Object.keys(outputs).toSorted());
      for (const [key, result] of Object.entries(results)) {
        const labels = labelsOf(mapOf(exact[key]));
        counts.numbers += result.data.length;
        counts.close += differencesOf(result, mapOf(outputs[key])).filter(
          (each) => each <= 1e-3,
        ).length;
        counts.pixels += labels.length;
        counts.alike += labelsOf(result).filter((label, at) => label === labels[at]).length;
      }
    }
    assert.ok(counts.close >= golden.close * counts.numbers, JSON.stringify(counts));
    assert.ok(counts.alike >= golden.alike * counts.pixels, JSON.stringify(counts));
  });

test("the fast convolutions give what the plain ones give", async () => {
  for (const { name, network, images } of golden.cases) {
    const [step, ...others] = network.steps;
    const isAlone = others.length === 0 && step.scale === undefined && !step.relu;
    if (!isAlone || step.weight === undefined) continue;
    const weight = floatsOf(new Uint16Array((await unpackBytes(network.weights)).buffer));
    const bias = new Float32Array((await unpackBytes(network.scales)).buffer);
    const plainly = step.operation === "convolution" ? convolvePlainly : transposePlainly;
    const { run } = await openNetwork(network);
    for (const { image } of images) {
      const expected = plainly(mapOf(image), step, weight, bias.length ? bias : null);
      assert.ok(largest(differencesOf(run(mapOf(image)).out, expected)) <= 1e-5, name);
    }
  }
});

test("a second run of another size and a third of the first give the first's numbers again", async () => {
  for (const { network, images } of golden.cases) {
    const { run } = await openNetwork(network);
    const first = mapOf(images[0].image);
    const before = Object.values(run(first)).map((map) => ({ ...map, data: map.data.slice() }));
    run(mapOf(images.at(-1).image));
    Object.values(run(first)).forEach((map, at) => {
      assert.deepEqual(map.data, before[at].data);
    });
  }
});

test("numbers of 16 bits: zeros, the smallest, one, the largest", () => {
  const halves = Uint16Array.of(0, 0x8000, 1, 0x0400, 0x3c00, 0xbc00, 0x7bff, 0x3555);
  const floats = [0, -0, 2 ** -24, 2 ** -14, 1, -1, 65504, 0.333251953125];
  assert.deepEqual([...floatsOf(halves)], floats);
});

test("an image of other channels, of another size than trained for, or too small is refused", async () => {
  const layer = {
    operation: "max_pool",
    name: "pool",
    channels: 2,
    inputs: ["image"],
    relu: false,
  };
  const window = { kernel: [2, 2], stride: [2, 2], padding: [0, 0], dilation: [1, 1] };
  const empty = "eJwDAAAAAAE="; // nothing, compressed
  const record = {
    channels: 2,
    mean: [0],
    std: [1],
    size: null,
    steps: [{ ...layer, ...window, ceil: false, indices: false }],
    outputs: { out: "pool" },
    weights: empty,
    scales: empty,
  };
  const image = (channels, height, width) => ({
    data: new Float32Array(channels * height * width),
    channels,
    height,
    width,
  });
  const { run } = await openNetwork(record);
  assert.deepEqual(shapeOf(run(image(2, 5, 7)).out), [2, 2, 3]);
  assert.throws(() => run(image(3, 5, 7)), /the image has 3 channels; this network takes 2/);
  assert.throws(
    () => run({ ...image(2, 5, 7), width: 8 }),
    /has 70 numbers; 2 × 5 × 8 belong to it/,
  );
  assert.throws(
    () => run(image(2, 1, 7)),
    /at pool nothing is left of the image; take a larger one/,
  );
  const sized = await openNetwork({ ...record, size: [4, 6] });
  assert.throws(() => sized.run(image(2, 5, 7)), /the image is 5 × 7; scale it to 4 × 6 first/);
});
