import { describe, expect, it } from 'vitest';
import { ReplaySource } from '@dtdqm/simulator/sources';
import { clientOf, faultOf, listed, rig } from './rig.ts';
import { toyDetector, toyMatrix } from './toyDetector.ts';

const chamber = { wheel: 0, station: 1, sector: 1 } as const;
const dataset = 'Global/Online/ALL';

describe.each(['classic', 'new', 'auto'] as const)('listing runs, dialect %s', (dialect) => {
  it('gives the runs of the dataset within the bounds, newest first', async () => {
    const { client } = await rig([], { dialect }, { source: toyDetector(30, 10, 20) });
    const numbers = async (bounds: object) =>
      (await client.listRuns({ dataset, ...bounds })).runs.map(({ run }) => run);
    expect(await numbers({})).toEqual([30, 20, 10]);
    expect(await numbers({ firstRun: 11 })).toEqual([30, 20]);
    expect(await numbers({ firstRun: 10, lastRun: 20 })).toEqual([20, 10]);
    expect((await client.listRuns({ dataset: '/Global/Online/AL' })).runs).toEqual([]);
    expect((await client.listRuns({ dataset: 'Global.Online.ALL' })).runs).toEqual([]);
  });

  it('leaves out what is no run, tells what is wrong with it, and gives the rest', async () => {
    const { client } = await rig([{ path: 'samples', action: { do: 'odd-entries' } }], { dialect });
    const { runs, odd } = await client.listRuns({ dataset });
    expect(runs).toEqual([listed]);
    expect(odd.length).toBeGreaterThan(10);
    for (const reason of odd) expect(reason).toMatch(/^listing of runs: (run|dataset) of item \d+ must be /);
  });

  it('does not take entries that are all no runs for an empty listing', async () => {
    const { client } = await rig([{ path: 'samples', action: { do: 'odd-entries', only: true } }], {
      dialect,
    });
    expect(await faultOf(client.listRuns({ dataset }))).toMatchObject({ code: 'wrong-shape' });
  });

  it('gives the runs of many years', async () => {
    const { client } = await rig([{ path: 'samples', action: { do: 'huge-listing' } }], { dialect });
    expect((await client.listRuns({ dataset })).runs.length).toBeGreaterThanOrEqual(175_000);
  });

  it('says how large a listing may be when it is larger', async () => {
    const rules = [{ path: 'samples', action: { do: 'huge-listing', runs: 20_000 } as const }];
    const { client } = await rig(rules, { dialect, maxReplyBytes: 1024 * 1024 });
    const fault = await faultOf(client.listRuns({ dataset }));
    expect(fault).toMatchObject({
      code: 'wrong-shape',
      message: 'reply is larger than 1 MiB, the most that is read',
    });
  });

  it('gives nothing when there is nothing', async () => {
    const { client } = await rig([], { dialect }, { source: new ReplaySource() });
    expect((await client.listRuns({ dataset })).runs).toEqual([]);
  });
});

describe('a server of unknown dialect', () => {
  // The new server lists runs at the classic address too.
  it.each(['classic', 'new'] as const)('is recognised as %s, with one question or two', async (dialect) => {
    const { simulator, client } = await rig([], { dialect: 'auto' }, { dialects: [dialect] });
    await Promise.all([1, 2, 3].map(() => client.fetchChamber(listed, chamber)));
    const probes = dialect === 'new' ? 1 : 2;
    expect(simulator.requests().total).toBe(3 + probes);
    expect(await client.fetchChamber(listed, chamber)).toEqual(toyMatrix(listed.run, chamber));
  });

  it('is asked again when it could not be recognised', async () => {
    const { client } = await rig([{ count: 3, action: { do: 'status', status: 500 } }], { dialect: 'auto' });
    expect(await faultOf(client.listRuns({ dataset }))).toMatchObject({ code: 'server-error' });
    expect((await client.listRuns({ dataset })).runs).toEqual([listed]);
  });

  it.each(['classic', 'new'] as const)(
    'shows a login page once or twice and is recognised as %s all the same',
    async (dialect) => {
      const rules = [{ count: 2, action: { do: 'login-page' } as const }];
      const { client } = await rig(rules, { dialect: 'auto' }, { dialects: [dialect] });
      expect(await client.fetchChamber(listed, chamber)).toEqual(toyMatrix(listed.run, chamber));
    },
  );

  it('whose address is wrong says so', async () => {
    const { simulator } = await rig();
    const client = clientOf(simulator.url.replace('online', 'offline'), { dialect: 'auto' });
    expect((await faultOf(client.listRuns({ dataset }))).message).toContain('check the DQM URL');
  });
});
