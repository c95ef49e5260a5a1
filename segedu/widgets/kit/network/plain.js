// Convolution and transposed convolution as they are defined, to read, and to test network/convolution.js against; no
// page loads it.
//
// Convolution: each output cell is a sum over the input channels of its group and the taps of the kernel. Transposed
// convolution: each input cell is spread over the output, as many copies of the kernel that add up.

/** @typedef {import("./convolution.js").FeatureMap} FeatureMap */

/**
 * @param {FeatureMap} input
 * @param {any} step of the network
 * @param {Float32Array} weight (O, C / groups, kh, kw)
 * @param {Float32Array | null} bias
 */
export function convolvePlainly(input, step, weight, bias) {
  const [[kh, kw], [sy, sx], [py, px], [dy, dx]] = numbersOf(step);
  const height = Math.floor((input.height + 2 * py - dy * (kh - 1) - 1) / sy) + 1;
  const width = Math.floor((input.width + 2 * px - dx * (kw - 1) - 1) / sx) + 1;
  const output = mapOf(step.channels, height, width, bias);
  const wide = input.channels / step.groups;
  for (let o = 0; o < step.channels; o++) {
    const group = Math.floor(o / (step.channels / step.groups));
    for (let row = 0; row < height; row++)
      for (let column = 0; column < width; column++) {
        let sum = 0;
        for (let c = 0; c < wide; c++)
          for (let ky = 0; ky < kh; ky++)
            for (let kx = 0; kx < kw; kx++) {
              const y = row * sy + ky * dy - py;
              const x = column * sx + kx * dx - px;
              if (y < 0 || y >= input.height || x < 0 || x >= input.width) continue; // the padding is zero
              const value = input.data[((group * wide + c) * input.height + y) * input.width + x];
              sum += weight[((o * wide + c) * kh + ky) * kw + kx] * value;
            }
        output.data[(o * height + row) * width + column] += sum;
      }
  }
  return output;
}

/**
 * @param {FeatureMap} input
 * @param {any} step of the network
 * @param {Float32Array} weight (C, O / groups, kh, kw)
 * @param {Float32Array | null} bias
 */
export function transposePlainly(input, step, weight, bias) {
  const [[kh, kw], [sy, sx], [py, px], [dy, dx]] = numbersOf(step);
  const height = (input.height - 1) * sy - 2 * py + dy * (kh - 1) + step.output_padding[0] + 1;
  const width = (input.width - 1) * sx - 2 * px + dx * (kw - 1) + step.output_padding[1] + 1;
  const output = mapOf(step.channels, height, width, bias);
  const count = step.channels / step.groups;
  for (let c = 0; c < input.channels; c++) {
    const group = Math.floor(c / (input.channels / step.groups));
    for (let row = 0; row < input.height; row++)
      for (let column = 0; column < input.width; column++) {
        const value = input.data[(c * input.height + row) * input.width + column];
        for (let o = 0; o < count; o++)
          for (let ky = 0; ky < kh; ky++)
            for (let kx = 0; kx < kw; kx++) {
              const y = row * sy + ky * dy - py;
              const x = column * sx + kx * dx - px;
              if (y < 0 || y >= height || x < 0 || x >= width) continue; // cut off by the padding
              const at = ((group * count + o) * height + y) * width + x;
              output.data[at] += weight[((c * count + o) * kh + ky) * kw + kx] * value;
            }
      }
  }
  return output;
}

const numbersOf = ({ kernel, stride, padding, dilation }) => [kernel, stride, padding, dilation];

function mapOf(channels, height, width, bias) {
  const plane = height * width;
  const data = new Float32Array(channels * plane);
  if (bias) data.forEach((_, at) => (data[at] = bias[Math.floor(at / plane)]));
  return { data, channels, height, width };
}
