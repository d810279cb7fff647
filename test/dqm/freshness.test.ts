import { expect, it } from 'vitest';
import { allChambers } from '@dtdqm/contract';
import { sum } from '@dtdqm/contract/numbers';
import { listed, rig } from './rig.ts';
import { toyDetector } from './toyDetector.ts';

const chamber = { wheel: 1, station: 2, sector: 3 } as const;
const { dataset } = listed;
const second = 1000;

it('sees a run and the list of runs grow although the server caches, one lumisection later', async () => {
  // The server's clock is the real one; the client's begins a little before it, as clocks do.
  let now = Date.now() - 20 * second;
  const source = toyDetector(listed.run);
  const { client } = await rig(
    [{ action: { do: 'cache' } }, { action: { do: 'grow', start: 50, perFetch: 25 } }],
    { dialect: 'new', now: () => now },
    { source },
  );
  const hits = async () =>
    sum((await client.fetchChamber(listed, chamber)).flat().filter((cell) => cell > 0));
  const runs = async () => (await client.listRuns({ dataset })).runs.map(({ run }) => run);
  const first = await hits();
  expect(await runs()).toEqual([listed.run]);
  const next = listed.run + 1;
  source.add(next, chamber, await client.fetchChamber(listed, chamber));
  now += 60 * second;
  expect(await hits()).toBeGreaterThan(first);
  expect(await runs()).toEqual([next, listed.run]);
});

it('lets the server answer from its cache within one lumisection, so that a whole run costs it one look', async () => {
  const now = Math.floor(Date.now() / 23_000) * 23_000;
  const growing = { do: 'grow', start: 50, perFetch: 25 } as const;
  const { client } = await rig([{ action: { do: 'cache' } }, { action: growing }], {
    dialect: 'new',
    now: () => now + Math.random() * 22_000,
  });
  const fetchAll = () => Promise.all(allChambers.slice(0, 30).map((id) => client.fetchChamber(listed, id)));
  const first = await fetchAll();
  expect(await fetchAll()).toEqual(first);
});
