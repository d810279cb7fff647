import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Database } from '../../storage/database.ts';
import { labelledChambers, type LabelledChamber } from '../../storage/labels/read.ts';
import { modelInUse } from '../../storage/models.ts';
import {
  createScorer,
  type BackendChoice,
  defaultModelFolder,
  modelLabel,
  ModelError,
  writeModelFolder,
  type ModelToWrite,
} from '@dtdqm/detector';
import type { Example } from '@dtdqm/lab/training/examples';
import { findModelFolder } from './findModelFolder.ts';
import { defaultGateRules, judgeCandidate, type GateReport, type GateRules } from './gate.ts';
import { judgeLayers } from './judgedLayers.ts';
import { keepCandidate } from './keepCandidate.ts';
import { newestEvent } from './newLabels.ts';
import type { RetrainReport } from './report.ts';
import { judgeSimulatedFaults } from './simulatedFaults.ts';
import { heldOutRuns, toExample, trainingRuns } from './split.ts';

export interface RetrainOptions {
  database: Database;
  /** Trains on labelled examples (and simulation); `version` names the result. */
  train(examples: readonly Example[], version: string): Promise<ModelToWrite>;
  /** Who asks: an expert, or `schedule`. */
  actor: string;
  /** Model folder of the configuration; the program's default one when absent. */
  modelDirectory?: string | undefined;
  backend?: BackendChoice;
  rules?: GateRules;
  /** False only trains, judges and keeps the candidate; true unless set. */
  promote?: boolean;
  now?: Date;
}

/** The newest labels count. A thousand take about 40 MB at the height of training, beside 600 MB for simulation. */
const mostTrainedOn = 10_000;
const mostHeldOut = 5000;

/**
 * Trains a candidate from labels and simulation and judges it beside the model in use, on labelled runs that neither saw. Promotes
 * it only when the gate says so and no model is pinned; keeps its files and report either way.
 *
 * @throws {ModelError} when the model in use cannot be loaded; nothing is kept then.
 */
export async function retrain(options: RetrainOptions): Promise<RetrainReport> {
  const { database, actor, rules = defaultGateRules, promote = true, now = new Date() } = options;
  const newest = await newestEvent(database);
  const scratch = await mkdtemp(path.join(tmpdir(), 'dtdqm-retrain-'));
  try {
    const currentFolder = await folderInUse(options, scratch);
    const { candidate, trainedOn } = await trainOnLabels(options, versionOf(now));
    const candidateFolder = path.join(scratch, 'candidate');
    await writeModelFolder(candidateFolder, candidate);
    // Read only now: no training can have seen them, and its own labels need not be kept meanwhile.
    const heldOut = await labelledChambers(database, heldOutRuns, mostHeldOut);
    const { current, gate } = await judge(options, currentFolder, candidateFolder, heldOut, rules);
    const report: RetrainReport = {
      ...gate,
      current,
      candidate: modelLabel(candidate.metadata),
      labels: { training: trainedOn, heldOut: heldOut.length, newestEvent: newest },
      promoted: promote && gate.decision.promote,
    };
    return await keepCandidate(database, { report, currentFolder, candidateFolder, actor });
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function trainOnLabels({ database, train }: RetrainOptions, version: string) {
  const labelled = await labelledChambers(database, trainingRuns, mostTrainedOn);
  return { candidate: await train(labelled.map(toExample), version), trainedOn: labelled.length };
}

async function folderInUse({ database, modelDirectory }: RetrainOptions, scratch: string): Promise<string> {
  const { model } = await modelInUse(database);
  if (model === null) return modelDirectory ?? (await defaultModelFolder());
  const folder = await findModelFolder(database, model, scratch, modelDirectory);
  if (folder === null) throw new ModelError(`the files of the model in use, ${model}, are nowhere`);
  return folder;
}

async function judge(
  { database, backend = 'auto' }: RetrainOptions,
  currentFolder: string,
  candidateFolder: string,
  heldOut: readonly LabelledChamber[],
  rules: GateRules,
): Promise<{ current: string; gate: GateReport }> {
  const current = await createScorer({ model: currentFolder, backend });
  try {
    const candidate = await createScorer({ model: candidateFolder, backend });
    try {
      const both = [current, candidate];
      const [before = [], after = []] = await judgeLayers(database, both, heldOut);
      const [foundBefore = [], foundAfter = []] = await judgeSimulatedFaults(both, rules.simulatedOfKind);
      const labelled = { current: before, candidate: after };
      const simulated = { current: foundBefore, candidate: foundAfter };
      return { current: current.model, gate: judgeCandidate(labelled, simulated, rules) };
    } finally {
      await candidate.close();
    }
  } finally {
    await current.close();
  }
}

/** Year, month, day and time of day: later candidates have greater versions. */
function versionOf(now: Date): string {
  const [date = '', time = ''] = now.toISOString().split('T');
  return [...date.split('-'), time.slice(0, 8).replaceAll(':', '')].map(Number).join('.');
}
