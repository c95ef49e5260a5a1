// The pure arithmetic of the convolution explorer against numbers that torch made (test_sweep.py writes them).
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import * as core from "../../../segedu/widgets/convolution/core.js";
import {
  formatCount,
  formatNumber,
  isRounded,
  parseNumber,
  plural,
} from "../../../segedu/widgets/kit/numbers.js";

const golden = process.env.SEGEDU_GOLDEN
  ? JSON.parse(readFileSync(process.env.SEGEDU_GOLDEN, "utf-8"))
  : { cases: [], misfits: [] };
const close = (a, b, what) => assert.ok(Math.abs(a - b) < 1e-9, `${what}: ${a} is not ${b}`);
const base = {
  image: core.resizeImage([], 5, 7),
  kernel: core.KERNELS["vertical edges"](3, 3),
  stride: 1,
  padding: 0,
  dilation: 1,
};

test("golden values are there", {
  skip: process.env.SEGEDU_GOLDEN ? false : "run through pytest, which makes them with torch",
}, () => {
  assert.ok(golden.cases.length >= 50 && golden.misfits.length >= 10);
});

test("convolve equals torch", () => {
  for (const { setting, output } of golden.cases) {
    const mine = core.convolve(setting);
    assert.deepEqual([mine.length, mine[0].length], [output.length, output[0].length]);
    mine.flat().forEach((value, at) => close(value, output.flat()[at], JSON.stringify(setting)));
  }
});

test("the size formula agrees with the shape that torch returns", () => {
  for (const { setting, output } of golden.cases) {
    const [rows, cols] = core.sizes(setting);
    assert.deepEqual([rows.output, cols.output], [output.length, output[0].length]);
  }
});

test("what torch refuses is explained, what it takes is not", () => {
  for (const setting of golden.misfits) {
    assert.match(core.explainMisfit(setting), /^No output: the kernel spans \d+ cells/);
    assert.deepEqual(core.convolve(setting), []);
  }
  for (const { setting } of golden.cases) assert.equal(core.explainMisfit(setting), null);
});

test("the sentence of the misfit names span and padded size", () => {
  const words = core.explainMisfit({ ...base, padding: 1, dilation: 4 });
  assert.equal(
    words,
    "No output: the kernel spans 9 cells (dilation 4 · (3 − 1) + 1), the padded input has 7 rows.",
  );
});

test("the products of a window sum to the output", () => {
  for (const { setting, output } of golden.cases.slice(0, 20))
    output.forEach((line, row) =>
      line.forEach((value, col) =>
        close(core.sumOf(core.windowTerms(setting, row, col)), value, "sum"),
      ),
    );
});

test("readers of an input cell are the outputs with a gradient there, through the right tap", () => {
  for (const { setting, readers } of golden.cases)
    readers.forEach((line, row) =>
      line.forEach((expected, col) => {
        const mine = core.readersOf(setting, row, col);
        assert.equal(mine.length, expected);
        for (const reader of mine) {
          const term = core.windowTerms(setting, reader.row, reader.col)[reader.tap];
          assert.deepEqual([term.row, term.col], [row, col]);
        }
      }),
    );
});

test("a tap reads one cell per output, and every one of them lies in the padded input", () => {
  for (const { setting, output } of golden.cases.slice(0, 20)) {
    const cells = core.cellsOfTap(setting, 0);
    assert.equal(cells.length, output.flat().length);
    assert.ok(cells.every(({ row, col }) => row >= -setting.padding && col >= -setting.padding));
  }
});

test("litCells: output lights its window, input its readers, kernel all cells of the tap", () => {
  const output = core.litCells(base, { grid: "output", row: 1, col: 2 }, { row: 1, col: 2 });
  assert.deepEqual(
    [...output.input.keys()],
    ["1,2", "1,3", "1,4", "2,2", "2,3", "2,4", "3,2", "3,3", "3,4"],
  );
  assert.deepEqual([...output.input.values()], [0, 1, 2, 3, 4, 5, 6, 7, 8]);
  const corner = core.litCells(base, { grid: "input", row: 0, col: 0 }, { row: 1, col: 2 });
  assert.deepEqual([...corner.output], [["0,0", 0]]);
  const tap = core.litCells(base, { grid: "kernel", row: 0, col: 2 }, { row: 1, col: 2 });
  assert.equal(tap.input.size, 15);
  assert.equal(tap.output.size, 15);
});

test("unread rows and columns are named", () => {
  assert.equal(core.explainUnread(base), "");
  assert.equal(
    core.explainUnread({ ...base, stride: 3 }),
    "Stride 3 never reaches the last 2 rows and the last column of the input: the floor in the formula drops them.",
  );
});

test("the menu's kernels: known matrices, any size, found again by name", () => {
  assert.deepEqual(core.KERNELS["vertical edges"](3, 3), [
    [-1, 0, 1],
    [-2, 0, 2],
    [-1, 0, 1],
  ]);
  assert.deepEqual(core.KERNELS.sharpen(3, 3), [
    [0, -1, 0],
    [-1, 5, -1],
    [0, -1, 0],
  ]);
  assert.deepEqual(
    core.KERNELS["Gaussian blur"](3, 3)
      .flat()
      .map((weight) => weight * 16),
    [1, 2, 1, 2, 4, 2, 1, 2, 1],
  );
  for (const [name, make] of Object.entries(core.KERNELS)) {
    assert.equal(core.kernelName(make(3, 3)), name);
    for (let rows = 1; rows <= 5; rows++)
      for (let cols = 1; cols <= 5; cols++) {
        assert.deepEqual([make(rows, cols).length, make(rows, cols)[0].length], [rows, cols]);
        assert.ok(
          make(rows, cols)
            .flat()
            .every((weight) => Number.isFinite(weight) && !Object.is(weight, -0)),
        );
      }
  }
  for (const name of ["box blur", "Gaussian blur", "sharpen", "identity"])
    close(
      core.KERNELS[name](4, 5)
        .flat()
        .reduce((a, b) => a + b),
      1,
      `${name} keeps a flat picture`,
    );
});

test("a custom kernel is cropped and extended; an image comes back when its slider does", () => {
  assert.deepEqual(
    core.resizeKernel(
      [
        [1, 2],
        [3, 4],
      ],
      "custom",
      3,
      1,
    ),
    [[1], [3], [0]],
  );
  const image = [
    [9, 8],
    [7, 6],
  ];
  assert.deepEqual(core.resizeImage(image, 1, 1), [[9]]);
  assert.deepEqual(core.resizeImage(image, 2, 2), image);
});

test("a wrong guess is diagnosed", () => {
  const say = (guess, change = {}, row = 0, col = 0) =>
    core.diagnoseGuess({ ...base, ...change }, row, col, guess);
  const flipped = {
    kernel: [
      [1, 0],
      [0, 3],
    ],
    image: [
      [1, 2, 3],
      [4, 5, 6],
      [7, 8, 9],
    ],
  };
  assert.match(say(-5), /wrong sign/);
  assert.match(say(3 + 5, flipped), /flipped/); // right is 1 + 15
  assert.match(say(1 + 2 + 4 + 5, flipped), /multiplied by its weight/);
  assert.match(say(1 + 15, { ...flipped, dilation: 2 }), /dilation 1/);
  assert.equal(say(1234), "");
});

test("torch code has the numbers and the shapes in it", () => {
  const code = core.torchCode({ ...base, stride: 2, padding: 1 });
  assert.match(code, /stride=2, padding=1, dilation=1/);
  assert.match(code, /# \(5, 7\)/);
  assert.match(core.torchCode({ ...base, dilation: 4 }), /torch raises/);
});

test("numbers as students read and type them", () => {
  assert.deepEqual(
    [
      formatNumber(-2),
      formatNumber(1 / 9),
      formatNumber(-0),
      formatNumber(0.0004),
      formatNumber(12.5),
    ],
    ["−2", "0.111", "0", "0", "12.5"],
  );
  assert.deepEqual([isRounded(1 / 9), isRounded(0.125), isRounded(3)], [true, false, false]);
  assert.deepEqual(
    [parseNumber("-2"), parseNumber("−2"), parseNumber("1/8"), parseNumber(" .5 ")],
    [-2, -2, 0.125, 0.5],
  );
  assert.deepEqual(["", "x", "1/0", "1e3", "2-"].map(parseNumber), [null, null, null, null, null]);
  assert.deepEqual(
    [formatCount(1234567), plural(1, "cell"), plural(2, "cell")],
    ["1,234,567", "1 cell", "2 cells"],
  );
});
