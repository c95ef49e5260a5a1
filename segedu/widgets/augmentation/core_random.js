// Torch's random numbers from a seed, in the page: the generator behind torch.Generator().manual_seed(seed) on the CPU, torch.rand, torch.randn. Pure, no DOM.
const TWISTER = 624;

// `count` whole numbers of 32 bits: the Mersenne Twister MT19937 (Matsumoto and Nishimura 1998).
export function torchBits(seed, count) {
  const state = new Uint32Array(TWISTER);
  state[0] = seed;
  for (let at = 1; at < TWISTER; at++)
    state[at] = Math.imul(1812433253, state[at - 1] ^ (state[at - 1] >>> 30)) + at;
  const bits = new Uint32Array(count);
  for (let at = 0; at < count; at++) {
    if (at % TWISTER === 0) twist(state);
    let value = state[at % TWISTER];
    value ^= value >>> 11;
    value ^= (value << 7) & 0x9d2c5680;
    value ^= (value << 15) & 0xefc60000;
    bits[at] = value ^ (value >>> 18);
  }
  return bits;
}

function twist(state) {
  for (let at = 0; at < TWISTER; at++) {
    const mixed = (state[at] & 0x80000000) | (state[(at + 1) % TWISTER] & 0x7fffffff);
    state[at] = state[(at + 397) % TWISTER] ^ (mixed >>> 1) ^ (mixed & 1 ? 0x9908b0df : 0);
  }
}

// torch.rand(count): 24 bits each, in [0, 1).
export function torchUniforms(seed, count) {
  return Float64Array.from(torchBits(seed, count), (bits) => (bits & 0xffffff) / 2 ** 24);
}

// torch.randn(count) for at least 16 numbers: Box and Muller's transform of 16 uniform numbers at a time; a rest of fewer makes the last 16 anew.
export function torchNormals(seed, count) {
  const uniforms = torchUniforms(seed, count + 16);
  const normals = new Float32Array(count);
  for (let start = 0; start + 16 <= count; start += 16)
    fillSixteen(normals, start, uniforms, start);
  if (count % 16) fillSixteen(normals, count - 16, uniforms, count);
  return normals;
}

function fillSixteen(normals, start, uniforms, from) {
  for (let at = 0; at < 8; at++) {
    const radius = Math.sqrt(-2 * Math.log(1 - uniforms[from + at]));
    const angle = 2 * Math.PI * uniforms[from + at + 8];
    normals[start + at] = radius * Math.cos(angle);
    normals[start + at + 8] = radius * Math.sin(angle);
  }
}
