import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readReplay } from './replay.ts';

const matrix = Array.from({ length: 12 }, (_, layer) => [layer, 10, -1]);
const record = (fields: object = {}) =>
  JSON.stringify({ run: 302635, wheel: -2, station: 1, sector: 7, matrix, badLayers: [], ...fields });

describe('readReplay', () => {
  let folder: string;
  const file = async (...lines: string[]) => {
    const path = join(folder, 'recording.jsonl');
    await writeFile(path, lines.join('\n'));
    return path;
  };
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'replay-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('serves what was recorded, and no other chamber', async () => {
    const source = await readReplay(await file(record(), '', record({ run: 5, sector: 8 })));
    expect(source.runs().map(({ run }) => run)).toEqual([5, 302635]);
    expect(source.chamber(302635, { wheel: -2, station: 1, sector: 7 })).toEqual(matrix);
    expect(source.chamber(302635, { wheel: -2, station: 1, sector: 8 })).toBeUndefined();
    expect(source.chamber(7, { wheel: -2, station: 1, sector: 7 })).toBeUndefined();
  });

  it.each([
    ['no JSON', '{"run": 302635,', 'not a JSON object'],
    ['eleven rows', record({ matrix: matrix.slice(1) }), 'matrix must have 12 rows, has 11'],
    [
      'half a hit',
      record({ matrix: matrix.map((row) => row.map(() => 0.5)) }),
      'matrix.0.0 must be a whole number',
    ],
    ['no such wheel', record({ wheel: 3 }), 'wheel must be one of -2, -1, 0, 1, 2'],
    ['no such sector', record({ sector: 13 }), 'sectors 13 and 14 exist in station 4 only'],
    ['no run', record({ run: undefined }), 'run must be'],
    ['a chamber twice', record(), 'recorded twice'],
  ])('refuses %s, naming file, line and rule', async (_, line, reason) => {
    const path = await file(record(), line);
    await expect(readReplay(path)).rejects.toThrow(`${path} line 2: `);
    await expect(readReplay(path)).rejects.toThrow(reason);
  });

  it('refuses an empty and a missing file', async () => {
    await expect(readReplay(await file(''))).rejects.toThrow('no recorded chamber');
    await expect(readReplay(join(folder, 'missing.jsonl'))).rejects.toThrow(
      /cannot read recording: .*missing\.jsonl/,
    );
  });
});
