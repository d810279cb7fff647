import { noWire, type ChamberData, type IncidentList } from '@dtdqm/contract';
import { createScorer } from '@dtdqm/detector';
import { simulateChamber } from '@dtdqm/simulator/detector';
import { classicHistogram, cellsOf, rootHistogram } from '../../simulator/src/server/histograms.ts';
import { classicDialect, newDialect, type Dialect } from '@dtdqm/worker/dqm/dialects';
import { updateIncidents } from '@dtdqm/worker/pipeline/incidents';
import { registerModel } from '@dtdqm/worker/storage/models';
import { saveRunResult } from '@dtdqm/worker/storage/results';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { chamberModel, layerSummary } from '../../plugin/src/heatmap/chamberModel.ts';
import { startTestApi, type TestApi } from '../api/api.ts';
import { finalLife } from '../postgres/syntheticRun.ts';

let api: TestApi;
beforeEach(async () => {
  api = await startTestApi();
});
afterEach(() => api.close());

const chamber = { wheel: -1, station: 1, sector: 2 } as const;
const layer = 8;
const wires = { first: 20, last: 27 };

/** A simulated chamber whose layer 8, which begins at wire 2, has eight dead wires, as a server gives it and the client reads it. */
function received(run: number, { parseHistogram }: Dialect, write: typeof classicHistogram) {
  const fault = { kind: 'dead-region', layers: [layer], wires, level: 0, bad: true } as const;
  const { matrix } = simulateChamber({
    chamber,
    buildSeed: 1,
    runSeed: run,
    lumisections: 500,
    faults: [fault],
  });
  const text = write(chamber, cellsOf(matrix));
  const reply = {
    status: 200,
    location: undefined,
    retryAfter: undefined,
    date: undefined,
  };
  return parseHistogram({ ...reply, text }, 'https://dqm.example/x', { run, chamber });
}

it('every surface names the same wires of a fault: detector, database, interface, incidents and picture', async () => {
  const scorer = await createScorer({ backend: 'wasm', threads: 1 });
  try {
    await registerModel(api.database, { name: scorer.model, hash: 'any' });
    const matrices = [received(1, classicDialect, classicHistogram), received(2, newDialect, rootHistogram)];
    for (const [index, matrix] of matrices.entries()) {
      const [verdict] = await scorer.score([{ chamber, matrix }]);
      await saveRunResult(api.database, {
        run: index + 1,
        dataset: 'Global/Online/ALL',
        model: scorer.model,
        life: finalLife(),
        error: null,
        chambers: [{ ...chamber, state: 'present', matrix, verdict: verdict! }],
      });
    }
  } finally {
    await scorer.close();
  }
  await updateIncidents(api.database);

  const { body } = await api.json('/data/2/-1/2/1/');
  const { faults, matrix, saliency } = body as ChamberData;
  expect(matrix[layer - 1]![0]).toBe(noWire);
  expect(faults!.find(({ kind }) => kind === 'dead-region')).toMatchObject({ layers: [layer], wires });

  const listed = (await api.json('/api/v1/incidents')).body as IncidentList;
  expect(listed.incidents).toMatchObject([{ layers: [layer], wires, spans: [{ layer, ...wires }] }]);

  const { rows } = await api.database.query<{ wire: number }>(
    `select wire from reporting.occupancy where run = 2 and wheel = -1 and station = 1 and sector = 2 and layer = ${layer} and hits = 0
     order by wire`,
  );
  expect([rows[0]?.wire, rows.at(-1)?.wire]).toEqual([wires.first, wires.last]);

  const model = chamberModel({ chamber, run: 2, hits: matrix, saliency });
  expect(layerSummary(model.layers[layer - 1]!)).toContain(`no hits in wires ${wires.first}-${wires.last}`);
  // What speaks for the fault is drawn where it is.
  const reasons = model.layers[layer - 1]!.saliency;
  const strongest = reasons.indexOf(Math.max(...reasons)) + 1;
  expect(strongest).toBeGreaterThanOrEqual(wires.first);
  expect(strongest).toBeLessThanOrEqual(wires.last);
});
