// The pure arithmetic of the upsampling explorer against numbers that torch made (truth.py writes them).
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import * as core from "../../../segedu/widgets/upsampling/core.js";
import * as maps from "../../../segedu/widgets/upsampling/nails.js";
import {
  bringBack,
  photoError,
  photoPlanes,
  shrinkPlane,
} from "../../../segedu/widgets/upsampling/photos.js";
import * as words from "../../../segedu/widgets/upsampling/words.js";

const golden = process.env.SEGEDU_GOLDEN
  ? JSON.parse(readFileSync(process.env.SEGEDU_GOLDEN, "utf-8"))
  : { cases: [], photo: [] };
const close = (a, b, what) => assert.ok(Math.abs(a - b) < 1e-9, `${what}: ${a} is not ${b}`);
const base = {
  image: [
    [1, 3, 0, 2],
    [4, 0, 5, 1],
    [2, 6, 3, 0],
  ],
  before: null,
  method: "bilinear",
  factor: 2,
  size: null,
  align: false,
}; // prettier-ignore
const unpooling = { ...base, method: "max unpooling", before: maps.defaultBefore(base.image, 2) };
const name = ({ image, method, factor, size, align }) =>
  JSON.stringify([image.length, image[0].length, method, factor, size, align]);

test("golden values are there", {
  skip: process.env.SEGEDU_GOLDEN ? false : "run through pytest, which makes them with torch",
}, () => {
  assert.ok(golden.cases.length >= 100 && golden.photo[0].cases.length === 20);
});

test("every method equals torch, sizes included", () => {
  for (const { setting, output } of golden.cases) {
    const mine = maps.upsample(setting);
    assert.deepEqual(
      [mine.length, mine[0].length],
      [output.length, output[0].length],
      name(setting),
    );
    assert.deepEqual(core.outputSize(setting), [output.length, output[0].length]);
    const expected = output.flat();
    mine.flat().forEach((value, at) => close(value, expected[at], name(setting)));
  }
});

test("the written products sum to the output", () => {
  for (const { setting, output } of golden.cases)
    output.forEach((line, row) =>
      line.forEach((value, col) => {
        const terms = maps.termsOf(setting, row, col);
        close(
          terms.reduce((sum, { product }) => sum + product, 0),
          value,
          `${name(setting)} at ${row}, ${col}`,
        );
        for (const { pixel, cellRow, cellCol, down, along, weight } of terms) {
          assert.equal(pixel, setting.image[cellRow][cellCol]);
          assert.equal(weight, down * along);
        }
      }),
    ); // prettier-ignore
});

test("the reach of an input cell is its row of torch's weights", () => {
  const weighed = golden.cases.filter(({ weights }) => weights);
  assert.ok(weighed.length >= 30);
  for (const { setting, weights } of weighed)
    setting.image.forEach((line, row) =>
      line.forEach((_, col) => {
        const mine = weights[row][col].map((values) => values.map(() => 0));
        for (const each of maps.reachOf(setting, row, col)) mine[each.row][each.col] += each.weight;
        const expected = weights[row][col].flat();
        mine.flat().forEach((value, at) => close(value, expected[at], name(setting)));
      }),
    ); // prettier-ignore
});

test("in max unpooling a pooled cell reaches the place of its maximum, whatever ties there are", () => {
  for (const { setting, output } of golden.cases.filter(
    (each) => each.setting.method === "max unpooling",
  ))
    setting.image.forEach((line, row) =>
      line.forEach((value, col) => {
        const [place] = maps.reachOf(setting, row, col);
        assert.equal(output[place.row][place.col], value);
        assert.equal(setting.before[place.row][place.col], value);
      }),
    ); // prettier-ignore
});

test("class ids are torch's rounding", () => {
  for (const { setting, ids } of golden.cases)
    assert.deepEqual(
      maps.upsample(setting).map((line) => line.map((value) => maps.classId(value) + 0)),
      ids,
      name(setting),
    ); // prettier-ignore
  assert.deepEqual(
    [0.5, 1.5, 2.5, 2.4999999999999, -0.5].map((value) => maps.classId(value) + 0),
    [0, 2, 2, 2, 0],
  );
});

test("an id is invented where no cell that is read has it", () => {
  const labels = { ...base, image: [[1, 3]], factor: 2 };
  const outputs = maps.upsample(labels);
  assert.deepEqual(outputs[0], [1, 1.5, 2.5, 3]);
  assert.deepEqual(maps.inventedIds(labels, outputs)[0], [false, true, true, false]);
  assert.match(
    words.labelWords(labels, outputs, maps.inventedIds(labels, outputs)),
    /^4 of 8 output pixels get an id .*: 2\./,
  );
  for (const method of ["nearest", "nearest-exact", "bed of nails"])
    assert.ok(
      maps
        .inventedIds({ ...labels, method }, maps.upsample({ ...labels, method }))
        .flat()
        .every((is) => !is),
    );
  assert.match(
    words.labelWords({ ...labels, image: [[0.5]] }, [[0.5]], [[false]]),
    /^0.5 is no class id/,
  );
});

test("weights of an axis sum to one, and only bicubic has negative ones", () => {
  // prettier-ignore
  for (const method of core.INTERPOLATIONS)
    for (const [n, m] of [
      [1, 4],
      [3, 7],
      [8, 3],
      [5, 25],
    ])
      for (const align of [false, true])
        for (let i = 0; i < m; i++) {
          const taps = core.axisTaps(method, n, m, align, i);
          close(
            taps.reduce((sum, { weight }) => sum + weight, 0),
            1,
            `${method} ${n} → ${m} at ${i}`,
          ); // prettier-ignore
          assert.ok(method === "bicubic" || taps.every(({ weight }) => weight > 0));
        }
});

test("the made-up map before pooling has the image as its pooling, and an edited one is kept", () => {
  for (const factor of [2, 3, 4, 5])
    assert.deepEqual(maps.pooledValues(maps.defaultBefore(base.image, factor), factor), base.image);
  const edited = unpooling.before.map((line) => [...line]);
  edited[0][0] -= 1;
  assert.equal(maps.pooledFrom(edited, base.image, 2), edited);
  edited[0][0] = 99;
  assert.deepEqual(maps.pooledFrom(edited, base.image, 2), unpooling.before);
  assert.deepEqual(maps.pooledFrom(edited, base.image, 3), maps.defaultBefore(base.image, 3));
});

test("the photograph brought back equals torch", () => {
  for (const { plane, cases } of golden.photo)
    for (const { factor, method, align, output } of cases)
      bringBack(plane, method, factor, align).forEach((value, at) =>
        close(value, output[at], `${method} ${factor}`),
      );
});

test("the error of a picture counts clipped values once", () => {
  const planes = photoPlanes(Uint8Array.from([0, 10, 20, 255, 250, 240]));
  assert.deepEqual(
    planes.map((plane) => [...plane]),
    [
      [0, 255],
      [10, 250],
      [20, 240],
    ],
  ); // prettier-ignore
  assert.deepEqual(photoError(planes, planes), { mean: 0, clipped: 0 });
  assert.deepEqual(
    photoError(planes, [
      [-5, 300],
      [10, 250],
      [20, 246],
    ]),
    { mean: 1, clipped: 2 },
  ); // prettier-ignore
  assert.deepEqual([...shrinkPlane([1, 2, 3, 4, 5, 6, 7, 8], [2, 4], 2)], [3.5, 5.5]);
});

test("places are written with their numbers", () => {
  assert.equal(words.placeWords(base, 1, 3), "(3 + 0.5) / 2 − 0.5 = 1.25");
  assert.equal(words.placeWords({ ...base, align: true }, 1, 3), "3 · (4 − 1) / (8 − 1) ≈ 1.2857");
  assert.equal(words.placeWords({ ...base, size: [3, 5] }, 1, 3), "(3 + 0.5) · 4 / 5 − 0.5 = 2.3");
  assert.equal(
    words.placeWords({ ...base, method: "nearest", size: [3, 5] }, 1, 3),
    "⌊3 · 4 / 5⌋ = ⌊2.4⌋ = 2",
  );
  assert.equal(
    words.placeWords({ ...base, method: "nearest-exact" }, 0, 5),
    "⌊(5 + 0.5) / 2⌋ = ⌊2.75⌋ = 2",
  );
  assert.equal(
    words.placeWords({ ...base, method: "bed of nails" }, 0, 5),
    "5 / 2 = 2 rest 1: no nail in this row",
  );
  assert.equal(
    words.tapsWords(base, 1, 0),
    "reads columns −1 (outside: 0) and 0, weights 0.25 and 0.75",
  );
});

test("what has no meaning is explained", () => {
  assert.equal(words.alignReason(base), "");
  assert.match(
    words.alignReason({ method: "nearest" }),
    /copies single pixels.*torch raises ValueError/,
  );
  assert.match(words.sizeReason(unpooling), /its size is given/);
  assert.match(
    words.oddities({ ...base, image: [[7]] })[0],
    /every output pixel is 7, whatever the method/,
  );
  assert.match(
    words.oddities({ ...base, image: [[7, 1]] })[0],
    /one row: every output row reads it with weight 1, corners aligned or not/,
  );
  assert.match(
    words.oddities({ ...base, size: [1, 4], align: true })[0],
    /torch takes s = 0, the first row/,
  );
  assert.match(
    words.oddities({ ...base, image: [[1, 2, 3, 4, 5, 6]], size: [1, 2] }).at(-1),
    /no output pixel reads columns 0, 2, 3, 5 of the input/,
  );
  assert.deepEqual(words.oddities(base), []);
});

test("a wrong guess is diagnosed", () => {
  const at = (setting, row, col) => maps.upsample(setting)[row][col];
  assert.equal(
    words.diagnoseGuess(base, 1, 3, at({ ...base, align: true }, 1, 3)),
    "That is align_corners=True.",
  );
  assert.match(words.diagnoseGuess(base, 1, 3, 3), /nearest cell alone/);
  assert.match(words.diagnoseGuess(base, 1, 3, 1.75 + 0.25), /plain mean/);
  assert.match(words.diagnoseGuess({ ...base, image: [[0, 4]] }, 0, 1, 3), /wrong way round/);
  assert.match(
    words.diagnoseGuess({ ...base, method: "bed of nails" }, 1, 1, 1),
    /another cell of its block/,
  );
  assert.equal(words.diagnoseGuess(base, 1, 3, 77), "");
});
