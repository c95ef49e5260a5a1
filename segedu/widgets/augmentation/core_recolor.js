// Brightness, contrast, saturation, blur and noise as torchvision.transforms.v2.functional makes them, in place, in this order. Pure, no DOM.
import { torchNormals } from "./core_random.js";

const GRAY_SHARES = [0.2989, 0.587, 0.114]; // of red, green, blue

const clampUnit = (value) => (value < 0 ? 0 : Math.min(value, 1));

// image: red, green, blue planes in [0, 1]. Buffers: `spare` as large, `gray` one plane. Returns how many values each step pushed out of [0, 1].
export function recolorImage(image, setting, [height, width], { spare, gray, noiseOf }) {
  const clipped = { brightness: 0, contrast: 0, saturation: 0, noise: 0 };
  if (setting.brightness !== 1) clipped.brightness = blendImage(image, null, 0, setting.brightness);
  if (setting.contrast !== 1) {
    fillGray(gray, image);
    const mean = gray.reduce((sum, value) => sum + value, 0) / gray.length;
    clipped.contrast = blendImage(image, null, mean, setting.contrast);
  }
  if (setting.saturation !== 1) {
    fillGray(gray, image);
    clipped.saturation = blendImage(image, gray, 0, setting.saturation);
  }
  if (setting.blur > 0) blurImage(image, spare, setting.blur, height, width);
  if (setting.noise > 0) clipped.noise = addNoise(image, noiseOf(setting.seed), setting.noise);
  return clipped;
}

// torch.randn(3, H, W) from this seed, kept until another is asked for.
export function noiseKeeper(count) {
  /** @type {{ seed: number, normals: Float32Array }} */
  let kept = { seed: NaN, normals: new Float32Array(0) };
  /** @param {number} seed */
  return (seed) => {
    if (kept.seed !== seed) kept = { seed, normals: torchNormals(seed, Math.max(count, 16)) };
    return kept.normals;
  };
}

// factor · image + (1 − factor) · other, clamped; other is a plane that all three share, or one number.
function blendImage(image, plane, other, factor) {
  const area = image.length / 3;
  let clipped = 0;
  for (let channel = 0, at = 0; channel < 3; channel++)
    for (let pixel = 0; pixel < area; pixel++, at++) {
      const value = factor * image[at] + (1 - factor) * (plane ? plane[pixel] : other);
      image[at] = clampUnit(value);
      if (value > 1 + 1e-6 || value < -1e-6) clipped += 1;
    }
  return clipped;
}

function fillGray(gray, image) {
  const area = gray.length;
  for (let at = 0; at < area; at++)
    gray[at] =
      GRAY_SHARES[0] * image[at] +
      GRAY_SHARES[1] * image[area + at] +
      GRAY_SHARES[2] * image[2 * area + at];
}

function addNoise(image, normals, deviation) {
  let clipped = 0;
  for (let at = 0; at < image.length; at++) {
    const value = image[at] + deviation * normals[at];
    image[at] = clampUnit(value);
    if (value > 1 || value < 0) clipped += 1;
  }
  return clipped;
}

// How far a Gaussian reaches to each side: three standard deviations, less where the image is smaller.
export function blurReach(sigma, height, width) {
  return Math.min(Math.ceil(3 * sigma), height - 1, width - 1);
}

export function gaussianWeights(sigma, reach) {
  const weights = Float64Array.from({ length: 2 * reach + 1 }, (_, at) =>
    Math.exp(-0.5 * ((at - reach) / sigma) ** 2),
  );
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => weight / sum);
}

// Along the rows, then along the columns; the border is mirrored without repeating its pixel.
function blurImage(image, spare, sigma, height, width) {
  const reach = blurReach(sigma, height, width);
  if (reach < 1) return;
  const weights = gaussianWeights(sigma, reach);
  const rows = 3 * height;
  for (let row = 0; row < rows; row++)
    blurLine(spare, image, row * width, 1, width, weights, reach);
  for (let channel = 0; channel < 3; channel++)
    for (let col = 0; col < width; col++)
      blurLine(image, spare, channel * height * width + col, width, height, weights, reach);
}

function blurLine(result, line, start, stride, length, weights, reach) {
  for (let at = 0; at < length; at++) {
    let sum = 0;
    if (at >= reach && at < length - reach) {
      let from = start + (at - reach) * stride;
      for (let tap = 0; tap <= 2 * reach; tap++, from += stride) sum += weights[tap] * line[from];
    } else
      for (let tap = 0; tap <= 2 * reach; tap++) {
        const place = at + tap - reach;
        const mirrored = place < 0 ? -place : place >= length ? 2 * (length - 1) - place : place;
        sum += weights[tap] * line[start + mirrored * stride];
      }
    result[start + at * stride] = sum;
  }
}
