/** WGSL of `multiply_high`: the high word of a product, put together from halves, since WGSL has no 64-bit integers. */
export const MULTIPLY_HIGH = `
fn multiply_high(a: u32, b: u32) -> u32 {
  let a_low = a & 0xffffu;
  let a_high = a >> 16u;
  let b_low = b & 0xffffu;
  let b_high = b >> 16u;
  let middle = a_high * b_low + ((a_low * b_low) >> 16u);
  let carry = a_low * b_high + (middle & 0xffffu);
  return a_high * b_high + (middle >> 16u) + (carry >> 16u);
}`;

/** WGSL for unsigned integers of 64 bits, which are vec2u(low, high). */
export const WIDE_INTEGER = `${MULTIPLY_HIGH}

fn wide_add(a: vec2u, b: vec2u) -> vec2u {
  let low = a.x + b.x;
  return vec2u(low, a.y + b.y + u32(low < a.x));
}

fn wide_subtract(a: vec2u, b: vec2u) -> vec2u {
  return vec2u(a.x - b.x, a.y - b.y - u32(a.x < b.x));
}

fn wide_less(a: vec2u, b: vec2u) -> bool {
  return a.y < b.y || (a.y == b.y && a.x < b.x);
}

fn wide_left(a: vec2u, n: u32) -> vec2u {
  if (n >= 64u) { return vec2u(0u); }
  if (n >= 32u) { return vec2u(0u, a.x << (n - 32u)); }
  if (n == 0u) { return a; }
  return vec2u(a.x << n, (a.y << n) | (a.x >> (32u - n)));
}

fn wide_right(a: vec2u, n: u32) -> vec2u {
  if (n >= 64u) { return vec2u(0u); }
  if (n >= 32u) { return vec2u(a.y >> (n - 32u), 0u); }
  if (n == 0u) { return a; }
  return vec2u((a.x >> n) | (a.y << (32u - n)), a.y >> n);
}

/** Bits up to the highest that is set. */
fn wide_bits(a: vec2u) -> u32 {
  return select(64u - countLeadingZeros(a.y), 32u - countLeadingZeros(a.x), a.y == 0u);
}

fn wide_product(a: u32, b: u32) -> vec2u {
  return vec2u(a * b, multiply_high(a, b));
}

/** The high 64 of the 128 bits of a product, less than 3 too low. */
fn wide_multiply_high(a: vec2u, b: vec2u) -> vec2u {
  let middle = wide_add(vec2u(multiply_high(a.y, b.x), 0u), vec2u(multiply_high(a.x, b.y), 0u));
  return wide_add(wide_product(a.y, b.y), middle);
}

/** \`a\`, below 2^63, rounded to so many significant bits, to even where it is halfway. */
fn wide_round(a: vec2u, digits: u32) -> vec2u {
  let bits = wide_bits(a);
  if (bits <= digits) { return a; }
  let extra = bits - digits;
  let below_half = wide_subtract(wide_left(vec2u(1u, 0u), extra - 1u), vec2u(1u, 0u));
  let odd = vec2u(wide_right(a, extra).x & 1u, 0u);
  return wide_left(wide_right(wide_add(a, wide_add(below_half, odd)), extra), extra);
}`;

/** A literal of 64 bits. */
export function wideLiteral(value: bigint): string {
  return `vec2u(${BigInt.asUintN(32, value)}u, ${value >> 32n}u)`;
}
