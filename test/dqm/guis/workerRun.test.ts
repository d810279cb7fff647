import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  allChambers,
  formatChamber,
  isSameChamber,
  layersOf,
  type ChamberId,
  type Matrix,
} from '@dtdqm/contract';
import { createScorer, type Scorer } from '@dtdqm/detector';
import { createPipeline } from '@dtdqm/worker/pipeline/pipeline';
import { getChamberData, listChambers } from '@dtdqm/worker/storage/chambers';
import { getRun } from '@dtdqm/worker/storage/runs';
import { createTestDatabase, type TestDatabase } from '../../postgres/database.ts';
import { clientOf } from '../rig.ts';
import { type IndexedRun, openClassicGui } from './classicGui.ts';
import { type Gui, folderOf, healthy, nameOf } from './content.ts';
import { type Sample, openNewGui } from './newGui.ts';

/**
 * A whole run of a worker: found in the listing, fetched, scored by the shipped model and stored, from either GUI as its public source has
 * it.
 */
const run = 392_642;
const sick = { wheel: 1, station: 2, sector: 7 } as const;
const gone = { wheel: -2, station: 3, sector: 4 } as const;

function hitsOf(chamber: ChamberId): Matrix {
  const matrix = healthy(run, chamber);
  return isSameChamber(chamber, sick)
    ? matrix.map((row, y) => (y === 8 ? row.map((hits) => Math.min(hits, 0)) : row))
    : matrix;
}

const plots = new Map(
  allChambers
    .filter((chamber) => !isSameChamber(chamber, gone))
    .map(
      (chamber) =>
        [`${folderOf(chamber)}/${nameOf(chamber)}`, { hits: () => hitsOf(chamber), chamber }] as const,
    ),
);
const began = 1_777_874_400.25;

const startPath = 'DT/EventInfo/runStartTimeStamp';

const guis: Record<string, () => Promise<Gui>> = {
  classic: () => {
    const elements: IndexedRun['elements'] = new Map(plots);
    elements.set(startPath, { value: String(began), type: 'REAL' });
    return openClassicGui([{ run, elements }]);
  },
  new: () => {
    const elements: Sample['elements'] = new Map(plots);
    elements.set(startPath, { value: began });
    return openNewGui([{ run, dataset: '/Global/Online/ALL', lumi: 0, elements }]);
  },
};

let scorer: Scorer;
let database: TestDatabase;
let gui: Gui;
beforeAll(async () => {
  const shipped = await createScorer({ backend: 'wasm' });
  // Explaining 250 chambers takes a hundred times what judging them does.
  scorer = {
    ...shipped,
    model: shipped.model,
    score: (chambers, options, signal) => shipped.score(chambers, { ...options, saliency: false }, signal),
  };
});
afterAll(() => scorer.close());
afterEach(async () => {
  await gui.close();
  await database.drop();
});

describe.each(Object.entries(guis))('a run of the %s DQM GUI', (_, open) => {
  it('is found, fetched, judged and stored', async () => {
    [gui, database] = [await open(), await createTestDatabase()];
    const warned: unknown[] = [];
    const log = {
      info: () => undefined,
      warn: (...said: unknown[]) => warned.push(said),
      error: (...said: unknown[]) => warned.push(said),
    };
    const worker = createPipeline({
      database: database.database,
      source: clientOf(gui.url, { dialect: 'auto' }),
      scorer,
      log,
      query: { dataset: 'Global/Online/ALL' },
    });
    try {
      worker.start();
      await expect
        .poll(() => getRun(database.database, run), { timeout: 25_000 })
        .toMatchObject({
          ...{ status: 'FINISHED', error: null, chambers: 249, absentChambers: 1, badLayers: 1 },
        });
    } finally {
      await worker.stop();
    }
    const judged = await getChamberData(database.database, run, sick);
    expect(judged?.matrix).toEqual(hitsOf(sick));
    expect(judged?.verdicts?.map((verdict) => verdict === 'bad')).toEqual(
      layersOf(sick.station).map((layer) => layer === 9),
    );
    const absent = (await listChambers(database.database, run)).filter(({ state }) => state === 'absent');
    expect(absent.map((each) => formatChamber(each))).toEqual([formatChamber(gone)]);
    expect((await getRun(database.database, run))?.startedAt).toBe(new Date(began * 1000).toISOString());
    expect(warned).toEqual([]);
  });
});
