import { scope, tensor } from '@lusd/tensor';
import { expectAllClose } from '@lusd/testing/allClose';
import { test } from 'vitest';
import { Timesteps } from '../../src/unet/timestep.ts';

async function sinusoids(timesteps: number[], options: { flipSinToCos: boolean; freqShift: number }) {
  const sinusoid = new Timesteps(320, options);
  const out = scope(() => sinusoid.forward(tensor(timesteps)));
  const data = await out.data('f32');
  out.dispose();
  sinusoid.dispose();
  return data;
}

test('gives the published values at t = 233', async () => {
  const data = await sinusoids([233], { flipSinToCos: true, freqShift: 0 });
  expectAllClose(data.slice(0, 3), [0.866752, 0.998504, 0.950376], { rtol: 2e-5, atol: 0 });
  expectAllClose(data.slice(160, 162), [0.498739, 0.054673], { rtol: 3e-4, atol: 0 });
});

test.each([
  [true, 0],
  [false, 1],
])('equals its definition, flipped %s, shifted by %s', async (flipSinToCos, freqShift) => {
  const timesteps = [0, 1, 499.5, 999];
  const expected = timesteps.flatMap((t) => {
    const angles = Array.from({ length: 160 }, (_, i) => t * Math.fround(10_000 ** (-i / (160 - freqShift))));
    const [sine, cosine] = [angles.map(Math.sin), angles.map(Math.cos)];
    return flipSinToCos ? [...cosine, ...sine] : [...sine, ...cosine];
  });
  const data = await sinusoids(timesteps, { flipSinToCos, freqShift });
  // One rounding of an angle near 999 is worth 3e-5.
  expectAllClose(data, expected, { rtol: 1e-4 });
});
