import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { lumisectionSeconds } from '../detector/index.ts';
import { readRecordedRuns, type RecordedRuns } from './index.ts';

const recorded = Date.UTC(2025, 9, 1, 12);
const [chamber, other] = [
  { wheel: -2, station: 1, sector: 7 },
  { wheel: 1, station: 3, sector: 2 },
] as const;
const matrixOf = (hits: number) => Array.from({ length: 12 }, () => [hits, hits, -1]);
const line = (seconds: number, hits: number, fields: object = {}) =>
  JSON.stringify({
    at: new Date(recorded + seconds * 1000).toISOString(),
    ...{ run: 400_001, ...chamber, lumisection: Math.floor(seconds / 23.3) + 4, matrix: matrixOf(hits) },
    ...fields,
  });

describe('recorded snapshots of runs in progress', () => {
  let folder: string;
  let source: RecordedRuns | undefined;
  const file = async (...lines: string[]) => {
    const path = join(folder, 'recording.jsonl');
    await writeFile(path, lines.join('\n'));
    return path;
  };
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'recorded-'));
  });
  afterEach(() => source?.close());
  afterAll(() => rm(folder, { recursive: true }));

  it.each([1, 20])(
    'are shown again at the distances in time at which they were recorded: %d times as fast',
    async (speed) => {
      let now = Date.UTC(2026, 4, 4);
      const start = now;
      const startedAt = new Date(recorded - 90_000).toISOString();
      const next = { run: 400_002 };
      const lines = [
        line(0, 5, { startedAt }),
        line(0, 3, other),
        line(60, 9),
        line(120, 4),
        line(300, 1, next),
      ];
      source = await readRecordedRuns(await file(...lines, ''), { speed, now: () => now });
      const hits = (run = 400_001) => source!.chamber(run, chamber)?.[0]?.[0];
      const seen = [0, 59, 60, 119, 121, 299, 301].map((seconds) => {
        now = start + (seconds * 1000) / speed;
        return [hits(), source!.runs().length];
      });
      // What fell back falls back again.
      expect(seen).toEqual([
        [5, 1],
        [5, 1],
        [9, 1],
        [9, 1],
        [4, 1],
        [4, 1],
        [4, 2],
      ]);
      expect(hits(400_002)).toBe(1);
      expect(source.chamber(400_001, other)?.[0]?.[0]).toBe(3);
      expect(source.chamber(400_002, other)).toBeUndefined();
      expect(source.runs()[0]).toEqual({
        ...{ run: 400_001, dataset: 'Global/Online/ALL', lumisections: 9, startedAt: start - 90_000 / speed },
        lumisectionSeconds: lumisectionSeconds / speed,
      });
      expect(source.length).toBe(300_000);
    },
  );

  it.each([
    ['no JSON', '{"run": 1,', 'not a JSON object'],
    ['no moment', line(0, 1, { at: 'noon' }), 'at '],
    ['no such chamber', line(0, 1, { wheel: 3 }), 'wheel must be one of'],
    ['no matrix', line(0, 1, { matrix: [[1]] }), 'matrix must have 12 rows'],
    [
      'a moment that is no later',
      line(0, 7),
      'at must be later than that of the line of W-2_St1_Sec7 before it',
    ],
  ])('are refused with file, line and rule: %s', async (_, faulty, reason) => {
    const path = await file(line(0, 5), faulty);
    await expect(readRecordedRuns(path)).rejects.toThrow(`${path} line 2: `);
    await expect(readRecordedRuns(path)).rejects.toThrow(reason);
  });

  it('are refused where there are none', async () => {
    await expect(readRecordedRuns(await file(''))).rejects.toThrow('no recorded snapshot');
    await expect(readRecordedRuns(join(folder, 'none'))).rejects.toThrow(/cannot read recording: .*none/);
  });
});
