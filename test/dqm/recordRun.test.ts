import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { allChambers } from '@dtdqm/contract';
import { checkRunScript } from '@dtdqm/simulator/detector';
import type { Rule } from '@dtdqm/simulator/server';
import { readRecordedRuns, RunsInProgress } from '@dtdqm/simulator/sources';
import { RunRecorder } from '@dtdqm/worker/cli/recordRun';
import { listed, rig } from './rig.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'record-'));
});
afterAll(() => rm(folder, { recursive: true }));

it('a run that is recorded and played again shows each chamber as it was shown, at the same distances in time', async () => {
  const chamber = { wheel: 1, station: 2, sector: 3 } as const;
  const startedAt = Date.now() - 20_000;
  const { run } = listed;
  // Lumisections take half a second, so that a test sees some.
  const source = new RunsInProgress({
    runs: [{ run, startedAt, script: checkRunScript({ lumisections: 100_000 }) }],
    speed: 46.6,
  });
  const rules: Rule[] = [
    { path: 'W2_St1_Sec1$', action: { do: 'missing' } },
    { path: 'W-2_St1_Sec1$', count: 1, action: { do: 'missing' } },
  ];
  const { client } = await rig(rules, { dialect: 'classic', requestsPerSecond: 5000 }, { source });
  const recorder = new RunRecorder(client, listed);
  const { signal } = new AbortController();
  const first = await recorder.look(signal);
  await new Promise((resolve) => setTimeout(resolve, 600));
  const second = await recorder.look(signal);
  expect(first).toHaveLength(allChambers.length - 2);
  expect(first[0]!.lumisection).toBeGreaterThan(30);
  expect(second[0]!.lumisection).toBeGreaterThan(first[0]!.lumisection!);
  expect(second.some(({ wheel, station, sector }) => wheel === -2 && station === 1 && sector === 1)).toBe(
    true,
  );

  const path = join(folder, 'run.jsonl');
  await writeFile(path, [...first, ...second].map((each) => JSON.stringify(each)).join('\n'));
  let now = 1e12;
  const played = await readRecordedRuns(path, { now: () => now });
  expect(played.runs()).toEqual([expect.objectContaining({ run })]);
  const recorded = (at: typeof first) =>
    at.find((each) => each.wheel === 1 && each.station === 2 && each.sector === 3)?.matrix;
  expect(played.chamber(run, chamber)).toEqual(recorded(first));
  now += played.length;
  expect(played.chamber(run, chamber)).toEqual(recorded(second) ?? recorded(first));
  expect(now - played.runs()[0]!.startedAt!).toBeGreaterThan(19_000);
  await played.close();
});
