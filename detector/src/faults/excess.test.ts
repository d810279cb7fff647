import { faultKinds, type FaultKind, type Matrix } from '@dtdqm/contract';
import { randomOf } from '@dtdqm/contract/random';
import { drawMeasured, injectIntoCounts, measuredFaults, simulateChamber } from '@dtdqm/simulator/detector';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { viewChamber } from '../features/chamberView.ts';
import { chamberWires } from '../prepare/chamberWires.ts';
import { judgeChamber } from './judge.ts';
import { toleratedKinds } from './tolerated.ts';

const chamber = { wheel: 2, station: 1, sector: 6 } as const;
const healthy = (runSeed: number, buildSeed = runSeed) =>
  simulateChamber({ chamber, buildSeed, runSeed, lumisections: 200 }).matrix;
const judge = (matrix: Matrix, history: Matrix[] = [], options = {}, limits = {}) => {
  const view = viewChamber(chamberWires({ chamber, matrix, history }));
  return judgeChamber(view, new Array<number>(12).fill(0.001), { bad: 0.5, ...limits }, undefined, options);
};
const measured = (name: string) => measuredFaults.find((each) => each.name === name)!;

describe('what no network that weighs missing hits can say', () => {
  it.each([
    ['layer 30 % hotter', 'hot-layer', 'good'],
    ['8 wires three times as hot', 'noisy-region', 'good'],
    ['layer copied from its neighbour', 'mapping', 'bad'],
    ['layer reversed', 'mapping', 'bad'],
    ['layer shifted by 8', 'mapping', 'bad'],
  ] as const)('names a %s a %s, which makes the layer %s', (name, kind, verdict) => {
    let named = 0;
    for (let seed = 1; seed <= 12; seed++) {
      const fault = drawMeasured({ ...measured(name) }, chamber, randomOf(seed))!;
      const matrix = injectIntoCounts(healthy(seed), fault, randomOf(seed, 'counts'));
      const { faults, verdicts } = judge(matrix, [healthy(seed + 100, seed)]);
      const [layer] = fault.layers as [number];
      const found = faults.find((each) => each.kind === kind && each.layers.includes(layer));
      if (!found) continue;
      named++;
      expect(verdicts[layer - 1]).toBe(verdict);
      if (kind !== 'noisy-region') continue;
      expect(Math.abs(found.wires!.first - fault.wires.first)).toBeLessThanOrEqual(1);
      expect(Math.abs(found.wires!.last - fault.wires.last)).toBeLessThanOrEqual(1);
    }
    expect(named).toBeGreaterThanOrEqual(name.includes('reversed') || name.includes('shifted') ? 6 : 11);
  });

  it('is bad where what counts too much is to be bad, too', () => {
    const fault = drawMeasured(measured('layer 30 % hotter'), chamber, randomOf(3))!;
    const matrix = injectIntoCounts(healthy(3), fault, randomOf(3));
    const { verdicts } = judge(matrix, [], { hotIsBad: true });
    expect(verdicts[fault.layers[0]! - 1]).toBe('bad');
    expect(verdicts.filter((verdict) => verdict === 'bad')).toHaveLength(1);
  });

  it('is bad from the limit on that labels taught, and as bad as that needs', () => {
    const fault = drawMeasured(measured('layer 30 % hotter'), chamber, randomOf(3))!;
    const matrix = injectIntoCounts(healthy(3), fault, randomOf(3));
    const row = fault.layers[0]! - 1;
    const { ratio } = judge(matrix).faults.find(({ kind }) => kind === 'hot-layer')!;
    const taught = (hotLayerFrom: number) => judge(matrix, [], {}, { hotLayerFrom });
    expect(taught(ratio!).verdicts[row]).toBe('bad');
    expect(taught(ratio!).scores[row]).toBe(0.5);
    expect(taught(ratio! + 0.001)).toMatchObject(judge(matrix));
    expect(judge(matrix, [], {}, { noisyRegionFrom: 1 }).verdicts[row]).toBe('good');
  });

  it('is said of hardly any healthy layer', () => {
    const kinds: readonly FaultKind[] = [...toleratedKinds, 'mapping'];
    let said = 0;
    for (let seed = 1; seed <= 60; seed++) {
      const past = [healthy(seed + 1000, seed), healthy(seed + 2000, seed)];
      said += judge(healthy(seed), past).faults.filter(({ kind }) => kinds.includes(kind)).length;
    }
    expect(said).toBeLessThanOrEqual(2);
  });

  it('is no copy where counts do not scatter, as somebody made them', () => {
    const flat = healthy(1).map((row) => row.map((hits) => Math.min(hits, 100)));
    const same = flat.map((row) => row.map((hits) => (hits < 0 ? hits : 100)));
    expect(judge(same).faults).toEqual([]);
  });
});

it('has each kind in the runbook', () => {
  const runbook = readFileSync(
    new URL('../../../docs/operations/runbooks/new-incident.md', import.meta.url),
    'utf8',
  );
  for (const kind of faultKinds.filter((each) => each !== 'low-statistics')) {
    expect(runbook).toContain(`\`${kind}\``);
  }
});
