import { allChambers, formatChamber, type ChamberId } from '@dtdqm/contract';
import { defaultModelFolder } from '@dtdqm/detector';
import { loadModel, selectBackend, type LoadedModel } from '@dtdqm/detector/engine';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  chambersWhere,
  falseAlarms,
  isBad,
  judgeRun,
  sinkTable,
  type SinkRow,
} from '../../bench/scoring/wholeChambers.ts';

/** Simulated runs of all 250 chambers that nothing was tuned on, as the pipeline gives them to the scorer. */
const seed = 'willow';
let model: LoadedModel;
beforeAll(async () => {
  await selectBackend('wasm');
  model = await loadModel(await defaultModelFolder());
});

describe('a chamber that sinks as a whole in a run of full statistics', { timeout: 300_000 }, () => {
  let table: SinkRow[];
  beforeAll(() => {
    table = sinkTable(model, seed);
  }, 300_000);
  const rowsOf = (...percents: number[]) => table.filter(({ percent }) => percents.includes(percent));

  it('is dead at 5 % and less, weak or dead at 10 %, weak at 30 %: bad in all layers, with and without a past', () => {
    const rows = rowsOf(0, 0.2, 1, 2, 5, 10, 30);
    expect(rows).toHaveLength(14);
    for (const { percent, bad, chambers, kinds } of rows) {
      expect({ percent, bad }).toEqual({ percent, bad: chambers });
      const names = Object.keys(kinds).sort();
      if (percent <= 5) expect({ percent, names }).toEqual({ percent, names: ['dead-chamber'] });
      else if (percent === 30) expect(names).toEqual(['weak-chamber']);
      else expect(['dead-chamber', 'weak-chamber']).toEqual(expect.arrayContaining(names));
    }
  });

  it('is good when nothing lacks', () => {
    for (const { bad, kinds } of rowsOf(100)) {
      expect(bad).toBe(0);
      expect(Object.keys(kinds).filter((kind) => kind.endsWith('-chamber'))).toEqual([]);
    }
  });

  it('is unknown, not bad, where the run is as short for everybody; good only where there are hits enough', () => {
    for (const { percent, short } of rowsOf(0, 0.2, 1, 2, 5)) {
      const { good = 0, bad = 0, unknown = 0 } = short;
      // One false alarm in a thousand layers is what the network makes of healthy ones.
      expect({ percent, bad: bad / 2720 <= 0.0015 }).toEqual({ percent, bad: true });
      if (percent <= 0.2) expect({ percent, good }).toEqual({ percent, good: 0 });
      expect(unknown).toBeGreaterThan(percent <= 1 ? 2690 : 1500);
    }
  });
});

describe('many chambers dead at once', { timeout: 300_000 }, () => {
  it.each([
    ['half a wheel', ({ wheel, sector }: ChamberId) => wheel === -1 && sector > 6],
    ['a whole wheel', ({ wheel }: ChamberId) => wheel === 2],
    ['wheel 0, which has no twin', ({ wheel }: ChamberId) => wheel === 0],
    ['a sector of all wheels', ({ sector }: ChamberId) => sector === 5],
  ])('%s: they are bad, and the rest of the run is not', (_, isDead) => {
    for (const withPast of [false, true]) {
      const run = judgeRun(model, { seed, left: chambersWhere(isDead, 0.02), withPast });
      for (const { chamber, judged } of run) {
        expect([formatChamber(chamber), isBad(judged)]).toEqual([formatChamber(chamber), isDead(chamber)]);
      }
    }
  });

  it('a run without any hit is unknown, also beside good runs before', () => {
    for (const withPast of [false, true]) {
      const run = judgeRun(model, { seed, left: chambersWhere(() => true, 0), withPast });
      expect(new Set(run.flatMap(({ judged }) => judged.verdicts))).toEqual(new Set(['unknown', null]));
    }
  });
});

it('healthy chambers are never called dead or weak', { timeout: 300_000 }, () => {
  const runs = [4, 30, 150, 900].flatMap((lumisections, index) => [
    { seed: `${seed}/${index}`, lumisections },
    { seed: `${seed}/${index}`, lumisections, withPast: true },
  ]);
  const { chambers, called } = falseAlarms(model, runs);
  expect(chambers).toBe(2000);
  expect(called).toEqual([]);
});

it('a run of a few chambers without a past leaves those with few hits unknown, and says why', () => {
  const chambers = allChambers.filter(({ wheel, station }) => wheel === 1 && station === 3).slice(0, 5);
  const dead = new Map([[formatChamber(chambers[2]!), 0]]);
  const few = new Map([[formatChamber(chambers[3]!), 0.01]]);
  const run = judgeRun(model, { seed, chambers, left: new Map([...dead, ...few]) });
  for (const index of [2, 3]) {
    const { verdicts, faults } = run[index]!.judged;
    expect(new Set(verdicts)).toEqual(new Set(['unknown']));
    expect(faults.at(-1)!.note).toMatch(/too few other chambers of the run are known/);
  }
});
