import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { transaction, type Database } from '../../storage/database.ts';
import { labelledChambers, type LabelledChamber } from '../../storage/labels/labelledChambers.ts';
import { modelInUse, recordAct } from '../../storage/modelChoice/acts.ts';
import { keepModelFiles } from '../../storage/modelChoice/files.ts';
import { getModel, registerModel } from '../../storage/models.ts';
import { createScorer } from '../../scoring/createScorer.ts';
import type { BackendChoice } from '../../scoring/backend/choice.ts';
import { modelLabel } from '../../scoring/model/metadata.ts';
import { writeModelFolder, type ModelToWrite } from '../../scoring/model/writeModelFolder.ts';
import type { Example } from '../training/examples.ts';
import { folderHash } from './folderHash.ts';
import { defaultGateRules, judgeCandidate, type GateReport, type GateRules } from './gate.ts';
import { judgeLayers } from './judgedLayers.ts';
import { modelFolderOf } from './modelFolderOf.ts';
import { isHeldOut, toExample } from './split.ts';

export interface RetrainOptions {
  database: Database;
  /** Trains on labelled examples (and simulation); `version` names the result. */
  train(examples: readonly Example[], version: string): Promise<ModelToWrite>;
  /** Who asks: an expert, or `schedule`. */
  actor: string;
  /** Folder of the model in use while the database names none. */
  fallbackModel?: string | undefined;
  backend?: BackendChoice;
  rules?: GateRules;
  /** False only trains, judges and keeps the candidate; true unless set. */
  promote?: boolean;
  now?: Date;
}

export interface RetrainReport extends GateReport {
  current: string;
  candidate: string;
  labels: { training: number; heldOut: number };
  promoted: boolean;
}

/** The newest labels count; training reads their matrices into memory, 10 kB each. */
const mostLabels = 20_000;

/**
 * Trains a candidate from labels and simulation and judges it beside the model in use, on labelled runs that neither saw. Promotes
 * it only when the gate says so and no model is pinned; keeps its files and report either way.
 *
 * @throws {ModelError} when the model in use cannot be loaded; nothing is kept then.
 */
export async function retrain(options: RetrainOptions): Promise<RetrainReport> {
  const { database, train, actor, rules = defaultGateRules, promote = true, now = new Date() } = options;
  const chambers = await labelledChambers(database, mostLabels);
  const heldOut = chambers.filter(({ run }) => isHeldOut(run));
  const training = chambers.filter(({ run }) => !isHeldOut(run));
  const folder = await mkdtemp(path.join(tmpdir(), 'dtdqm-retrain-'));
  try {
    const candidate = await train(training.map(toExample), versionOf(now));
    const candidateFolder = path.join(folder, 'candidate');
    await writeModelFolder(candidateFolder, candidate);
    const currentFolder = await modelFolderOf(database, folder, options.fallbackModel);
    const judged = await judgeBoth(currentFolder, candidateFolder, heldOut, options.backend);
    const gate = judgeCandidate(judged.current.layers, judged.candidate.layers, rules);
    const { pinned } = await modelInUse(database);
    const decision = pinned
      ? { promote: false, reasons: [...gate.decision.reasons, 'the model in use is pinned'] }
      : gate.decision;
    const report: RetrainReport = {
      ...gate,
      decision,
      current: judged.current.model,
      candidate: modelLabel(candidate.metadata),
      labels: { training: training.length, heldOut: heldOut.length },
      promoted: promote && decision.promote,
    };
    await keep(database, candidateFolder, candidate, report, actor);
    return report;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function judgeBoth(
  currentFolder: string | undefined,
  candidateFolder: string,
  heldOut: readonly LabelledChamber[],
  backend: BackendChoice = 'auto',
) {
  const judge = async (model: string | undefined) => {
    const scorer = await createScorer({ model, backend });
    try {
      return { model: scorer.model, layers: await judgeLayers(scorer, heldOut) };
    } finally {
      await scorer.close();
    }
  };
  return { current: await judge(currentFolder), candidate: await judge(candidateFolder) };
}

async function keep(
  database: Database,
  folder: string,
  { metadata }: ModelToWrite,
  report: RetrainReport,
  actor: string,
): Promise<void> {
  const model = modelLabel(metadata);
  const hash = await folderHash(folder);
  await transaction(database, async (client) => {
    await registerModel(client, { name: model, hash, metadata });
    await keepModelFiles(client, model, folder);
    await recordAct(client, { actor, act: 'trained', model, report });
    if (!report.promoted) return;
    // What can be rolled back to must stand in the journal: the first promotion names the model before it too.
    const { model: current } = await modelInUse(client);
    if (current === null && (await getModel(client, report.current)) !== null) {
      await recordAct(client, { actor, act: 'promoted', model: report.current, reason: 'was in use' });
    }
    await recordAct(client, { actor, act: 'promoted', model, reason: 'passed the gate' });
  });
}

/** Year, month, day and time of day: later candidates have greater versions. */
function versionOf(now: Date): string {
  const [date = '', time = ''] = now.toISOString().split('T');
  return [...date.split('-'), time.slice(0, 8).replaceAll(':', '')].map(Number).join('.');
}
