// Convolution and transposed convolution as they are defined, to read and to test network/convolution.js against; no page loads it.
//
// Convolution: each output cell is a sum over the input channels of its group and the taps of the kernel. Transposed
// convolution: each input cell is spread over the output, as many copies of the kernel that add up.

/**
 * @param {import("./convolution.js").FeatureMap} input
 * @param {any} settings a step of the network
 * @param {ArrayLike<number>} weight (O, C / groups, kh, kw)
 * @param {ArrayLike<number> | null} bias
 */
export function convolvePlainly(input, settings, weight, bias) {
  const { channels, kernel, stride, padding, dilation, groups } = settings;
  const span = kernel.map((size, axis) => dilation[axis] * (size - 1) + 1);
  const height = Math.floor((input.height + 2 * padding[0] - span[0]) / stride[0]) + 1;
  const width = Math.floor((input.width + 2 * padding[1] - span[1]) / stride[1]) + 1;
  const wide = input.channels / groups;
  const output = { data: new Float32Array(channels * height * width), channels, height, width };
  for (let o = 0; o < channels; o++)
    for (let row = 0; row < height; row++)
      for (let column = 0; column < width; column++) {
        let sum = bias ? bias[o] : 0;
        for (let c = 0; c < wide; c++)
          for (let ky = 0; ky < kernel[0]; ky++)
            for (let kx = 0; kx < kernel[1]; kx++) {
              const y = row * stride[0] + ky * dilation[0] - padding[0];
              const x = column * stride[1] + kx * dilation[1] - padding[1];
              if (y < 0 || y >= input.height || x < 0 || x >= input.width) continue; // the padding is zero
              const channel = Math.floor(o / (channels / groups)) * wide + c;
              const tap = weight[((o * wide + c) * kernel[0] + ky) * kernel[1] + kx];
              sum += tap * input.data[(channel * input.height + y) * input.width + x];
            }
        output.data[(o * height + row) * width + column] = sum;
      }
  return output;
}

/**
 * @param {import("./convolution.js").FeatureMap} input
 * @param {any} settings a step of the network
 * @param {ArrayLike<number>} weight (C, O / groups, kh, kw)
 * @param {ArrayLike<number> | null} bias
 */
export function transposePlainly(input, settings, weight, bias) {
  const { channels, kernel, stride, padding, dilation, groups } = settings;
  const [height, width] = [input.height, input.width].map(
    (length, axis) =>
      (length - 1) * stride[axis] -
      2 * padding[axis] +
      dilation[axis] * (kernel[axis] - 1) +
      settings.output_padding[axis] +
      1,
  );
  const count = channels / groups;
  const output = { data: new Float32Array(channels * height * width), channels, height, width };
  if (bias)
    for (let o = 0; o < channels; o++)
      output.data.fill(bias[o], o * height * width, (o + 1) * height * width);
  for (let c = 0; c < input.channels; c++)
    for (let row = 0; row < input.height; row++)
      for (let column = 0; column < input.width; column++)
        for (let o = 0; o < count; o++)
          for (let ky = 0; ky < kernel[0]; ky++)
            for (let kx = 0; kx < kernel[1]; kx++) {
              const y = row * stride[0] + ky * dilation[0] - padding[0];
              const x = column * stride[1] + kx * dilation[1] - padding[1];
              if (y < 0 || y >= height || x < 0 || x >= width) continue; // cut off by the padding
              const channel = Math.floor(c / (input.channels / groups)) * count + o;
              const tap = weight[((c * count + o) * kernel[0] + ky) * kernel[1] + kx];
              const value = input.data[(c * input.height + row) * input.width + column];
              output.data[(channel * height + y) * width + x] += tap * value;
            }
  return output;
}
