// The weights of bicubic interpolation. Pure, no DOM.
const CUBIC = -0.75; // torch's parameter a

// Keys' cubic convolution: what an input at this distance counts.
export function cubicWeight(distance, a = CUBIC) {
  const t = Math.abs(distance);
  if (t <= 1) return (a + 2) * t ** 3 - (a + 3) * t ** 2 + 1;
  return t < 2 ? a * (t ** 3 - 5 * t ** 2 + 8 * t - 4) : 0;
}
