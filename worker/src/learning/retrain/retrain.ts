import path from 'node:path';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { layersOf } from '@dtdqm/contract';
import { selectBackend } from '@dtdqm/detector/engine';
import {
  type BackendChoice,
  createScorer,
  defaultModelFolder,
  modelLabel,
  ModelError,
  type ModelToWrite,
  type Scorer,
  writeModelFolder,
} from '@dtdqm/detector';
import { type Example, defaultTraining, trainDetector } from '@dtdqm/detector/training';
import { examplesByRun, likeReal, likeScattered } from '@dtdqm/simulator/detector';
import { inputsInStoredRun } from '../../pipeline/reevaluate.ts';
import { type Database, type Queryable, transaction } from '../../storage/database.ts';
import { type LabelledChamber, labelledChambers } from '../../storage/labels/read.ts';
import { modelInUse, recordAct } from '../../storage/models.ts';
import { contradictionsOf, type Contradictions } from './contradictions.ts';
import { byRun, judgeLayers, judgeSimulatedFaults, type LabelledLayer } from './judgeModels.ts';
import { findModelFolder, registerFolder } from './modelFolders.ts';
import { defaultGateRules, type GateReport, type GateRules, judgeCandidate } from './promotionGate.ts';

export interface RetrainOptions {
  database: Database;
  /** Trains on labelled chambers, which come run by run, and on simulation; `version` names the result. */
  train(labelled: AsyncIterable<readonly Example[]>, version: string): Promise<ModelToWrite>;
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

/** What came of a retraining, as it stands in the journal. */
export interface RetrainReport extends GateReport {
  current: string;
  candidate: string;
  labels: {
    training: number;
    heldOut: number;
    /** Id of the newest event of the journal when labels were read; null for none. */
    newestEvent: string | null;
  };
  /** Labels, learned from or held out, that contradict the model in use. */
  contradictions: Contradictions;
  promoted: boolean;
}

/** The newest labels count. Their matrices are in memory while training reads their past run by run; 10,000 are some 100 MB. */
const mostTrainedOn = 10_000;
const mostHeldOut = 5000;

/**
 * Runs whose labels no training ever sees: by number, so that candidates of all times are judged on runs that neither they
 * nor the model before saw. It is the part that trainDetector keeps for its own test.
 */
const heldOutRuns = { every: 5, remainder: 4, others: false };
const trainingRuns = { ...heldOutRuns, others: true };

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
    const { candidate, trainedOn, said } = await trainOnLabels(options, currentFolder, versionOf(now));
    const candidateFolder = path.join(scratch, 'candidate');
    await writeModelFolder(candidateFolder, candidate);
    // Read only now: no training can have seen them, and its own labels need not be kept meanwhile.
    const heldOut = await labelledChambers(database, heldOutRuns, mostHeldOut);
    const { current, gate, before } = await judge(options, currentFolder, candidateFolder, heldOut, rules);
    const report: RetrainReport = {
      ...gate,
      current,
      candidate: modelLabel(candidate.metadata),
      labels: { training: trainedOn, heldOut: heldOut.length, newestEvent: newest },
      contradictions: contradictionsOf([...said, ...before]),
      promoted: promote && gate.decision.promote,
    };
    return await keepCandidate(database, { report, currentFolder, candidateFolder, actor });
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function trainOnLabels(
  { database, train, backend = 'auto' }: RetrainOptions,
  currentFolder: string,
  version: string,
) {
  const labelled = await labelledChambers(database, trainingRuns, mostTrainedOn);
  const [said = []] = await withScorer(currentFolder, backend, (current) =>
    judgeLayers(database, [current], labelled),
  );
  const candidate = await train(examplesOf(database, labelled), version);
  return { candidate, trainedOn: labelled.length, said };
}

async function withScorer<Result>(
  model: string,
  backend: BackendChoice,
  use: (scorer: Scorer) => Promise<Result>,
): Promise<Result> {
  const scorer = await createScorer({ model, backend });
  try {
    return await use(scorer);
  } finally {
    await scorer.close();
  }
}

/**
 * Labelled chambers with the past that scoring gives them, run after run, so that memory holds the past of one run's; "not sure"
 * is not known.
 */
async function* examplesOf(db: Queryable, labelled: readonly LabelledChamber[]): AsyncGenerator<Example[]> {
  for (const [run, ofRun] of byRun(labelled)) {
    const inputs = await inputsInStoredRun(db, run, ofRun);
    yield ofRun.map(({ chamber, verdicts }, index): Example => {
      const layers = layersOf(chamber.station);
      const bad = verdicts.map((verdict, row) =>
        !layers.includes(row + 1) || (verdict !== 'good' && verdict !== 'bad')
          ? null
          : verdict === 'bad'
            ? 1
            : 0,
      );
      const { matrix, history = [], exposures } = inputs[index]!;
      return { run, chamber, matrix, history: [...history], exposures, bad };
    });
  }
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
): Promise<{ current: string; gate: GateReport; before: LabelledLayer[] }> {
  return withScorer(currentFolder, backend, (current) =>
    withScorer(candidateFolder, backend, async (candidate) => {
      const both = [current, candidate];
      const [before = [], after = []] = await judgeLayers(database, both, heldOut);
      const [foundBefore = [], foundAfter = []] = await judgeSimulatedFaults(both, rules.simulatedOfKind);
      const labelled = { current: before, candidate: after };
      const simulated = { current: foundBefore, candidate: foundAfter };
      return { current: current.model, gate: judgeCandidate(labelled, simulated, rules), before };
    }),
  );
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
  const against = [
    ...(pinned ? ['the model in use is pinned'] : []),
    ...(model !== null && model !== report.current ? [`${model} was put in use meanwhile`] : []),
  ];
  if (against.length === 0) return report;
  const decision = { promote: false, reasons: [...report.decision.reasons, ...against] };
  return { ...report, decision, promoted: false };
}

/** Much less than for a model that is shipped: labels are added to what is known, in a minute or so. */
const quick = { runs: 60, epochs: 15 };

/** Trains the shipped architecture on labels and simulation, on WebAssembly, so that weights are the same everywhere. */
export function trainCandidate(
  given: { seed?: number; runs?: number; epochs?: number } = {},
  onStage?: (stage: string) => void,
): RetrainOptions['train'] {
  const { seed = defaultTraining.seed, runs = quick.runs, epochs = quick.epochs } = given;
  return async (labelled, version) => {
    await selectBackend('wasm');
    const settings = { ...defaultTraining, seed, runs, epochs, version, commit: null };
    return trainDetector(
      { ...settings, createdAt: new Date().toISOString() },
      {
        simulate: examplesByRun(settings),
        simulateReal: examplesByRun({ ...settings, ...likeReal }),
        simulateScattered: examplesByRun({ ...settings, ...likeScattered }),
        labelled,
      },
      onStage === undefined ? {} : { onStage },
    );
  };
}

/** Id of the newest event of the journal of labels; null when it is empty. Labels of spans teach nothing about whole runs. */
async function newestEvent(db: Queryable): Promise<string | null> {
  const { rows } = await db.query<{ newest: string | null }>(
    'select max(id)::text as newest from label_event where span_to is null',
  );
  return rows[0]?.newest ?? null;
}

/** Whether experts said anything since labels were last read for a training. */
export async function areThereNewLabels(db: Queryable): Promise<boolean> {
  const { rows } = await db.query<{ learned: string | null }>(
    `select report -> 'labels' ->> 'newestEvent' as learned from model_act where act = 'trained' order by id desc limit 1`,
  );
  const newest = await newestEvent(db);
  return newest !== null && newest !== rows[0]?.learned;
}
