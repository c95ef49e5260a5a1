// The pure arithmetic of the overlay viewer against scipy, torch and segedu.data.forms (test_page.py writes the values).
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import * as core from "../../../segedu/widgets/overlay/core.js";
import { edgesOf } from "../../../segedu/widgets/kit/edges.js";

const path = process.env.SEGEDU_GOLDEN;
const golden = path ? JSON.parse(readFileSync(path, "utf-8")) : { cases: [] };
const COLORS = ["#67cbfa", "#b4e84a", "#3f6df0", "#d07c00"];
const MODES = ["semantic", "instance", "panoptic"];
const cases = golden.cases.map((one) => ({
  ...one,
  labels: Uint8Array.from(one.labels),
  instances: Uint16Array.from(one.instances),
  prediction: Uint8Array.from(one.prediction),
}));

test("golden values are there", {
  skip: path ? false : "run through pytest, which makes them",
}, () => {
  assert.ok(cases.length >= 50);
  assert.ok(cases.some((one) => one.height !== one.width && one.touching[2].length > 0));
});

test("counts, instances, pixels and boxes are those of segedu.data.forms.panoptic.instances_of", () => {
  for (const { labels, instances, width, counts, list } of cases) {
    const { pixels, unlabeled } = core.countLabels(labels, 4);
    assert.deepEqual([...pixels, unlabeled], counts);
    assert.deepEqual(core.listInstances(labels, instances, width), list);
  }
});

test("a mask's pixels and box equal its instance's", () => {
  for (const { labels, instances, width, list } of cases) {
    const ids = core.panopticIds(labels, instances);
    for (const { id, pixels, box } of list)
      assert.deepEqual(core.measureMask(ids, id, width), { pixels, box });
  }
});

test("without instance numbers there are no instances", () => {
  for (const { labels, width } of cases)
    assert.deepEqual(core.listInstances(labels, null, width), []);
});

test("ids of each mode equal Python's; void's panoptic id is 255000", () => {
  for (const { labels, instances, pictures } of cases)
    for (const mode of MODES)
      assert.deepEqual([...core.idsOfMode(mode, labels, instances)], pictures[mode].ids);
  assert.equal(core.panopticId(255, 7), 255000);
  assert.equal(core.panopticId(6, 2), 6002);
});

test("one-hot equals segedu.to_one_hot, void is zero in all channels", () => {
  for (const { labels, one_hot } of cases)
    labels.forEach((label, at) => assert.deepEqual(core.oneHot(label, 4), one_hot[at]));
});

test("connected regions are scipy.ndimage.label's, number for number", () => {
  for (const { labels, width, regions, counts } of cases)
    [0, 1, 2, 3, 255].forEach((label, at) => {
      const found = core.connectedRegions(labels, label, width);
      assert.deepEqual([...found.regions], regions[at]);
      assert.equal(found.count, Math.max(0, ...regions[at]));
      assert.equal(
        found.sizes.reduce((sum, size) => sum + size, 0),
        counts[at],
      );
    });
});

test("two instances touch where the one's mask, dilated, meets the other's", () => {
  for (const { labels, instances, width, touching } of cases)
    for (const label of [2, 3])
      assert.deepEqual(core.touchingPairs(labels, instances, label, width), touching[label]);
});

// Lines cut into the sides of pixels.
function sides(lines) {
  const found = lines.flatMap(([x0, y0, x1, y1]) =>
    y0 === y1
      ? Array.from({ length: x1 - x0 }, (_, at) => [0, y0, x0 + at])
      : Array.from({ length: y1 - y0 }, (_, at) => [1, x0, y0 + at]),
  );
  return found.map(String).sort();
}

test("edges are the sides of pixels between different labels, each once", () => {
  for (const { labels, height, width, edges, outline } of cases) {
    assert.deepEqual(sides(edgesOf(labels, height, width)), edges.map(String).sort());
    const mask = labels.map((label) => (label === 2 ? 1 : 0));
    assert.deepEqual(sides(edgesOf(mask, height, width, true)), outline.map(String).sort());
  }
});

test("indexed ids are the ids", () => {
  for (const { pictures } of cases)
    for (const mode of MODES) {
      const { values, index } = core.indexIds(pictures[mode].ids);
      assert.deepEqual(
        Array.from(index, (place) => values[place]),
        pictures[mode].ids,
      );
    }
});

test("colors and the blend equal the picture's, byte for byte", () => {
  for (const { labels, instances, image, width, opacity, list, pictures } of cases) {
    const bytes = new Uint8ClampedArray((image.length / 3) * 4).fill(255);
    image.forEach((part, at) => {
      bytes[4 * Math.floor(at / 3) + (at % 3)] = part;
    });
    for (const mode of MODES) {
      const ids = core.idsOfMode(mode, labels, instances);
      for (const [id, color] of Object.entries(pictures[mode].colors))
        assert.equal(core.colorOfId(Number(id), mode, COLORS, list), color);
      const paintOf = (id) => {
        const isVoid = id === 255 || id === 255000;
        return id < 0
          ? { color: "#000000", opacity: 0 }
          : { color: isVoid ? null : core.colorOfId(id, mode, COLORS, list), opacity };
      };
      const made = core.blendOverlay(bytes, core.indexIds(ids), width, paintOf);
      assert.deepEqual(
        [...made].filter((_, at) => at % 4 < 3),
        pictures[mode].rgb,
      );
    }
  }
});

test("errors leave void out", () => {
  for (const { labels, prediction, wrong, valid } of cases) {
    const found = core.errorMap(labels, prediction);
    assert.deepEqual([...found.wrong], wrong);
    assert.deepEqual([found.count, found.valid], [wrong.reduce((sum, one) => sum + one, 0), valid]);
  }
});

test("the window stays inside of the image and holds the pixel", () => {
  for (const [height, width] of [
    [1, 1],
    [5, 9],
    [7, 4],
    [20, 33],
  ])
    for (let row = 0; row < height; row++)
      for (let col = 0; col < width; col++) {
        const { top, left, rows, cols } = core.windowAround(row, col, height, width, 7, 9);
        assert.deepEqual([rows, cols], [Math.min(7, height), Math.min(9, width)]);
        assert.ok(top >= 0 && left >= 0 && top + rows <= height && left + cols <= width);
        assert.ok(row >= top && row < top + rows && col >= left && col < left + cols);
      }
});

test("a crop is the window's rows", () => {
  const values = Array.from({ length: 24 }, (_, at) => at); // 4 × 6
  assert.deepEqual(core.cropOf(values, { top: 1, left: 3, rows: 2, cols: 3 }, 6), [
    [9, 10, 11],
    [15, 16, 17],
  ]);
});
