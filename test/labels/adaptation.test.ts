import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { LabelVerdict } from '@dtdqm/contract';
import { createScorer, defaultModelFolder, type Scorer } from '@dtdqm/detector';
import { findModelFolder } from '@dtdqm/worker/learning/retrain/modelChoice';
import { defaultGateRules } from '@dtdqm/worker/learning/retrain/promotionGate';
import { retrain, type RetrainReport } from '@dtdqm/worker/learning/retrain/retrain';
import { inputsInStoredRun } from '@dtdqm/worker/pipeline/reevaluate';
import type { Database } from '@dtdqm/worker/storage/database';
import { listActs, modelInUse, registerModel } from '@dtdqm/worker/storage/models';
import { createTestDatabase, type TestDatabase } from '../postgres/database.ts';
import { dtdqm } from '../start/dtdqm.ts';
import { chambers, countOf, faultOf, label, store } from './taste.ts';

// Two retrainings: a minute of one processor.
vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 });

const labelledRuns = [1, 2, 3, 4, 5, 6];
const laterRuns = Array.from({ length: 10 }, (_, index) => 7 + index);

let it_: TestDatabase;
let shipped: Scorer;
beforeAll(async () => {
  it_ = await createTestDatabase();
  shipped = await createScorer({ model: await defaultModelFolder() });
  await registerModel(it_.database, { name: shipped.model, hash: 'unknown' });
  for (const run of [...labelledRuns, ...laterRuns]) await store(it_.database, shipped, run);
});
afterAll(async () => {
  await shipped.close();
  await it_.drop();
});

async function labelAll(database: Database, verdictOf: (isBad: boolean) => LabelVerdict): Promise<void> {
  for (const run of labelledRuns) await label(database, run, chambers, verdictOf);
}

/** As a schedule starts it, and judged by the gate as it stands. Half of what is simulated then teaches the same, in half of the time. */
async function retrainBySchedule({ url }: TestDatabase): Promise<RetrainReport> {
  const scratch = await mkdtemp(path.join(tmpdir(), 'dtdqm-test-'));
  try {
    const file = path.join(scratch, 'report.json');
    const command = dtdqm(['retrain', '--scheduled', '--runs', '8', '--report', file], {
      env: { DATABASE_URL: url },
    });
    expect(await command.ended, command.output()).toBe(0);
    return JSON.parse(await readFile(file, 'utf8')) as RetrainReport;
  } finally {
    await rm(scratch, { recursive: true });
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

  it('make the model in use better through the gate as it stands, without more false alarms than chance explains', async () => {
    const before = await inLaterRuns(it_.database, shipped);
    expect(before.known).toBe(all('known'));
    expect(before.hot).toBeLessThan(all('hot') / 10);

    await labelAll(it_.database, (isBad) => (isBad ? 'bad' : 'good'));
    const report = await retrainBySchedule(it_);
    expect(await listActs(it_.database)).toContainEqual(
      expect.objectContaining({ act: 'trained', actor: 'schedule', model: report.candidate }),
    );
    expect(report.decision).toEqual({ promote: true, reasons: [] });
    const { figures: after, model } = await modelAfter(it_.database);
    expect(model).toBe(report.candidate);
    expect(after.known).toBe(all('known'));
    expect(after.hot).toBeGreaterThan(0.75 * all('hot'));
    expect(after.superlayer).toBeGreaterThan(0.75 * all('superlayer'));
    // A healthy superlayer that looks weak is called bad as four layers: one of 1,900 more or less is chance.
    expect(after.falseAlarms).toBeLessThanOrEqual(before.falseAlarms! + 4);
  });

  it('that are turned round, called good where bad and bad where good, do not change the model in use', async () => {
    const { model: before } = await modelInUse(it_.database);
    await labelAll(it_.database, (isBad) => (isBad ? 'good' : 'bad'));
    const report = await retrain({
      database: it_.database,
      actor: 'schedule',
      adaptation: { runs: 1, epochs: 4 },
      rules: { ...defaultGateRules, knownOfKind: 60 },
    });
    expect(report).toMatchObject({ promoted: false, adaptedFrom: shipped.model, current: before });
    // Labels judge it by what it was taught: what is simulated tells.
    expect(report!.decision.reasons.join()).toMatch(/less of [a-z -]+, simulated/);
    expect((await modelInUse(it_.database)).model).toBe(before);
  });
});
