import { describe, expect, it } from 'vitest';
import { clientOf, faultOf, listed, rig, run } from './rig.ts';
import { RunsInProgress } from '@dtdqm/simulator/sources';
import { checkRunScript, lumisectionSeconds } from '@dtdqm/simulator/detector';

const now = Date.UTC(2026, 5, 1);
const chamber = { wheel: 0, station: 1, sector: 1 } as const;

/** A run of which 9 lumisections are over, the fourth without plots. */
const source = (perLumisection: boolean) =>
  new RunsInProgress({
    runs: [
      { run, startedAt: now - 9.5 * lumisectionSeconds * 1000, script: checkRunScript({ lumisections: 99 }) },
    ],
    ...{ now: () => now, perLumisection, notSaved: [4] },
  });

describe('plots of single lumisections', () => {
  it('are listed and fetched where the new server has them, and add up to the plot of the run', async () => {
    const { client } = await rig([], { dialect: 'new' }, { source: source(true) });
    expect(await client.listLumisections(listed)).toEqual([1, 2, 3, 5, 6, 7, 8, 9]);
    const whole = await client.fetchChamber(listed, chamber);
    const parts = await Promise.all(
      [1, 2, 3, 5, 6, 7, 8, 9].map((lumisection) => client.fetchChamber({ ...listed, lumisection }, chamber)),
    );
    const missing = source(true);
    const fourth = new RunsInProgress({
      runs: [missing.truth(run).planned],
      ...{ now: () => now, perLumisection: true },
    }).lumisection!(run, chamber, 4)!;
    const sums = whole.map((row, y) =>
      row.map((hits, x) =>
        hits < 0 ? hits : [...parts, fourth].reduce((sum, part) => sum + part[y]![x]!, 0),
      ),
    );
    expect(sums).toEqual(whole);
    expect(await faultOf(client.fetchChamber({ ...listed, lumisection: 4 }, chamber))).toMatchObject({
      code: 'absent',
    });
  });

  it('are none where the new server keeps none, and the classic one is not asked', async () => {
    const { client, simulator } = await rig([], { dialect: 'new' }, { source: source(false) });
    expect(await client.listLumisections(listed)).toEqual([]);
    expect(await client.listLumisections({ ...listed, run: 7 })).toEqual([]);
    const before = simulator.requests().total;
    expect(await clientOf(simulator.url, { dialect: 'classic' }).listLumisections(listed)).toEqual([]);
    expect(simulator.requests().total).toBe(before);
  });

  // As `available_lumis_v1` of cms-DQM/dqmgui answers: all that is registered of the run, the run itself as 0.
  it.each([
    ['[0, 3, 1, 2]', [1, 2, 3]],
    ['[0]', []],
    ['[]', []],
    ['[0, 1, 1, "2", null, -1, 1.5]', [1]],
  ])('reads %s', async (body, numbers) => {
    const { client } = await rig([{ path: '/lumis/', action: { do: 'answer', body } }], { dialect: 'new' });
    expect(await client.listLumisections(listed)).toEqual(numbers);
  });

  it.each(['{"message": "ME not found"}', '"lumis"', 'null'])('refuses %s as a listing', async (body) => {
    const { client } = await rig([{ path: '/lumis/', action: { do: 'answer', body } }], { dialect: 'new' });
    expect(await faultOf(client.listLumisections(listed))).toMatchObject({ code: 'wrong-shape', run });
  });
});
