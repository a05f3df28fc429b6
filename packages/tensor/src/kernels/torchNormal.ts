import { WIDE_INTEGER, wideLiteral } from './wideInteger.ts';

/** Bits of fixed-point constants while they are made. */
const PRECISION = 160n;
const ONE = 1n << PRECISION;
/** pi, in hexadecimal digits. */
const PI = 0x3243f6a8885a308d313198a2e03707344a4093822n << (PRECISION - 160n);
/** The f32 nearest to 2 pi, times 2^21. */
const TWO_PI_F32 = 13176795;
/** Intervals of [1, 2] with a constant each for the logarithm. */
const INTERVALS = 32;

/** 2 atanh((a - b) / (a + b)) = log(a / b), for a / b from 1 to 2. */
function logOf(a: bigint, b: bigint): bigint {
  let power = ((a - b) * ONE) / (a + b);
  const square = (power * power) >> PRECISION;
  let sum = 0n;
  for (let n = 1n; power > 0n; n += 2n) {
    sum += power / n;
    power = (power * square) >> PRECISION;
  }
  return 2n * sum;
}

/** `value` with `bits` after the point, to nearest. */
function fixed(value: bigint, bits: bigint): bigint {
  const extra = PRECISION - bits;
  return (value + (1n << (extra - 1n))) >> extra;
}

function reciprocalOf(x: bigint): string {
  return wideLiteral(fixed(ONE / x, 63n));
}

function factorial(n: number): bigint {
  return n < 2 ? 1n : BigInt(n) * factorial(n - 1);
}

/** 14 bits of the reciprocal of the middle of an interval. */
function inverseOf(interval: number): number {
  return Math.floor((2 ** 14 * INTERVALS + Math.floor((INTERVALS + interval) / 2)) / (INTERVALS + interval));
}

/** Horner's rule over 63 bits after the point: c_0 + x (c_1 + x (c_2 ..)), where `next` joins c_n and x times the rest. */
function horner(
  coefficients: readonly string[],
  x: string,
  next: (c: string, product: string) => string,
): string {
  const [last, ...others] = [...coefficients].reverse();
  const steps = others.map((c) => `p = ${next(c, `wide_multiply_high(${x}, p)`)};`);
  return [`var p = ${last};`, ...steps].join('\n  ');
}

const alternating = (c: string, product: string) => `wide_subtract(${c}, ${product})`;
const terms = <T>(count: number, term: (n: number) => T): T[] =>
  Array.from({ length: count }, (_, n) => term(n));

/** Multiples of pi / 2 with 93 bits after the point, in three words. */
function quarterTurns(): string {
  const words = (n: bigint) => [0n, 32n, 64n].map((shift) => `${BigInt.asUintN(32, n >> shift)}u`);
  return terms(5, (k) => `vec3u(${words(fixed((PI * BigInt(k)) / 2n, 93n)).join(', ')})`).join(', ');
}

const eighthTurn = (k: number) => wideLiteral(fixed((PI * BigInt(k)) / 4n, 61n));

/**
 * WGSL of `torch_normal(radius_word, angle_word, cosine)`: the bits of the f32 that torch's CUDA generator makes of two
 * words, with the logarithm, root and sine rounded to nearest: `TorchCudaGenerator.randn`, which has them as doubles before.
 *
 * All in integers, since WGSL leaves the last bits of log, sin, cos and sqrt to the adapter, and even those of products
 * to its direction of rounding. A number is a 64-bit integer times a power of 2.
 */
export const TORCH_NORMAL = `${WIDE_INTEGER}

/** A positive number: significand 2^exponent. */
struct Scaled {
  significand: vec2u,
  exponent: i32,
}

/** With 24 significant bits, as f32 has, after 53, as the host's double has. */
fn rounded(x: Scaled) -> Scaled {
  // Room for the carry: numbers that fill all bits are not exact anyway.
  let room = x.significand.y >> 31u;
  let n = wide_round(wide_round(wide_right(x.significand, room), 53u), 24u);
  let shift = i32(wide_bits(n)) - 24;
  let significand = select(wide_right(n, u32(shift)), wide_left(n, u32(-shift)), shift < 0);
  return Scaled(significand, x.exponent + i32(room) + shift);
}

/** The bits of the f32 that equals a number with 24 significant bits. */
fn bits_of(x: Scaled) -> u32 {
  return (u32(x.exponent + 23 + 127) << 23u) + (x.significand.x - 0x800000u);
}

/** 2 w + 1, where w is the word as an f32. */
fn odd_of(word: u32) -> vec2u {
  return wide_add(wide_left(wide_round(vec2u(word, 0u), 24u), 1u), vec2u(1u, 0u));
}

const LOGARITHMS = array<vec2u, ${INTERVALS + 1}>(${terms(INTERVALS + 1, (i) => wideLiteral(fixed(logOf(BigInt(inverseOf(i)), 1n << 13n), 59n))).join(', ')});

/** -log(u) of u = n 2^-33, in (0, 1), where n has 24 significant bits. */
fn minus_log(n: vec2u) -> Scaled {
  let bits = wide_bits(n);
  let m = select(wide_right(n, bits - 24u), wide_left(n, 24u - bits), bits < 24u).x;
  let halvings = 34u - bits;
  // u = m 2^-23 2^-halvings; m c = 2^37 (1 + r), with c close to the reciprocal.
  let interval = (m - 0x800000u + 0x20000u) >> 18u;
  let c = (${2 ** 14 * INTERVALS}u + ((${INTERVALS}u + interval) >> 1u)) / (${INTERVALS}u + interval);
  let product = wide_product(m, c);
  let above = product.y >= 32u;
  let r = select(wide_subtract(vec2u(0u, 32u), product), wide_subtract(product, vec2u(0u, 32u)), above).x;
  let x = vec2u(r << 27u, r >> 5u);
  ${horner(
    terms(11, (n) => reciprocalOf(BigInt(n + 1))),
    'x',
    (c, product) => `select(wide_add(${c}, ${product}), wide_subtract(${c}, ${product}), above)`,
  )}
  let zeros = countLeadingZeros(r);
  let log_r = select(wide_multiply_high(vec2u(0u, r << (zeros & 31u)), p), vec2u(0u), r == 0u);
  let log2 = ${wideLiteral(fixed(logOf(2n, 1n), 59n))};
  let turns = halvings - 1u;
  let whole = vec2u(log2.x * turns, log2.y * turns + multiply_high(log2.x, turns));
  let constant = wide_add(whole, LOGARITHMS[interval]);
  if (constant.x == 0u && constant.y == 0u) { return Scaled(log_r, -68 - i32(zeros)); }
  let part = wide_right(log_r, 9u + zeros);
  return Scaled(select(wide_add(constant, part), wide_subtract(constant, part), above), -59);
}

/** The root of a number with 24 significant bits, rounded to as many. */
fn root_of(x: Scaled) -> Scaled {
  let shift = select(26, 25, (x.exponent - 25) % 2 == 0);
  let square = wide_left(x.significand, u32(shift));
  var root = 0u;
  for (var bit = 1u << 24u; bit > 0u; bit >>= 1u) {
    let larger = root | bit;
    if (!wide_less(square, wide_product(larger, larger))) { root = larger; }
  }
  // Never halfway: such a root has a square of 50 bits.
  return Scaled(vec2u((root + 1u) >> 1u, 0u), (x.exponent - shift) / 2 + 1);
}

const QUARTER_TURNS = array<vec3u, 5>(${quarterTurns()});

struct Signed {
  size: Scaled,
  negative: bool,
}

fn sine_series(r: vec2u, z: vec2u) -> vec2u {
  ${horner(
    terms(10, (n) => reciprocalOf(factorial(2 * n + 1))),
    'z',
    alternating,
  )}
  return wide_multiply_high(r, p);
}

fn cosine_series(z: vec2u) -> vec2u {
  ${horner(
    terms(11, (n) => reciprocalOf(factorial(2 * n))),
    'z',
    alternating,
  )}
  return p;
}

/** The sine, or the cosine, of an angle with 61 bits after the point, at most 2 pi. */
fn sine_of(angle: vec2u, cosine: bool) -> Signed {
  let turns = u32(!wide_less(angle, ${eighthTurn(1)})) + u32(!wide_less(angle, ${eighthTurn(3)}))
    + u32(!wide_less(angle, ${eighthTurn(5)})) + u32(!wide_less(angle, ${eighthTurn(7)}));
  let turn = QUARTER_TURNS[turns];
  let below = wide_less(angle, turn.yz) || (all(angle == turn.yz) && turn.x > 0u);
  // The distance from the nearest quarter turn, with 93 bits after the point.
  let borrow = vec2u(u32(turn.x > 0u), 0u);
  let high = select(wide_subtract(wide_subtract(angle, turn.yz), borrow), wide_subtract(turn.yz, angle), below);
  let low = select(0u - turn.x, turn.x, below);
  let zeros = 64u - wide_bits(high);
  let r = wide_left(high, zeros) | wide_right(vec2u(0u, low), 64u - zeros);
  let x = wide_right(r, zeros - 3u);
  let z = wide_multiply_high(x, x);
  let quadrant = (turns + u32(cosine)) % 4u;
  if (quadrant % 2u == 1u) { return Signed(Scaled(cosine_series(z), -63), quadrant == 3u); }
  return Signed(Scaled(sine_series(r, z), -60 - i32(zeros)), (quadrant == 2u) != below);
}

/** The angle of a word, with 61 bits after the point. */
fn angle_of(word: u32) -> vec2u {
  let odd = odd_of(word);
  let product = wide_add(wide_product(odd.x, ${TWO_PI_F32}u), vec2u(0u, odd.y * ${TWO_PI_F32}u));
  return wide_left(wide_round(wide_round(product, 53u), 24u), 7u);
}

fn torch_normal(radius_word: u32, angle_word: u32, cosine: bool) -> u32 {
  let sine = sine_of(angle_of(angle_word), cosine);
  let sign = select(0u, 0x80000000u, sine.negative);
  let uniform_bits = wide_round(odd_of(radius_word), 24u);
  // The root of -2 log(1) is -0.
  if (uniform_bits.y == 2u) { return sign ^ 0x80000000u; }
  var square = rounded(minus_log(uniform_bits));
  square.exponent += 1;
  let radius = root_of(square);
  let factor = rounded(sine.size);
  let product_exponent = radius.exponent + factor.exponent;
  let normal = Scaled(wide_product(radius.significand.x, factor.significand.x), product_exponent);
  return sign | bits_of(rounded(normal));
}`;
