// The logistic function and its inverse, with all digits at both ends. Pure, no DOM.

export function sigmoid(z) {
  return z >= 0 ? 1 / (1 + Math.exp(-z)) : Math.exp(z) / (1 + Math.exp(z));
}

export function logit(p) {
  return Math.log(p) - Math.log1p(-p);
}
