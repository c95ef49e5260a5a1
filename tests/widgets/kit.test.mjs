// The parts of the kit that need no page: the taps' colors, the shim of the model, the shape of the modules.
import assert from "node:assert/strict";
import test from "node:test";
import {
  hexOf,
  inkOn,
  luminance,
  mixColors,
  packedColor,
  rampColor,
  rgbOf,
  TAP_COLORS,
  tapColor,
} from "../../segedu/widgets/kit/colors.js";
import { modelShim } from "../../segedu/widgets/kit/shim.js";

const contrast = (a, b) =>
  (Math.max(luminance(a), luminance(b)) + 0.05) / (Math.min(luminance(a), luminance(b)) + 0.05);

test("25 different tap colors, each readable under its ink", () => {
  assert.equal(new Set(TAP_COLORS).size, 25);
  for (const color of TAP_COLORS)
    assert.ok(contrast(color, inkOn(color)) >= 4.5, `${color}: ${contrast(color, inkOn(color))}`);
  assert.equal(tapColor(25), TAP_COLORS[0]);
});

test("luminance reads hex and computed colors", () => {
  assert.equal(luminance("#ffffff"), 1);
  assert.equal(luminance("rgb(0, 0, 0)"), 0);
  assert.equal(luminance(""), 1); // not on a page yet
  assert.ok(Math.abs(luminance("#808080") - luminance("rgb(128, 128, 128)")) < 1e-12);
});

test("the shim sets, tells, and stops telling", () => {
  const model = modelShim({ stride: 1 }),
    heard = [];
  const listener = () => heard.push(model.get("stride"));
  model.on("change:stride change:other", listener);
  model.set("stride", 2);
  model.off("change:stride", listener);
  model.set("stride", 3);
  model.save_changes();
  assert.deepEqual(heard, [2]);
  assert.equal(model.get("stride"), 3);
});

test("a color is three numbers and back, mixed in equal parts, packed as a canvas keeps it", () => {
  assert.deepEqual(rgbOf("#0a80ff"), [10, 128, 255]);
  assert.equal(hexOf([10, 128, 255]), "#0a80ff");
  assert.equal(mixColors("#000000", "#ff8040", 0.25), "#402010");
  assert.equal(mixColors("#123456", "#ffffff", 0), "#123456");
  const bytes = new Uint8Array(Uint32Array.of(packedColor([1, 2, 3], 250.7)).buffer);
  assert.deepEqual([...bytes], [1, 2, 3, 250]);
});

test("a ramp has its own colors at equal steps and stays within its ends", () => {
  const stops = ["#000000", "#64c800", "#ffffff"].map(rgbOf);
  assert.deepEqual(
    [-1, 0, 0.25, 0.5, 1, 2].map((share) => hexOf(rampColor(stops, share))),
    ["#000000", "#000000", "#326400", "#64c800", "#ffffff", "#ffffff"],
  );
});
