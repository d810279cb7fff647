import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  formatChamber,
  isSameChamber,
  layersOf,
  type ChamberId,
  type ChamberSummary,
  type Fault,
} from '@dtdqm/contract';
import { createScorer, scoreLines, type Scorer } from '@dtdqm/detector';
import { simulateChamber } from '@dtdqm/simulator/detector';
import { createExplainer } from '@dtdqm/worker/api/chambers';
import { updateIncidents } from '@dtdqm/worker/pipeline/incidents';
import type { Pipeline } from '@dtdqm/worker/pipeline/pipeline';
import { getChamberData, matricesOf } from '@dtdqm/worker/storage/chambers';
import { getRun } from '@dtdqm/worker/storage/runs';
import { listChamberSummaries } from '@dtdqm/worker/storage/state';
import { Readable } from 'node:stream';
import { startTestApi, type TestApi } from '../api/api.ts';
import { eventOf, openWorkbench, type Workbench } from './workbench.ts';

/**
 * A chamber that keeps 1 % of its hits as noise, through simulated DQM server, client, shipped detector and PostgreSQL: it counts enough
 * to be no empty histogram, and too little for a verdict on its layers.
 */
const sick: ChamberId = { wheel: 1, station: 2, sector: 7 };
const layers = layersOf(sick.station);
const path = (run: number) => `/api/v1/chambers/${run}/${sick.wheel}/${sick.sector}/${sick.station}`;

let bench: Workbench;
let api: TestApi;
let scorer: Scorer;
let worker: Pipeline;
beforeAll(async () => {
  bench = await openWorkbench();
  const shipped = await createScorer({ backend: 'wasm' });
  // Explaining 250 chambers takes a hundred times what judging them does, and says nothing of verdicts.
  scorer = {
    ...shipped,
    model: shipped.model,
    score: (chambers, options, signal) => shipped.score(chambers, { ...options, saliency: false }, signal),
  };
  api = await startTestApi(
    {},
    { database: bench.database, explainer: createExplainer(bench.database, scorer) },
  );
  worker = bench.worker({ scorer });
});
afterAll(async () => {
  await api.close();
  await bench.close();
  await scorer.close();
});

function counted(chamber: ChamberId, run: number, lumisections: number, level = 1) {
  const faults =
    level < 1
      ? [{ kind: 'dead-chamber', layers, wires: { first: 1, last: 200 }, level, bad: true } as const]
      : [];
  return simulateChamber({ chamber, buildSeed: 'sorrel', runSeed: `sorrel:${run}`, lumisections, faults })
    .matrix;
}

/** Fetches a run of which so much is left of the sick chamber, and brings the incidents up to date. */
async function take(run: number, left: number, lumisections = 150): Promise<void> {
  bench.source
    .set(run)
    .overrideAll(run, (chamber) =>
      counted(chamber, run, lumisections, isSameChamber(chamber, sick) ? left : 1),
    );
  await worker.fetchNow(run);
  await updateIncidents(bench.database);
}

async function summaryOf(run: number): Promise<ChamberSummary> {
  const summaries = await listChamberSummaries(bench.database, run);
  return summaries.find((each) => isSameChamber(each as ChamberId, sick))!;
}

const incidents = async () =>
  (
    await bench.database.query<{ chamber: string; kind: string; severity: string; condition: string; firstRun: number; layers: number[] }>( // prettier-ignore
      `select format('W%s_St%s_Sec%s', wheel, station, sector) as chamber, kind, severity, condition, first_run as "firstRun", layers
       from incident where severity = 'critical' order by id`,
    )
  ).rows;

describe('a chamber with 1 % of its hits', { timeout: 240_000 }, () => {
  it('is bad in all its layers in the first run already, without any past', async () => {
    await take(1, 0.01);
    const { verdicts, faults, scores } = (await getChamberData(bench.database, 1, sick))!;
    expect(new Set(verdicts)).toEqual(new Set(['bad']));
    expect(Math.min(...scores)).toBeCloseTo(0.99, 5);
    expect(faults).toMatchObject([{ kind: 'dead-chamber', layers }]);
    expect(faults![0]!.note).toMatch(/hits where .* are expected from 59 other chambers of station 2/);
    expect(await summaryOf(1)).toMatchObject({ badLayers: 12 });
    const others = (await listChamberSummaries(bench.database, 1)).filter((each) =>
      each.faults?.some(({ kind }) => kind.endsWith('-chamber')),
    );
    expect(others).toHaveLength(1);
  });

  it('is one incident, critical, from the first of two such runs until three good ones after', async () => {
    await take(2, 1);
    expect(await incidents()).toEqual([]);
    await take(3, 0.01);
    const incident = {
      chamber: formatChamber(sick),
      kind: 'dead-chamber',
      severity: 'critical',
      firstRun: 1,
      layers,
    };
    expect(await incidents()).toMatchObject([{ ...incident, condition: 'new' }]);
    for (const run of [4, 5, 6]) await take(run, 1);
    expect(await incidents()).toMatchObject([{ ...incident, condition: 'healed' }]);
  });

  it('is said the same of by what is stored, by the API, by re-evaluation, and by `score`', async () => {
    await take(7, 0.01);
    const stored = (await getChamberData(bench.database, 7, sick))!;
    expect(new Set(stored.verdicts)).toEqual(new Set(['bad']));

    expect((await api.json(`${path(7)}/faults`)).body).toMatchObject({ faults: stored.faults });
    const steps = (await api.json(`${path(7)}/steps`)).body as { layers: { score: number }[] };
    expect(steps.layers.map(({ score }) => Math.fround(score))).toEqual(stored.scores.map(Math.fround));

    const done = eventOf(worker, 'reevaluated');
    await worker.start();
    await worker.reevaluate([7]);
    await done;
    const again = (await getChamberData(bench.database, 7, sick))!;
    expect(again).toMatchObject({
      verdicts: stored.verdicts,
      faults: stored.faults,
      scores: stored.scores,
    });

    // A recording has no past, so that only words differ.
    const lines = (await matricesOf(bench.database, 7)).map((each) => JSON.stringify({ run: 7, ...each }));
    let written = '';
    await scoreLines(scorer, Readable.from([lines.join('\n')]), async (text) => void (written += text));
    const recorded = written
      .split('\n')
      .filter(Boolean)
      .map((text) => JSON.parse(text) as ChamberId & { verdicts: string[]; faults: Fault[] });
    const ofSick = recorded.filter((each) => isSameChamber(each, sick));
    expect(ofSick).toMatchObject([{ verdicts: stored.verdicts, faults: [{ kind: 'dead-chamber' }] }]);
    expect(recorded.filter(({ verdicts }) => verdicts.includes('bad')).length).toBeLessThan(5);
  });
});

it(
  'a matrix kept from an earlier look at a run that grows is not held against the rest of it',
  { timeout: 120_000 },
  async () => {
    await take(8, 1, 10);
    bench.source.overrideAll(8, (chamber) => counted(chamber, 8, 200)).override(8, sick, null);
    await worker.fetchNow(8);
    expect(await getRun(bench.database, 8)).toMatchObject({ keptChambers: 1, life: 'growing' });
    const { verdicts, faults } = (await getChamberData(bench.database, 8, sick))!;
    expect(verdicts).not.toContain('bad');
    expect(faults!.map(({ kind }) => kind)).not.toContain('dead-chamber');
    const [kept] = (await matricesOf(bench.database, 8)).filter(({ partial }) => partial);
    expect(isSameChamber(kept!, sick)).toBe(true);
    const steps = (await api.json(`${path(8)}/steps`)).body as { layers: { score: number }[] };
    expect(Math.max(...steps.layers.map(({ score }) => score))).toBeLessThan(0.9);
  },
);

it('every other chamber of the runs is well', async () => {
  const { rows } = await bench.database.query<{ chambers: number }>(
    `select count(*)::integer as chambers from reporting.chamber_states where condition in ('dead', 'absent', 'failed')`,
  );
  expect(rows).toEqual([{ chambers: 3 }]);
});
