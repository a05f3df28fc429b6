/** Tested by the bits: WGSL's comparisons, min, max and clamp may treat a NaN as any number. */
export const nanSource = `fn is_nan(x: vec4f) -> vec4<bool> {
  return (bitcast<vec4u>(x) & vec4u(0x7fffffffu)) > vec4u(0x7f800000u);
}`;

/** tanh that does not overflow on adapters which compute it from exponentials. */
export const tanhSource = `${nanSource}
fn tanh_safe(x: vec4f) -> vec4f {
  return select(tanh(clamp(x, vec4f(-10.0), vec4f(10.0))), x, is_nan(x));
}`;

/** erf by the Chebyshev fit of erfc with relative error below 1.2e-7 (Numerical Recipes, erfcc). */
const erfSource = `fn erf(x: vec4f) -> vec4f {
  let z = abs(x);
  let t = 1.0 / (1.0 + 0.5 * z);
  var p = vec4f(0.17087277);
  p = -0.82215223 + t * p;
  p = 1.48851587 + t * p;
  p = -1.13520398 + t * p;
  p = 0.27886807 + t * p;
  p = -0.18628806 + t * p;
  p = 0.09678418 + t * p;
  p = 0.37409196 + t * p;
  p = 1.00002368 + t * p;
  let erfc = t * exp(-z * z - 1.26551223 + t * p);
  return select(erfc - 1.0, 1.0 - erfc, x >= vec4f(0.0));
}`;

/** The standard normal distribution function, Phi. */
export const normalCdfSource = `${erfSource}
fn normal_cdf(x: vec4f) -> vec4f {
  return 0.5 * (1.0 + erf(x * 0.7071067811865476));
}`;

/** x to the power y for any sign of x, as C's powf: negative x takes integer y only. */
export const powSource = `fn pow_signed(x: vec4f, y: vec4f) -> vec4f {
  let magnitude = pow(abs(x), y);
  let odd = abs(y - 2.0 * trunc(0.5 * y)) == vec4f(1.0);
  let signed = select(magnitude, -magnitude, odd & (x < vec4f(0.0)));
  let real = (x >= vec4f(0.0)) | (y == trunc(y));
  let result = select(sqrt(x), signed, real);
  return select(result, vec4f(1.0), y == vec4f(0.0));
}`;

/**
 * sin(x + quarters pi / 2) to 2e-7 for |x| < 1e5, where WGSL's own may be off by 5e-4 and beyond pi by anything:
 * reduced to [-pi / 4, pi / 4] with pi / 2 in three parts (Cody and Waite), then Cephes' polynomials.
 */
export const sineSource = `fn sine(x: vec4f, quarters: i32) -> vec4f {
  let n = round(x * 0.6366197723675814);
  let r = ((x - n * 1.5703125) - n * 4.837512969970703e-4) - n * 7.549789954891882e-8;
  let z = r * r;
  let odd = r + r * z * (-1.6666654611e-1 + z * (8.3321608736e-3 - z * 1.9515295891e-4));
  let even = 1.0 - 0.5 * z + z * z * (4.166664568e-2 + z * (-1.388731625e-3 + z * 2.443315712e-5));
  let quadrant = vec4i(n) + quarters;
  let value = select(odd, even, (quadrant & vec4i(1)) == vec4i(1));
  return select(value, -value, (quadrant & vec4i(2)) == vec4i(2));
}`;
