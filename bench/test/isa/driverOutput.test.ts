import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type Compiled, parseCompiled } from '../../src/isa/driverOutput.ts';
import { FAMILIES } from '../../src/isa/families.ts';
import { hottestBlock } from '../../src/isa/hottestBlock.ts';
import { type InstructionKind, kindOf } from '../../src/isa/instructions.ts';
import { splitByAnnouncement } from '../../src/isa/protocol.ts';

/** What Mesa 25.0.7 printed about up to three kernels, and the null loader after it. */
function recorded(family: string): Map<number, string> {
  return splitByAnnouncement(readFileSync(new URL(`golden/${family}.txt`, import.meta.url), 'utf8'));
}

function compiled(family: string, pipeline: number): Compiled {
  return parseCompiled(`pipeline ${pipeline}`, recorded(family).get(pipeline)!)!;
}

function hottest(familyName: string, pipeline: number) {
  const { blocks, subgroupSize } = compiled(familyName, pipeline);
  return hottestBlock(blocks, subgroupSize, FAMILIES.find(({ name }) => name === familyName)!);
}

// Pipeline 0 adds products of vec4s, its subgroups pinned to 32 where there are such; 1 reads single halves from
// workgroup memory; 2 multiplies matrices.
describe('what the driver prints', () => {
  test('statistics of kernels with subgroups of 32 and of 64', () => {
    expect(compiled('navi31', 0)).toMatchObject({
      hash: '13658153164083816737',
      vgprs: 24,
      subgroupsPerSimd: 16,
      subgroupSize: 32,
      spilledVgprs: 0,
      scratchBytes: 0,
      workgroupBytes: 0,
    });
    expect(compiled('navi31', 1)).toMatchObject({
      vgprs: 12,
      subgroupsPerSimd: 32,
      subgroupSize: 64,
      workgroupBytes: 1024,
    });
    expect(compiled('navi31', 2)).toMatchObject({ vgprs: 72, subgroupSize: 32 });
  });

  test('spills', () => {
    const output = recorded('navi31').get(0)!;
    const spilling = output
      .replace('Spilled VGPRs: 0', 'Spilled VGPRs: 7')
      .replace('Scratch size: 0', 'Scratch size: 28');
    expect(parseCompiled('linear', spilling)).toMatchObject({ spilledVgprs: 7, scratchBytes: 28 });
  });

  test('nothing about a pipeline whose text was compiled before', () => {
    expect(recorded('navi31').get(3)).toBe('');
    expect(parseCompiled('again', '')).toBeNull();
  });

  test('a missing line is named', () => {
    const output = recorded('navi31').get(0)!;
    expect(() => parseCompiled('linear', output.replace('Subgroup size', 'Size'))).toThrow(
      "linear: the driver printed no line 'Subgroup size'; this reads what Mesa 26.1 prints",
    );
    expect(() => parseCompiled('linear', output.replace('disasm:', ''))).toThrow('no disassembly');
    expect(() => parseCompiled('linear', output + output)).toThrow('statistics of 2 shaders');
  });
});

// Counted by hand in the recorded listings.
describe('the hottest block', () => {
  test('dual multiply-adds of subgroups of 32: two a cycle, beside two shifts', () => {
    const expected = {
      name: 'BB4',
      matrix: 0,
      multiplyAdds: 8,
      dualMultiplyAdds: 8,
      localLoads: 0,
      localLoadBytes: 0,
      scalarHalfLoads: 0,
      globalLoads: 1,
      conversions: 0,
      otherVector: 2,
      scalar: 2,
      shareOfPeak: 4 / 6,
      shareOfPeakInLoop: 4 / 6,
    };
    expect(hottest('navi31', 0)).toEqual(expected);
    // In the listing of Mesa's own compiler: LLVM's disassembler does not know the GPU.
    expect(hottest('gfx1201', 0)).toEqual(expected);
  });

  test('GCN: one multiply-add at a time', () => {
    expect(hottest('renoir', 0)).toMatchObject({
      multiplyAdds: 8,
      dualMultiplyAdds: 0,
      globalLoads: 1,
      otherVector: 2,
      shareOfPeak: 8 / 10,
    });
  });

  test('single halves of workgroup memory, which mixed multiply-adds take as they are', () => {
    // Of 64 lanes, RDNA 3 does the two moves in a cycle each; eight others take two.
    expect(hottest('navi31', 1)).toMatchObject({
      multiplyAdds: 2,
      dualMultiplyAdds: 0,
      localLoads: 3,
      localLoadBytes: 8,
      scalarHalfLoads: 2,
      globalLoads: 1,
      conversions: 0,
      otherVector: 8,
      scalar: 3,
      shareOfPeak: 2 / 18,
    });
    expect(hottest('gfx1201', 1)).toMatchObject({
      multiplyAdds: 1,
      localLoads: 3,
      localLoadBytes: 8,
      scalarHalfLoads: 2,
      globalLoads: 1,
      otherVector: 10,
      scalar: 8,
      shareOfPeak: 1 / 18,
    });
  });

  test('a product of matrices beside 27 others, nine of them unknown to the disassembler', () => {
    expect(hottest('navi31', 2)).toMatchObject({
      name: 'BB1',
      matrix: 1,
      multiplyAdds: 0,
      globalLoads: 18,
      otherVector: 27,
      scalar: 3,
      shareOfPeak: 32 / (32 + 27),
    });
  });
});

test.each<[InstructionKind, ...string[]]>([
  ['matrix', 'v_wmma_f32_16x16x16_f16 v[8:15]', 'v_mfma_f32_16x16x16f16 a[0:3]'],
  [
    'multiplyAdd',
    'v_fma_f32 v1',
    'v_mac_f32_e32 v1',
    'v_pk_fma_f16 v1',
    'v_dual_fmac_f32 v1',
    'v_mad_f32 v1',
  ],
  ['multiplyAdd', 'v_dot2_f32_f16 v1', 'v_fmaak_f32 v1', 'v_mad_mix_f32 v1, v2, v3, v4 op_sel_hi:[1,1,0]'],
  ['conversion', 'v_cvt_f32_f16_e32 v1, v2', 'v_fma_mix_f32 v3, v2, 1.0, neg(0) op_sel_hi:[1,0,0]'],
  [
    'vector',
    'v_mad_u32_u24 v1',
    'v_fma_mix_f32 v6, 1.0, v6, v1',
    'v_fma_mix_f32 v3, v2, v4, neg(0)',
    'v_exp_f32_e32 v1',
  ],
  ['localLoad', 'ds_load_u16_d16 v8, v5', 'ds_read_b128 v[0:3], v5', 'ds_load_2addr_b32 v[0:1], v2'],
  ['globalLoad', 'buffer_load_b128 v[12:15]', 'global_load_dwordx4 v[0:3]'],
  ['scalar', 's_add_u32 s0', 's_cselect_b32 s0', 's_and_saveexec_b64 s[0:1]'],
  [
    'other',
    's_waitcnt vmcnt(0)',
    's_wait_loadcnt 0x0',
    's_delay_alu instid0(VALU_DEP_1)',
    's_cbranch_scc0 BB1',
  ],
  ['other', 's_load_b128 s[4:7]', 's_buffer_load_dword s0', 's_set_inst_prefetch_distance 0x1', 's_barrier'],
  ['other', 'ds_store_b128 v1', 'ds_bpermute_b32 v1', 'buffer_store_b32 v1'],
])('%s: %s', (kind, ...lines) => {
  const kinds = lines.map((line) => {
    const [opcode = '', ...operands] = line.split(' ');
    return kindOf({ opcode, operands: operands.join(' ') });
  });
  expect(kinds).toEqual(lines.map(() => kind));
});
