import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { allChambers, isSameChamber, type ChamberId } from '@dtdqm/contract';
import { randomOf } from '@dtdqm/contract/random';
import { drawFault, simulateChamber } from '@dtdqm/simulator/detector';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createScorer } from './createScorer.ts';
import { openInput, openOutput, readPast, scoreLines, type Past } from './scoreLines.ts';
import type { Scorer } from './scorer.ts';
import { someChamber, inTemporaryFolder } from './testing/index.ts';

let scorer: Scorer;
beforeAll(async () => {
  scorer = await createScorer({ backend: 'wasm' });
});
afterAll(() => scorer.close());

const { chamber, matrix } = someChamber();
const line = (changes: object = {}) => JSON.stringify({ run: 1, ...chamber, matrix, ...changes });

async function score(text: string, past?: Past): Promise<Record<string, unknown>[]> {
  let written = '';
  const write = async (more: string) => void (written += more);
  const count = await scoreLines(scorer, Readable.from([text]), write, past);
  const lines = written.split('\n').filter(Boolean);
  expect(count).toBe(lines.length);
  return lines.map((one) => JSON.parse(one) as Record<string, unknown>);
}

test('each line gives one line with scores, verdicts, faults and the model', async () => {
  const lines = await score([line(), line({ run: 2, originalScores: [] }), ''].join('\n'));
  expect(lines.map(({ run }) => run)).toEqual([1, 2]);
  expect(Object.keys(lines[0]!)).toEqual([
    'run',
    'wheel',
    'station',
    'sector',
    'scores',
    'verdicts',
    'faults',
    'model',
    'cmsswOccupancyTest',
  ]);
  expect(lines[0]!.model).toBe(scorer.model);
});

test('order is kept over many batches, empty lines and other line ends', async () => {
  const runs = Array.from({ length: 600 }, (_, index) => index + 1);
  const lines = await score(runs.map((run) => line({ run })).join('\r\n\r\n'));
  expect(lines.map(({ run }) => run)).toEqual(runs);
});

test('chambers of a run are compared with each other, wherever the run stands in the recording', async () => {
  const ofRun = (run: number, count: number) =>
    allChambers
      .slice(-count)
      .reverse()
      .map((each) => {
        const { matrix } = simulateChamber({ chamber: each, buildSeed: 1, runSeed: run, lumisections: 100 });
        const isDead = isSameChamber(each, dead);
        return JSON.stringify({ run, ...each, matrix: isDead ? matrix.map((row) => row.map((hits) => Math.min(hits, 0))) : matrix }); // prettier-ignore
      });
  const dead = { wheel: 2, station: 4, sector: 14 } as const;
  const lines = await score([ofRun(1, 250), ofRun(2, 250), ofRun(3, 3)].flat().join('\n'));
  const verdicts = lines
    .filter((each) => isSameChamber(each as unknown as ChamberId, dead))
    .map((each) => [...new Set(each.verdicts as unknown[])]);
  expect(verdicts).toEqual([['bad', null], ['bad', null], ['unknown', null]]); // prettier-ignore
});

test('an empty recording gives nothing', async () => {
  expect(await score('\n\n')).toEqual([]);
});

describe('a line that is not a chamber is refused by number, field and rule', () => {
  const changed = (row: number, cell: number, hits: number) =>
    matrix.map((cells, r) => cells.map((old, c) => (r === row && c === cell ? hits : old)));

  test.each<[string, string]>([
    ['{', 'line 3: it is not JSON'],
    ['[1]', 'line 3: it must be a JSON object'],
    [line({ run: undefined }), 'line 3: run must be a whole number from 1 to 2147483647'],
    [line({ run: 1.5 }), 'line 3: run must be a whole number from 1 to 2147483647'],
    [line({ wheel: 3 }), 'line 3: wheel must be one of -2, -1, 0, 1, 2'],
    [line({ station: 'x' }), 'line 3: station must be one of 1, 2, 3, 4'],
    [line({ sector: 13 }), 'line 3: sector sectors 13 and 14 exist in station 4 only'],
    [line({ matrix: undefined }), 'line 3: matrix'],
    [line({ matrix: matrix.slice(1) }), 'line 3: matrix must have 12 rows, has 11'],
    [line({ matrix: changed(4, 7, -3) }), 'line 3: matrix.4.7 must be a whole number of hits or -1, is -3'],
    [line({ matrix: changed(4, 7, 0.5) }), 'line 3: matrix.4.7 must be a whole number of hits or -1, is 0.5'],
  ])('case %#', async (bad, reason) => {
    await expect(score([line(), '', bad].join('\n'))).rejects.toThrow(reason);
  });
});

test('an output appears as a whole, or not at all', async () => {
  await inTemporaryFolder(async (folder) => {
    const path = join(folder, 'scores.jsonl');
    await writeFile(path, 'old\n');
    const abandoned = await openOutput(path);
    await abandoned.write('half\n');
    expect(await readFile(path, 'utf8')).toBe('old\n');
    await abandoned.discard();
    expect(await readdir(folder)).toEqual(['scores.jsonl']);

    const output = await openOutput(path);
    await output.write('one\n');
    await output.write('two\n');
    await output.commit();
    expect(await readFile(path, 'utf8')).toBe('one\ntwo\n');
    expect(await readdir(folder)).toEqual(['scores.jsonl']);
  });
});

test('a draft goes with its process, however hastily that ends', async () => {
  await inTemporaryFolder(async (folder) => {
    const others = process.listeners('exit');
    const own = () => process.listeners('exit').filter((listener) => !others.includes(listener));
    const output = await openOutput(join(folder, 'scores.jsonl'));
    await output.write('half\n');
    own().forEach((listener) => listener(1));
    expect(await readdir(folder)).toEqual([]);
    await output.discard();
    expect(own()).toEqual([]);
  });
});

test('files that cannot be opened are named', async () => {
  await inTemporaryFolder(async (folder) => {
    await expect(openInput(join(folder, 'none.jsonl'))).rejects.toThrow(
      /none\.jsonl cannot be read: there is no such place/,
    );
    await expect(openInput(folder)).rejects.toThrow(/is a folder; name an ordinary file/);
    await expect(openOutput(join(folder, 'no', 'x.jsonl'))).rejects.toThrow(
      /x\.jsonl cannot be written: there is no such place/,
    );
  });
});

test('good runs before tell what all layers of a superlayer lack alike, and later ones tell nothing', async () => {
  const ofRun = (run: number, level: number) =>
    allChambers.slice(0, 24).map((each, index) => {
      const fault = { ...drawFault('dead-superlayer', each, randomOf(1)), level };
      const conditions = { chamber: each, buildSeed: 1, runSeed: run, lumisections: 600 };
      const { matrix } = simulateChamber({ ...conditions, faults: index === 3 ? [fault] : [] });
      return JSON.stringify({ run, ...each, matrix });
    });
  const recording = [1, 2, 3].flatMap((run) => ofRun(run, 1));
  const sunk = ofRun(4, 0.6);
  const bad = async (past?: Past) => {
    const lines = await score(sunk.join('\n'), past);
    return lines.map(({ verdicts }) => (verdicts as string[]).filter((verdict) => verdict === 'bad').length);
  };
  const past = await readPast(Readable.from([recording.join('\n')]), [1, 3]);
  expect([...past.values()].map((runs) => runs.map(({ run }) => run))).toEqual(new Array(24).fill([3, 1]));
  expect((await bad(past))[3]).toBe(4);
  const later = await readPast(
    Readable.from([sunk.map((text) => text.replace('"run":4', '"run":9')).join('\n')]),
  );
  expect(await bad(later)).toEqual(await bad());
});

test('a run that is to be the past must be there', async () => {
  await expect(readPast(Readable.from([line()]), [1, 7])).rejects.toThrow(/run 7/);
});
