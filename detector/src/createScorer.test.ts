import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createScorer } from './createScorer.ts';
import type { Scorer } from './scorer.ts';
import { someChamber, writeUntrainedModel } from './testing/index.ts';

let folder: string;
let scorer: Scorer;
const model = (name: string) => join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dtdqm-scorer-'));
  await writeUntrainedModel(model('first'), 1);
  await writeUntrainedModel(model('second'), 2, { version: '2' });
  scorer = await createScorer({ model: model('first'), backend: 'wasm', threads: 2 });
});

afterAll(async () => {
  await scorer.close();
  await rm(folder, { recursive: true });
});

const manyChambers = Array.from({ length: 150 }, (_, index) =>
  someChamber(index % 2 ? 4 : 2, (index % 12) + 1),
);

describe('scores', () => {
  test('twelve for each chamber, -1 and null where there is no layer', async () => {
    const [phi] = await scorer.score([someChamber(4, 3)]);
    expect(phi!.scores.map((score) => score === -1)).toEqual(
      [0, 0, 0, 0, 1, 1, 1, 1, 0, 0, 0, 0].map(Boolean),
    );
    expect(phi!.verdicts.map((verdict) => verdict === null)).toEqual(
      phi!.scores.map((score) => score === -1),
    );
    expect(phi!.scores.every((score) => score === -1 || (score >= 0 && score <= 1))).toBe(true);
  });

  test('come with saliency in the form of the matrix, -1 at the same cells', async () => {
    const input = someChamber(4, 3);
    const [judged] = await scorer.score([input]);
    expect(judged!.saliency.map((row) => row.map((value) => value === -1))).toEqual(
      input.matrix.map((row) => row.map((hits) => hits === -1)),
    );
  });

  test('come without saliency when it is not asked for', async () => {
    const [judged] = await scorer.score([someChamber()], { saliency: false });
    expect(judged!.saliency).toEqual([]);
  });

  test('are the same in any company, in the order of the chambers', async () => {
    const together = await scorer.score(manyChambers, { saliency: false });
    for (const index of [0, 63, 64, 149]) {
      const [alone] = await scorer.score([manyChambers[index]!], { saliency: false });
      alone!.scores.forEach((score, row) => expect(together[index]!.scores[row]).toBeCloseTo(score, 6));
    }
  });

  test('of no chambers are none', async () => {
    expect(await scorer.score([])).toEqual([]);
  });
});

test('states model and backend, with the reason', () => {
  expect(scorer.model).toBe('untrained@1');
  expect(scorer.backend).toBe('wasm');
  expect(scorer.backendReason).toMatch(/^WebAssembly with(out)? SIMD: asked for$/);
});

describe('a matrix that is not one is refused by chamber and rule', () => {
  test.each<[string, (rows: number[][]) => void, string]>([
    ['a missing row', (rows) => rows.pop(), 'W1_St2_Sec1: matrix must have 12 rows, has 11'],
    ['a thirteenth row', (rows) => rows.push([...rows[0]!]), 'must have 12 rows, has 13'],
    ['rows of unequal length', (rows) => rows[3]!.pop(), '[3] must be as long as row 0 (60), has 59'],
    ['half a hit', (rows) => (rows[2]![7] = 1.5), '[2][7] must be a whole number of hits or -1, is 1.5'],
    ['negative hits', (rows) => (rows[2]![7] = -2), '[2][7] must be a whole number of hits or -1, is -2'],
    ['not a number', (rows) => (rows[2]![7] = NaN), '[2][7]'],
  ])('%s', async (_name, change, reason) => {
    await expect(scorer.score([someChamber(2, 1, change)])).rejects.toThrow(RangeError);
    await expect(scorer.score([someChamber(2, 1, change)])).rejects.toThrow(reason);
  });

  test('in the history', async () => {
    const input = { ...someChamber(), history: [[[1]]] };
    await expect(scorer.score([input])).rejects.toThrow('W1_St2_Sec1: history.0 must have 12 rows, has 1');
  });

  test.each([[[]], [[1, 2]], [[0]], [[NaN]]])('exposures %j of one past run', async (exposures) => {
    const input = { ...someChamber(), history: [someChamber().matrix], exposures };
    await expect(scorer.score([input])).rejects.toThrow(
      'W1_St2_Sec1: exposures must hold one number above 0',
    );
  });
});

describe('a model is replaced', () => {
  test('while it scores, and from then on the other one answers', async () => {
    const own = await createScorer({ model: model('first'), backend: 'wasm', threads: 2 });
    try {
      const before = own.score(manyChambers, { saliency: false });
      await own.replaceModel(model('second'));
      expect(own.model).toBe('untrained@2');
      const after = await own.score(manyChambers, { saliency: false });
      expect((await before)[0]!.scores).not.toEqual(after[0]!.scores);
    } finally {
      await own.close();
    }
  });

  test('not by one that does not load: the running one stays', async () => {
    const before = await scorer.score([someChamber()]);
    await expect(scorer.replaceModel(model('missing'))).rejects.toThrow(/not a complete model folder/);
    expect(scorer.model).toBe('untrained@1');
    expect(await scorer.score([someChamber()])).toEqual(before);
  });
});

describe('a scorer does not start', () => {
  test('without its model', async () => {
    await expect(createScorer({ model: model('missing') })).rejects.toThrow(/it has no metadata\.json/);
  });

  test('with a preprocessing that is not known here', async () => {
    await writeUntrainedModel(model('foreign'), 1, { preprocessing: { name: 'tea-leaves' } });
    await expect(createScorer({ model: model('foreign') })).rejects.toThrow(/"tea-leaves" is not known here/);
  });
});

test('after close it answers with an error instead of waiting', async () => {
  const own = await createScorer({ model: model('first'), backend: 'wasm' });
  const underWay = expect(own.score(manyChambers)).rejects.toThrow('the scorer is closed');
  await own.close();
  await underWay;
  await expect(own.score([someChamber()])).rejects.toThrow('the scorer is closed');
});
