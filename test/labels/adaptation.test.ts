import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { allChambers, type ChamberId, type LabelVerdict, layersOf } from '@dtdqm/contract';
import { randomOf } from '@dtdqm/contract/random';
import { createScorer, defaultModelFolder, inputsOfRun, type Scorer } from '@dtdqm/detector';
import {
  drawMeasured,
  type InjectedFault,
  type MeasuredFault,
  simulateChamber,
} from '@dtdqm/simulator/detector';
import { findModelFolder } from '@dtdqm/worker/learning/retrain/modelFolders';
import { defaultGateRules } from '@dtdqm/worker/learning/retrain/promotionGate';
import { retrain } from '@dtdqm/worker/learning/retrain/retrain';
import { inputsInStoredRun } from '@dtdqm/worker/pipeline/reevaluate';
import type { Database } from '@dtdqm/worker/storage/database';
import { writeLabel } from '@dtdqm/worker/storage/labels/journal';
import { listActs, modelInUse, registerModel } from '@dtdqm/worker/storage/models';
import { goodHistory } from '@dtdqm/worker/storage/past';
import { saveRunResult } from '@dtdqm/worker/storage/results';
import { createTestDatabase, type TestDatabase } from '../postgres/database.ts';
import { syntheticRun } from '../postgres/syntheticRun.ts';
import { labelOf } from './labelled.ts';

// A whole retraining, and its simulated chambers judged twice: a minute of one processor.
vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 });

/** An expert whose taste the shipped model does not share: a layer 40 % too hot and a superlayer at 75 % are bad. */
const taste: Readonly<Record<string, MeasuredFault>> = {
  hot: { name: 'hot', kind: 'hot-layer', form: { level: 1.4 } },
  superlayer: { name: 'superlayer', kind: 'weak-superlayer', form: { level: 0.75 } },
  known: { name: 'known', kind: 'dead-region', form: { wires: 12, level: 0 } },
};
const chambers = allChambers.filter((_, index) => index % 4 === 0);
const labelledRuns = [1, 2, 3, 4, 5, 6];
const laterRuns = [7, 8];

/** Which fault stands in a chamber, for all runs: the past does not tell it. */
function faultOf(chamber: ChamberId): { name: string; fault: InjectedFault } | null {
  const index = chambers.indexOf(chamber);
  const name = (['hot', null, 'superlayer', null, null, 'known', null] as const)[index % 7] ?? null;
  const fault = name && drawMeasured(taste[name]!, chamber, randomOf('fault', index));
  return name && fault ? { name, fault: { ...fault, bad: true } } : null;
}

const countOf = (chamber: ChamberId, run: number) =>
  simulateChamber({
    chamber,
    buildSeed: 'taste',
    runSeed: run,
    lumisections: 300,
    faults: [faultOf(chamber)?.fault].filter((fault) => fault !== undefined),
  });

let it_: TestDatabase;
let shipped: Scorer;
beforeAll(async () => {
  it_ = await createTestDatabase();
  shipped = await createScorer({ model: await defaultModelFolder() });
  await registerModel(it_.database, { name: shipped.model, hash: 'unknown' });
  for (const run of [...labelledRuns, ...laterRuns]) await store(it_.database, run);
});
afterAll(async () => {
  await shipped.close();
  await it_.drop();
});

/** As the pipeline does: judged beside the good runs before. */
async function store(database: Database, run: number): Promise<void> {
  const counted = chambers.map((chamber) => ({ chamber, matrix: countOf(chamber, run).matrix }));
  const verdicts = await shipped.score(inputsOfRun(counted, await goodHistory(database, run)));
  const results = counted.map(({ chamber, matrix }, index) => ({
    ...chamber,
    state: 'present' as const,
    matrix,
    verdict: verdicts[index]!,
  }));
  await saveRunResult(database, syntheticRun(run, { model: shipped.model, chambers: results }));
}

async function labelAll(database: Database, verdictOf: (isBad: boolean) => LabelVerdict): Promise<void> {
  for (const run of labelledRuns) {
    for (const chamber of chambers) {
      const { badLayers } = countOf(chamber, run);
      const verdicts = Array.from({ length: 12 }, (_, row) =>
        layersOf(chamber.station).includes(row + 1) ? verdictOf(badLayers.includes(row + 1)) : null,
      );
      await writeLabel(database, 'ana', labelOf(run, allChambers.indexOf(chamber), { verdicts }));
    }
  }
}

/** Layers of runs that nobody labelled: found of each kind, and good ones called bad. */
async function inLaterRuns(database: Database, scorer: Scorer) {
  const figures: Record<string, number> = { falseAlarms: 0, hot: 0, superlayer: 0, known: 0 };
  for (const run of laterRuns) {
    const inputs = await inputsInStoredRun(
      database,
      run,
      chambers.map((chamber) => ({ chamber, matrix: countOf(chamber, run).matrix })),
    );
    (await scorer.score(inputs, { saliency: false })).forEach(({ verdicts }, index) => {
      const bad = countOf(chambers[index]!, run).badLayers;
      verdicts.forEach((verdict, row) => {
        if (verdict !== 'bad') return;
        figures[bad.includes(row + 1) ? faultOf(chambers[index]!)!.name : 'falseAlarms']! += 1;
      });
    });
  }
  return figures;
}

const all = (name: string) =>
  laterRuns.length *
  chambers
    .filter((chamber) => faultOf(chamber)?.name === name)
    .flatMap((chamber) => countOf(chamber, 1).badLayers).length;

async function modelAfter(
  database: Database,
): Promise<{ figures: Record<string, number>; model: string | null }> {
  const { model } = await modelInUse(database);
  const scratch = await mkdtemp(path.join(tmpdir(), 'dtdqm-test-'));
  const folder =
    model === null ? await defaultModelFolder() : await findModelFolder(database, model, scratch);
  const scorer = await createScorer({ model: folder! });
  try {
    return { figures: await inLaterRuns(database, scorer), model };
  } finally {
    await scorer.close();
    await rm(scratch, { recursive: true });
  }
}

describe('labels of an expert with another taste', () => {
  it('that are none change nothing', async () => {
    expect(await retrain({ database: it_.database, actor: 'schedule' })).toBeNull();
    expect(await listActs(it_.database)).toEqual([]);
  });

  it('make the model in use better through the gate as it stands, without more false alarms', async () => {
    const before = await inLaterRuns(it_.database, shipped);
    expect(before.known).toBe(all('known'));
    expect(before.hot).toBeLessThan(all('hot') / 10);

    await labelAll(it_.database, (isBad) => (isBad ? 'bad' : 'good'));
    const report = (await retrain({ database: it_.database, actor: 'schedule' }))!;
    expect(report.decision).toEqual({ promote: true, reasons: [] });
    const { figures: after, model } = await modelAfter(it_.database);
    expect(model).toBe(report.candidate);
    expect(after.known).toBe(all('known'));
    expect(after.hot).toBeGreaterThan(0.75 * all('hot'));
    expect(after.superlayer).toBeGreaterThan(0.75 * all('superlayer'));
    expect(after.falseAlarms).toBeLessThanOrEqual(before.falseAlarms!);
  });

  it('that are turned round, called good where bad and bad where good, do not change the model in use', async () => {
    const { model: before } = await modelInUse(it_.database);
    await labelAll(it_.database, (isBad) => (isBad ? 'good' : 'bad'));
    const report = await retrain({
      database: it_.database,
      actor: 'schedule',
      adaptation: { runs: 3, epochs: 4 },
      rules: { ...defaultGateRules, simulatedOfKind: 20 },
    });
    expect(report).toMatchObject({ promoted: false, adaptedFrom: shipped.model, current: before });
    // Labels judge it by what it was taught: what is simulated tells.
    expect(report!.decision.reasons.join()).toMatch(/less of [a-z-]+, simulated/);
    expect((await modelInUse(it_.database)).model).toBe(before);
  });
});
