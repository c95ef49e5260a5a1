// The pure arithmetic of receptive fields against what torch's autograd says (test_page.py writes it).
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import * as core from "../../../segedu/widgets/receptive_field/core.js";
import * as stack from "../../../segedu/widgets/receptive_field/core_stack.js";
import { recursion } from "../../../segedu/widgets/kit/fields.js";

const path = process.env.SEGEDU_GOLDEN;
const golden = path
  ? JSON.parse(readFileSync(path, "utf-8"))
  : { cases: [], misfits: [], presets: {} };
const conv = (kernel, stride = 1, dilation = 1, padding = 0) => ({
  kind: "conv",
  kernel,
  stride,
  padding,
  dilation,
});
const close = (a, b, what) =>
  assert.ok(Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(b)), `${what}: ${a} is not ${b}`);
const axes = ({ layers, size, cell }) =>
  [0, 1].map(
    (axis) => core.pathCounts(layers, core.levelLengths(layers, size[axis]), cell[axis])[0],
  );

test("golden values are there", {
  skip: path ? false : "run through pytest, which makes them with torch",
}, () => {
  assert.ok(golden.cases.length >= 60 && golden.misfits.length >= 10);
});

test("jump, start and size equal segedu.receptive_field", () => {
  for (const { layers, jump, start, size_of_field: size } of golden.cases)
    assert.deepEqual(recursion(layers).at(-1), { jump, start, size });
});

test("each level has as many cells as torch's output has", () => {
  for (const { layers, size, lengths } of golden.cases)
    assert.deepEqual(
      [0, 1].map((axis) => core.levelLengths(layers, size[axis])),
      lengths,
    );
});

test("path counts equal torch's gradient with weights of one, at the border too", () => {
  for (const one of golden.cases) {
    const [rows, cols] = axes(one);
    assert.deepEqual([rows.length, cols.length], one.size);
    one.gradient.forEach((line, row) =>
      line.forEach((value, col) => close(rows[row] * cols[col], value, JSON.stringify(one.layers))),
    );
  }
});

test("touched pixels and their box equal torch's", () => {
  for (const one of golden.cases) {
    const [rows, cols] = axes(one);
    const fields = one.cell.map((index) => core.analyticField(one.layers, index));
    const { touched, height, width } = core.measuredField(rows, cols, ...fields);
    assert.deepEqual([touched, touched && height, touched && width], [one.touched, ...one.box]);
  }
});

test("effective squares equal segedu's effective_size", () => {
  for (const one of golden.cases)
    for (const [share, side] of Object.entries(one.sides))
      assert.equal(
        core.effectiveSquare(...axes(one), Number(share)).side,
        side,
        JSON.stringify(one),
      );
});

test("the standard deviation is that of torch's gradient, away from the border", () => {
  const whole = golden.cases.filter(({ inside }) => inside);
  assert.ok(!path || whole.length > 10);
  for (const { layers, sigma } of whole)
    close(core.effectiveSigma(layers), sigma, JSON.stringify(layers));
});

test("what torch refuses is explained with the layer's number, what it takes is not", () => {
  for (const { layers, size, layer } of golden.misfits)
    assert.equal(stack.explainStack(layers, size)?.layer, layer);
  for (const { layers, size } of golden.cases) assert.equal(stack.explainStack(layers, size), null);
});

test("the sentence of a misfit names span and room", () => {
  const { words } = stack.explainStack([conv(3, 2), conv(3, 1, 4, 1)], [9, 30]);
  assert.equal(
    words,
    "Layer 2: the kernel spans 9 cells (dilation 4 · (3 − 1) + 1), its padded input has 6 rows: " +
      "nothing comes out, and later layers have no input.",
  );
});

test("presets are those of Python, and are recognized", () => {
  if (path) assert.deepEqual(stack.STACKS, golden.presets);
  for (const [name, layers] of Object.entries(stack.STACKS))
    assert.equal(stack.stackName(layers), name);
  assert.equal(stack.stackName([conv(1)]), "custom");
});

test("L layers of 3×3 see 1 + 2L; strides multiply, dilations add", () => {
  for (let count = 1; count < 9; count++)
    assert.equal(recursion(Array(count).fill(conv(3))).at(-1).size, 1 + 2 * count);
  assert.deepEqual(recursion([conv(3, 2), conv(3, 3), conv(3)]).at(-1), {
    jump: 6,
    start: 0,
    size: 1 + 2 + 4 + 12,
  });
  assert.equal(recursion([conv(3, 1, 2), conv(3, 1, 5)]).at(-1).size, 1 + 4 + 10);
});

test("gridding 2-2-2 leaves holes in three of four places, 1-2-5 none", () => {
  const touched = (name) =>
    core
      .pathCounts(stack.STACKS[name], core.levelLengths(stack.STACKS[name], 64), 32)[0]
      .filter(Boolean);
  assert.equal(touched("gridding 2-2-2").length, 7);
  assert.equal(touched("no holes 1-2-5").length, 17);
});

test("paths down and up meet: what a cell reads, reads back", () => {
  for (const { layers, size, cell } of golden.cases.slice(0, 30)) {
    const lengths = core.levelLengths(layers, size[1]);
    const down = core.pathCounts(layers, lengths, cell[1]);
    down[0].forEach((count, input) =>
      assert.equal(core.readerCounts(layers, lengths, input, 0).at(-1)[cell[1]], count),
    );
  }
});

test("the output cell nearest to a pixel has its middle at most half a jump away", () => {
  for (const layers of Object.values(stack.STACKS)) {
    const length = core.levelLengths(layers, 224).at(-1);
    for (let index = 0; index < length; index++) {
      const { first, last } = core.analyticField(layers, index);
      assert.equal(core.nearestOutput(layers, length, (first + last) / 2), index);
    }
  }
});

test("edits keep the rest of the stack and select the touched layer", () => {
  const layers = [conv(1), conv(3), conv(5)];
  const kernels = ([edited, at]) => [edited.map(({ kernel }) => kernel), at];
  assert.deepEqual(kernels(stack.changeLayer(layers, 1, { kernel: 7 })), [[1, 7, 5], 1]);
  assert.deepEqual(kernels(stack.copyLayer(layers, 1)), [[1, 3, 3, 5], 2]);
  assert.deepEqual(kernels(stack.removeLayer(layers, 2)), [[1, 3], 1]);
  assert.deepEqual(kernels(stack.moveLayer(layers, 0, 1)), [[3, 1, 5], 1]);
  assert.deepEqual(
    layers.map(({ kernel }) => kernel),
    [1, 3, 5],
  );
});

test("typical wrong guesses are named, the right one is not", () => {
  const layers = [conv(3, 2), conv(3, 1, 3), conv(5)]; // 1 + 2 + 12 + 8
  assert.equal(stack.diagnoseSide(layers, 23), "");
  assert.match(stack.diagnoseSide(layers, 13), /if no layer had a stride/);
  assert.match(stack.diagnoseSide(layers, 15), /without dilation/);
  assert.match(stack.diagnoseSide(layers, 9), /leaves out strides and dilations/);
  assert.match(stack.diagnoseSide(layers, 22), /one pixel more/);
  assert.match(stack.diagnoseSide(layers, 11), /sum of the kernel sizes/);
  assert.match(stack.diagnoseSide(layers, 45), /product of the kernel sizes/);
  assert.match(stack.diagnoseSide(layers, 529), /asks for its side/);
  assert.equal(stack.diagnoseSide(layers, 100), "");
});

test("the average through a stack equals torch's average pooling and zero padding", () => {
  for (const { layers, image, averaged } of golden.averages ?? []) {
    const data = Float32Array.from(image.flat().flatMap((value) => [value, value, value]));
    const result = core.averageThrough(layers, {
      data,
      height: image.length,
      width: image[0].length,
    });
    assert.deepEqual([result.height, result.width], [averaged.length, averaged[0].length]);
    averaged
      .flat()
      .forEach((value, at) => assert.ok(Math.abs(result.data[at * 3 + 1] - value) < 1e-4));
  }
});

test("numbers of paths that floats can't count are rounded", () => {
  assert.equal(core.formatPaths(2187), "2,187");
  assert.equal(core.formatPaths(7 ** 20), "7.98 · 10^16");
});
