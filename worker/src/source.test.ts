import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { allChambers } from '@dtdqm/contract';
import { simulatedRuns } from './source.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'simulated-'));
});
afterAll(() => rm(folder, { recursive: true }));

const minute = 60_000;
const start = Date.UTC(2026, 4, 4);
const chamber = allChambers[9]!;
const settings = { runs: 3, dataset: 'Global/Online/ALL' };
const last = (source: ReturnType<typeof simulatedRuns>) => source.runs().at(-1)!;

describe('simulated runs', () => {
  it('have one in progress that began some minutes ago, and goes on after a restart as if there had been none', () => {
    let now = start;
    const watched = simulatedRuns(folder, { ...settings, now: () => now });
    const first = last(watched);
    expect(watched.runs().map(({ run }) => run)).toEqual([380_001, 380_002, 380_003, 380_004]);
    expect(start - first.startedAt!).toBe(5 * minute);
    expect(first.lumisections).toBe(12);
    now += 20 * minute;
    const again = simulatedRuns(folder, { ...settings, now: () => now });
    expect(again.runs()).toEqual(watched.runs());
    expect(last(again).lumisections).toBeGreaterThan(50);
    expect(again.chamber(380_004, chamber)).toEqual(watched.chamber(380_004, chamber));
  });

  it('still hold what was in progress when it is over, and one follows that began some minutes ago', () => {
    const now = start + 3 * 24 * 60 * minute;
    const later = simulatedRuns(folder, { ...settings, now: () => now });
    const numbers = later.runs().map(({ run }) => run);
    expect(numbers).toEqual([380_001, 380_002, 380_003, 380_004, 380_005]);
    expect(later.runs()[0]!.startedAt).toBeLessThan(start);
    expect(now - last(later).startedAt!).toBe(5 * minute);
  });

  it('are those that began, and no more, where none is in progress: nothing is written then', async () => {
    const before = await readFile(join(folder, 'simulated.json'), 'utf8');
    const still = simulatedRuns(folder, { ...settings, goesOn: false, now: () => start + 9e9 });
    expect(last(still).run).toBe(380_005);
    expect(await readFile(join(folder, 'simulated.json'), 'utf8')).toBe(before);
    const elsewhere = simulatedRuns(join(folder, 'none'), { ...settings, goesOn: false });
    expect(last(elsewhere).run).toBe(380_003);
  });

  it('begin anew where what was remembered is of no use', async () => {
    await writeFile(join(folder, 'simulated.json'), '{"end": "yesterday"');
    expect(last(simulatedRuns(folder, { ...settings, now: () => start })).run).toBe(380_004);
  });
});
