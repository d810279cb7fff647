import path from 'node:path';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { selectBackend } from '@dtdqm/detector/engine';
import { defaultModelFolder, modelLabel, ModelError, readModelFolder } from '@dtdqm/detector';
import {
  Adaptation,
  type AdaptationSettings,
  defaultAdaptation,
  type Degree,
  tolerancesOf,
} from '@dtdqm/detector/training';
import { examplesByRun } from '@dtdqm/simulator/detector';
import { type Database, type Queryable, transaction } from '../../storage/database.ts';
import { type LabelledChamber, labelledChambers } from '../../storage/labels/read.ts';
import { modelInUse, recordAct, refusedTwin } from '../../storage/models.ts';
import { labelsSince } from '../../storage/preview.ts';
import { adaptationOf, writeCandidate } from './candidate.ts';
import { crossFit, type CrossFitted, type DoubtedLabel } from './crossFit.ts';
import { type Folders, judgeBeside, seenBySiblings, type SeenLabels } from './judgeBeside.ts';
import type { ChangedLayer } from './judgeModels.ts';
import { healthyRuns } from './knownFaults.ts';
import { findModelFolder, registerFolder } from './modelChoice.ts';
import { defaultGateRules, type GateReport, type GateRules } from './promotionGate.ts';

interface WhichModel {
  database: Database;
  /** Model folder of the configuration; the program's default one when absent. */
  modelDirectory?: string | undefined;
}

export interface RetrainOptions extends WhichModel {
  /** Who asks: an expert, or `schedule`. */
  actor: string;
  /** How the model is adapted; {@link defaultAdaptation} unless set. */
  adaptation?: Partial<AdaptationSettings>;
  /** Told what begins, and waited for. */
  onStage?(stage: string): void | Promise<void>;
  rules?: GateRules;
  /** False only trains, judges and keeps the candidate; true unless set. */
  promote?: boolean;
  now?: Date;
}

/** What came of a retraining, as it stands in the journal. */
export interface RetrainReport extends GateReport {
  current: string;
  candidate: string;
  /** The model whose weights the candidate goes on from: the one in use, or what that one was adapted from. */
  adaptedFrom: string;
  labels: {
    chambers: number;
    /** Layers that taught. */
    good: number;
    bad: number;
    /** Id of the newest label or undo in the journal when labels were read. */
    newestEvent: string;
  };
  /** From which degree on a tolerated fault makes a layer bad, by what was labelled. */
  tolerances: Degree[];
  /** Labels that did not teach, since all that is known speaks against them; the surest are listed. */
  doubted: { count: number; listed: DoubtedLabel[] };
  /** Labelled layers that one of the two calls bad and the other does not, the greatest change first. */
  changed: { count: number; listed: ChangedLayer[] };
  promoted: boolean;
}

/** The newest labels count. Their matrices are in memory while training reads their past run by run; 10,000 are some 100 MB. */
export const mostLabelled = 10_000;
/** A report stands in the journal of models and is read by people. */
export const mostListed = 200;

/**
 * Adapts the model that is known best to all labels and judges the result beside the model in use, each label by siblings of both that never saw
 * its run. Promotes it only when the gate says so and no model is pinned; keeps its files and report either way.
 *
 * @returns null when nothing is labelled: nothing was done then.
 * @throws {ModelError} when the model in use, or what it was adapted from, cannot be loaded; nothing is kept then.
 */
export async function retrain(options: RetrainOptions): Promise<RetrainReport | null> {
  const { database, actor, rules = defaultGateRules, promote = true, now = new Date() } = options;
  const { newest } = await labelsSince(database, null);
  const labelled = await labelledChambers(database, mostLabelled);
  if (labelled.length === 0) return null;
  const scratch = await mkdtemp(path.join(tmpdir(), 'dtdqm-retrain-'));
  try {
    const currentFolder = await folderInUse(options, scratch);
    const baseFolder = await folderOfBase(options, currentFolder, scratch);
    const folders = { baseFolder, currentFolder, scratch };
    // So that weights and what they are judged by are the same everywhere.
    await selectBackend('wasm');
    const { fitted, seen } = await teach(options, folders, labelled);
    const candidateFolder = path.join(scratch, 'candidate');
    const { seed } = { ...defaultAdaptation, ...options.adaptation };
    const birth = { version: versionOf(now), seed, createdAt: now.toISOString() };
    const candidate = await writeCandidate(candidateFolder, baseFolder, birth, fitted);
    await options.onStage?.('judging');
    const { current, gate, changed } = await judgeBeside(
      database,
      { ...folders, candidateFolder },
      labelled,
      { rules, doubted: fitted.doubted, seen },
    );
    const report: RetrainReport = {
      ...gate,
      current,
      candidate: modelLabel(candidate.metadata),
      adaptedFrom: modelLabel((await readModelFolder(baseFolder)).metadata),
      labels: { chambers: labelled.length, ...fitted.taught, newestEvent: newest },
      tolerances: tolerancesOf(fitted.thresholds),
      doubted: { count: fitted.doubted.length, listed: fitted.doubted.slice(0, mostListed) },
      changed: { count: changed.length, listed: changed.slice(0, mostListed) },
      promoted: promote && gate.decision.promote,
    };
    return await keepCandidate(database, { report, currentFolder, candidateFolder, actor });
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function teach(
  { database, onStage, ...options }: RetrainOptions,
  { baseFolder, currentFolder, scratch }: Omit<Folders, 'candidateFolder'>,
  labelled: readonly LabelledChamber[],
): Promise<{ fitted: CrossFitted; seen: SeenLabels }> {
  const settings = { ...defaultAdaptation, ...options.adaptation };
  await onStage?.('reading labels');
  const folders = [...new Set([baseFolder, currentFolder])];
  const [byBase = [], inUse = byBase] = await seenBySiblings(database, folders, labelled, scratch);
  const seen = { byBase, inUse };
  await onStage?.('simulating what is known');
  const adaptation = await openAdaptation(baseFolder, settings);
  try {
    await onStage?.('adapting');
    return { fitted: await crossFit(database, adaptation, labelled, seen.byBase, seen.inUse), seen };
  } finally {
    adaptation.dispose();
  }
}

/** What teaches a model by labels, with simulated chambers on which it keeps its answers; on the backend in use. */
export function openAdaptation(baseFolder: string, settings: AdaptationSettings): Promise<Adaptation> {
  return Adaptation.of(baseFolder, settings, {
    varied: examplesByRun(settings)(1, settings.runs),
    healthy: examplesByRun({ ...settings, ...healthyRuns })(settings.runs + 1, 3 * settings.runs),
  });
}

export async function folderInUse(
  { database, modelDirectory }: WhichModel,
  scratch: string,
): Promise<string> {
  const { model } = await modelInUse(database);
  if (model === null) return modelDirectory ?? (await defaultModelFolder());
  return folderOf(database, model, scratch, modelDirectory);
}

/**
 * Each candidate goes on from the model that was trained on simulation, never from one that was adapted: what a label taught that was taken back
 * since is not known any more.
 */
export async function folderOfBase(
  { database, modelDirectory }: WhichModel,
  current: string,
  scratch: string,
): Promise<string> {
  const adapted = adaptationOf((await readModelFolder(current)).metadata);
  return adapted === null ? current : folderOf(database, adapted.from, scratch, modelDirectory);
}

async function folderOf(db: Queryable, model: string, scratch: string, configured?: string): Promise<string> {
  const folder = await findModelFolder(db, model, scratch, configured);
  if (folder === null) throw new ModelError(`the files of model ${model} are nowhere`);
  return folder;
}

/** Year, month, day and time of day: later candidates have greater versions. */
function versionOf(now: Date): string {
  const [date = '', time = ''] = now.toISOString().split('T');
  return [...date.split('-'), time.slice(0, 8).replaceAll(':', '')].map(Number).join('.');
}

/**
 * Keeps a candidate's files and report, and puts it in use when the report says so, in one transaction.
 *
 * @returns the report as kept: a model that was pinned or chosen during the training stays.
 */
function keepCandidate(
  database: Database,
  {
    report: judged,
    currentFolder,
    candidateFolder,
    actor,
  }: { report: RetrainReport; currentFolder: string; candidateFolder: string; actor: string },
): Promise<RetrainReport> {
  return transaction(database, async (client) => {
    await client.query('lock table model_act in exclusive mode');
    await registerFolder(client, candidateFolder);
    const report = await unlessChosen(client, judged);
    const { candidate: model, promoted } = report;
    await recordAct(client, { actor, act: 'trained', model, report });
    if (!promoted) return report;
    // What can be rolled back to must stand in the journal: the first promotion names the model before it too.
    if ((await modelInUse(client)).model === null) {
      const { model: before } = await registerFolder(client, currentFolder);
      await recordAct(client, { actor, act: 'promoted', model: before, reason: 'was in use' });
    }
    await recordAct(client, { actor, act: 'promoted', model, reason: 'passed the gate' });
    return report;
  });
}

async function unlessChosen(client: Queryable, report: RetrainReport): Promise<RetrainReport> {
  const { model, pinned } = await modelInUse(client);
  const twin = await refusedTwin(client, report.candidate);
  const against = [
    ...(pinned ? ['the model in use is pinned'] : []),
    ...(model !== null && model !== report.current ? [`${model} was put in use meanwhile`] : []),
    ...(twin !== null ? [`${twin}, which has the same weights, was refused`] : []),
  ];
  if (against.length === 0) return report;
  const decision = { promote: false, reasons: [...report.decision.reasons, ...against] };
  return { ...report, decision, promoted: false };
}

/** Whether experts said anything since labels were last read for a training. */
export async function areThereNewLabels(db: Queryable): Promise<boolean> {
  const { rows } = await db.query<{ learned: string | null }>(
    `select report -> 'labels' ->> 'newestEvent' as learned from model_act where act = 'trained' order by id desc limit 1`,
  );
  return (await labelsSince(db, rows[0]?.learned ?? null)).count > 0;
}
