// Pooling and the way back: windows of a map become one number each. Pure, no DOM.
//
// Arguments as in layers.js. Cells in the padding are in no maximum; in a mean they count or not, as step.counts_padding
// says. Numbers and borders are those of torch's functions.

// The number of windows along an axis; with ceil, one may begin inside and end outside, but none begins behind the end.
function windowsAlong(length, axis, { kernel, stride, padding, dilation, ceil }) {
  const room =
    length + 2 * padding[axis] - (dilation ? dilation[axis] : 1) * (kernel[axis] - 1) - 1;
  const windows = (ceil ? Math.ceil : Math.floor)(room / stride[axis]) + 1;
  const beginsBehind = (windows - 1) * stride[axis] >= length + padding[axis];
  return ceil && beginsBehind ? windows - 1 : windows;
}

// The maximum of each window; with step.indices also where it stood, row · width + column, as the map "….indices".
export function maxPool([input], step, make) {
  const { kernel, stride, padding, dilation } = step;
  const height = windowsAlong(input.height, 0, step);
  const width = windowsAlong(input.width, 1, step);
  const output = make(input.channels, height, width);
  const places = step.indices ? make(input.channels, height, width, "indices") : null;
  let to = 0;
  for (let channel = 0; channel < input.channels; channel++)
    for (let row = 0; row < height; row++)
      for (let column = 0; column < width; column++, to++) {
        let [largest, place] = [-Infinity, 0];
        for (let ky = 0; ky < kernel[0]; ky++) {
          const y = row * stride[0] - padding[0] + ky * dilation[0];
          if (y < 0 || y >= input.height) continue;
          const start = (channel * input.height + y) * input.width;
          for (let kx = 0; kx < kernel[1]; kx++) {
            const x = column * stride[1] - padding[1] + kx * dilation[1];
            if (x < 0 || x >= input.width || input.data[start + x] <= largest) continue;
            largest = input.data[start + x];
            place = y * input.width + x;
          }
        }
        output.data[to] = largest;
        if (places) places.data[to] = place;
      }
  return output;
}

// Each value back to where its maximum stood, zeros elsewhere.
export function maxUnpool([input, indices], { size }, make) {
  const output = make(input.channels, size[0], size[1]);
  const plane = input.height * input.width;
  output.data.fill(0);
  for (let at = 0; at < input.data.length; at++) {
    const start = Math.floor(at / plane) * size[0] * size[1];
    output.data[start + indices.data[at]] = input.data[at];
  }
  return output;
}

export function averagePool([input], step, make) {
  const { kernel, stride, padding, counts_padding: countsPadding, divisor } = step;
  const height = windowsAlong(input.height, 0, step);
  const width = windowsAlong(input.width, 1, step);
  const output = make(input.channels, height, width);
  let to = 0;
  for (let channel = 0; channel < input.channels; channel++)
    for (let row = 0; row < height; row++)
      for (let column = 0; column < width; column++, to++) {
        const [top, left] = [row * stride[0] - padding[0], column * stride[1] - padding[1]];
        const bottom = Math.min(top + kernel[0], input.height + padding[0]);
        const right = Math.min(left + kernel[1], input.width + padding[1]);
        const window = { top: Math.max(top, 0), left: Math.max(left, 0) };
        const box = {
          ...window,
          bottom: Math.min(bottom, input.height),
          right: Math.min(right, input.width),
        };
        const cells = countsPadding
          ? (bottom - top) * (right - left)
          : (box.bottom - box.top) * (box.right - box.left);
        output.data[to] = sumOf(input, channel, box) / (divisor ?? cells);
      }
  return output;
}

// The mean of each of size[0] × size[1] parts; of a 1 × 1 map, of the whole.
export function adaptiveAveragePool([input], { size }, make) {
  const [height, width] = size;
  const output = make(input.channels, height, width);
  let to = 0;
  for (let channel = 0; channel < input.channels; channel++)
    for (let row = 0; row < height; row++)
      for (let column = 0; column < width; column++, to++) {
        const top = Math.floor((row * input.height) / height);
        const left = Math.floor((column * input.width) / width);
        const bottom = Math.ceil(((row + 1) * input.height) / height);
        const right = Math.ceil(((column + 1) * input.width) / width);
        const sum = sumOf(input, channel, { top, left, bottom, right });
        output.data[to] = sum / ((bottom - top) * (right - left));
      }
  return output;
}

function sumOf(input, channel, { top, left, bottom, right }) {
  let sum = 0;
  for (let y = top; y < bottom; y++)
    for (let x = left; x < right; x++)
      sum += input.data[(channel * input.height + y) * input.width + x];
  return sum;
}
