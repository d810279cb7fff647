import { afterAll, beforeAll, expect, test } from 'vitest';
import { formatChamber, noWire } from '@dtdqm/contract';
import { refreshQueue } from '@dtdqm/worker/learning/queue/refresh';
import { hitsOf } from '@dtdqm/worker/pipeline/look';
import { writeLabel } from '@dtdqm/worker/storage/labels/journal';
import { currentLabel, labelledChambers } from '@dtdqm/worker/storage/labels/read';
import { undoEvent } from '@dtdqm/worker/storage/labels/undo';
import { registerModel } from '@dtdqm/worker/storage/models';
import { labelledFeatures } from '@dtdqm/worker/storage/queue/order';
import { saveRunResult, type ChamberResult } from '@dtdqm/worker/storage/results';
import { createTestDatabase, type TestDatabase } from '../postgres/database.ts';
import { finalLife, syntheticChamber, syntheticRun } from '../postgres/syntheticRun.ts';
import { labelOf, stateOf } from './labelled.ts';

const run = 7;
/** By index of the chamber: of the whole run a label saw an exact half, a third, and all. */
const growth = [2, 3, 1];

let it_: TestDatabase;
beforeAll(async () => {
  it_ = await createTestDatabase();
  await registerModel(it_.database, { name: 'test@1.0.0', hash: 'h' });
});
afterAll(() => it_.drop());

/** The chamber of labels of that index, with so many times its hits. */
function grown(index: number, times: number): Extract<ChamberResult, { state: 'present' }> {
  const { wheel, station, sector } = labelOf(run, index);
  const chamber = syntheticChamber({ wheel, station, sector });
  if (chamber.state !== 'present') throw new Error('unreachable');
  const matrix = chamber.matrix.map((row) => row.map((hits) => (hits === noWire ? hits : hits * times)));
  return { ...chamber, matrix };
}

async function store(life: 'growing' | 'final', chambers: ChamberResult[]): Promise<void> {
  const result = { life: { ...finalLife(), state: life }, chambers };
  await saveRunResult(it_.database, syntheticRun(run, result));
  await refreshQueue(it_.database, run);
}

const states = () => Promise.all(growth.map((_, index) => stateOf(it_.database, labelOf(run, index))));
const taught = async () =>
  (await labelledChambers(it_.database, 100)).map(({ chamber }) => formatChamber(chamber)).sort();
const named = (...indices: number[]) => indices.map((index) => formatChamber(labelOf(run, index))).sort();

test('a label of a run in progress neither teaches nor spares the question once more than half of the hits came after it', async () => {
  await store(
    'growing',
    growth.map((_, index) => grown(index, 1)),
  );
  const labels = [];
  for (const index of growth.keys()) {
    const label = await writeLabel(it_.database, 'ana', labelOf(run, index));
    const { hits } = (await currentLabel(it_.database, labelOf(run, index))).label!.seen;
    expect(hits).toBe(hitsOf(grown(index, 1).matrix));
    labels.push(label);
  }
  expect(await states()).toEqual([null, null, null]);
  expect(await taught()).toEqual(named(0, 1, 2));

  await store(
    'final',
    growth.map((times, index) => grown(index, times)),
  );
  expect(await states()).toEqual(['labelled', 'waiting', 'labelled']);
  expect(await taught()).toEqual(named(0, 2));
  expect(await labelledFeatures(it_.database, 100)).toHaveLength(2);
  // It stays what was said, and can be taken back.
  expect((await currentLabel(it_.database, labelOf(run, 1))).label?.id).toBe(labels[1]!.id);

  const again = await writeLabel(it_.database, 'ana', labelOf(run, 1));
  expect(await states()).toEqual(['labelled', 'labelled', 'labelled']);
  expect(await taught()).toEqual(named(0, 1, 2));

  await undoEvent(it_.database, 'ana', { event: again.id, idempotencyKey: 'undo-again' });
  expect(await states()).toEqual(['labelled', 'waiting', 'labelled']);
});

test('a labelled chamber of a run that was over waits again when the run is had with more than twice the hits', async () => {
  await store('final', [grown(0, 2), grown(1, 3), grown(2, 3)]);
  expect(await states()).toEqual(['labelled', 'waiting', 'waiting']);
  expect(await taught()).toEqual(named(0));
});

test('how many hits were seen is said by the client where it knows', async () => {
  const seen = { model: null, scores: null, hits: 12 };
  const { seen: stored } = await writeLabel(it_.database, 'bo', labelOf(run, 0, { seen }));
  expect(stored).toEqual(seen);
  expect(await taught()).toEqual([]);
});
