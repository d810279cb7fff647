import { afterEach, beforeEach, expect, test } from 'vitest';
import { formatChamber, type ChamberId, type Matrix } from '@dtdqm/contract';
import { poisson, randomOf } from '@dtdqm/contract/random';
import { matricesOf } from '@dtdqm/worker/storage/chambers';
import { getRun } from '@dtdqm/worker/storage/runs';
import { MemorySource } from './memorySource.ts';
import { openWorkbench, type Workbench } from './workbench.ts';

let bench: Workbench;
beforeEach(async () => {
  bench = await openWorkbench();
  bench.source.set(run);
});
afterEach(() => bench.close());

const run = 10;
const of = { wheel: 0, station: 1, sector: 5 } as const;
const [asked, other] = [
  { wheel: 1, station: 1, sector: 4 },
  { wheel: 2, station: 1, sector: 8 },
] as const;
const keys = [of, asked, other].map(formatChamber);
const stored = () => getRun(bench.database, run);

/** Of each chamber that is had and is not what the detector counted. */
async function lies(): Promise<string[]> {
  const had = await matricesOf(bench.database, run);
  return had.flatMap(({ matrix, ...chamber }) =>
    JSON.stringify(matrix) === JSON.stringify(bench.source.chamber(run, chamber))
      ? []
      : formatChamber(chamber),
  );
}
const hadKeys = async () => (await matricesOf(bench.database, run)).map(formatChamber);

/** The content of `of` for two more, under their own names or under that of `of`. */
function mixUp(named: 'as-asked' | 'as-it-is') {
  const action = { do: 'other-chamber', of: formatChamber(of), named } as const;
  bench.simulator.misbehaviour.replace(
    [asked, other].map((chamber) => ({ chamber: formatChamber(chamber), action })),
  );
}

test('a reply under the name of another chamber is never stored, and says whose it is', async () => {
  mixUp('as-it-is');
  const worker = bench.worker();
  await worker.fetchNow(run);
  expect(await stored()).toMatchObject({ status: 'ERROR', chambers: 248 });
  expect((await stored())?.error).toMatch(
    /^2 of 250 chambers could not be fetched: .*W1_St1_Sec4: the reply is of W0_St1_Sec5, asked for W1_St1_Sec4/,
  );
  expect(await hadKeys()).not.toContain('W1_St1_Sec4');
  expect(await lies()).toEqual([]);
  bench.simulator.misbehaviour.replace([]);
  await worker.fetchNow(run);
  expect(await stored()).toMatchObject({ status: 'FINISHED', chambers: 250 });
});

test('the same content for three chambers is taken for none of them', async () => {
  mixUp('as-asked');
  const worker = bench.worker();
  await worker.fetchNow(run);
  expect(await stored()).toMatchObject({ status: 'ERROR', chambers: 247 });
  expect((await stored())?.error).toMatch(
    /^3 of 250 chambers could not be fetched: .*W0_St1_Sec5: its hits are those of W1_St1_Sec4 and W2_St1_Sec8 too, wire by wire/,
  );
  expect(await lies()).toEqual([]);
  for (const key of keys) expect(await hadKeys()).not.toContain(key);
});

test('what was had of chambers stays when their content is the same later', async () => {
  const worker = bench.worker();
  await worker.fetchNow(run);
  bench.source.set(run, run, 2);
  mixUp('as-asked');
  await worker.fetchNow(run);
  expect(await stored()).toMatchObject({ status: 'ERROR', chambers: 250, keptChambers: 3 });
  expect((await lies()).sort()).toEqual(keys.sort());
  bench.simulator.misbehaviour.replace([]);
  await worker.fetchNow(run);
  expect(await stored()).toMatchObject({ status: 'FINISHED', chambers: 250, keptChambers: 0 });
  expect(await lies()).toEqual([]);
});

test('a width that is impossible for the chamber is refused, and what was had stays', async () => {
  const worker = bench.worker();
  await worker.fetchNow(run);
  bench.simulator.misbehaviour.replace([
    { chamber: formatChamber(asked), action: { do: 'change-width', by: 40, afterFetches: 0 } },
    { chamber: formatChamber(other), action: { do: 'change-width', by: 2, afterFetches: 0 } },
  ]);
  bench.source.set(run, run, 2);
  await worker.fetchNow(run);
  expect(await stored()).toMatchObject({ status: 'ERROR', chambers: 250, keptChambers: 2 });
  expect((await stored())?.error).toMatch(/W1_St1_Sec4: layer 1 must have 24 to 73 wires/);
  expect((await lies()).sort()).toEqual([asked, other].map(formatChamber).sort());
});

test('the content of another run is taken for none of a run, and says whose it is', async () => {
  bench.source.origin = 'real';
  const worker = bench.worker();
  await worker.fetchNow(run);
  // As a server that answers every question with what it had yesterday.
  bench.source.set(run + 1, run);
  expect(await worker.fetchNow(run + 1)).toBe('failed');
  expect(await getRun(bench.database, run + 1)).toMatchObject({ status: 'ERROR', chambers: 0 });
  expect((await getRun(bench.database, run + 1))?.error).toMatch(
    /^250 of 250 chambers could not be fetched: .*: its hits are those of run 10 too, wire by wire/,
  );
  bench.source.set(run + 1);
  bench.source.override(run + 1, of, bench.source.chamber(run, of)!);
  await worker.fetchNow(run + 1);
  expect(await getRun(bench.database, run + 1)).toMatchObject({ status: 'ERROR', chambers: 249 });
  expect((await matricesOf(bench.database, run + 1)).map(formatChamber)).not.toContain(formatChamber(of));
  // A run that is looked at again has its own.
  await worker.fetchNow(run);
  expect(await stored()).toMatchObject({ status: 'FINISHED', chambers: 250, keptChambers: 0 });
});

test('the content of a run that still grows is taken for none of a run that nobody looked at', async () => {
  bench.source.origin = 'real';
  const worker = bench.worker();
  bench.source.overrideAll(run, (chamber) => counted(chamber, 1));
  expect(await worker.fetchNow(run)).toBe('stored');
  // As a server that answers every question with what is being taken: a fifth more than at the last look.
  bench.source.set(run + 1).overrideAll(run + 1, (chamber) => grown(chamber));
  expect(await worker.fetchNow(run + 1)).toBe('failed');
  expect((await getRun(bench.database, run + 1))?.error).toMatch(
    /^250 of 250 chambers could not be fetched: .*: the hits shown are a part of those of run 10, or the reverse/,
  );
  // The next run of the same detector, as long as that one, and the first as it grows on.
  bench.source.overrideAll(run + 1, (chamber) => counted(chamber, 2));
  expect(await worker.fetchNow(run + 1)).toBe('stored');
  bench.source.overrideAll(run, (chamber) => grown(chamber));
  expect(await worker.fetchNow(run)).toBe('stored');
});

const detector = new MemorySource().set(run);

/** Hits as a detector counts them: each wire as often as it does in every run, and by chance. */
function counted(chamber: ChamberId, seed: number): Matrix {
  const random = randomOf(formatChamber(chamber), seed);
  return detector
    .chamber(run, chamber)!
    .map((row) => row.map((level) => (level > 0 ? poisson(random, 10 + level / 40) : level)));
}

/** The first of them a fifth later. */
function grown(chamber: ChamberId): Matrix {
  const random = randomOf(formatChamber(chamber), 'grown');
  return counted(chamber, 1).map((row) =>
    row.map((hits) => (hits > 0 ? hits + poisson(random, hits / 5) : hits)),
  );
}
