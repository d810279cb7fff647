import { modelLabel, readModelFolder } from '@dtdqm/detector';
import { judgeByEach, loadModel, type LoadedModel } from '@dtdqm/detector/engine';
import type { Database } from '../../storage/database.ts';
import type { LabelledChamber } from '../../storage/labels/read.ts';
import { siblingFolder } from './candidate.ts';
import { type DoubtedLabel, foldOf, folds, isSurestAgainst } from './crossFit.ts';
import { type ChangedLayer, changedLayers, judgeLayers, type LabelledLayer } from './judgeModels.ts';
import {
  chambersCalledGood,
  injectedFaulty,
  judgeKnown,
  type KnownChamber,
  simulatedFaulty,
  simulatedHealthy,
} from './knownFaults.ts';
import type { JudgedLayer } from './pairedIntervals.ts';
import { type GateReport, type GateRules, judgeCandidate } from './promotionGate.ts';

/** Where the models of a retraining lie, and a folder for siblings. */
export interface Folders {
  /** What the candidate was adapted from. */
  readonly baseFolder: string;
  readonly currentFolder: string;
  readonly candidateFolder: string;
  readonly scratch: string;
}

/** The labelled layers fold by fold, as the model sees them that was adapted, and as siblings of the one in use do. */
export interface SeenLabels {
  readonly byBase: readonly LabelledLayer[];
  readonly inUse: readonly LabelledLayer[];
}

/** Models for as long as they are used, on the backend in use. @throws {ModelError} when one does not load. */
async function withModels<Result>(
  folders: readonly string[],
  use: (models: readonly LoadedModel[]) => Promise<Result> | Result,
): Promise<Result> {
  const models: LoadedModel[] = [];
  try {
    for (const folder of folders) models.push(await loadModel(folder));
    return await use(models);
  } finally {
    for (const { network } of models) network.dispose();
  }
}

/** The same for siblings of each that never saw the labels of a fold; a model that was taught no labels has no others. */
async function withSiblings<Result>(
  folders: readonly string[],
  { fold, scratch }: { fold: number; scratch: string },
  use: (models: readonly LoadedModel[]) => Promise<Result> | Result,
): Promise<Result> {
  const siblings = await Promise.all(folders.map((folder) => siblingFolder(folder, fold, scratch)));
  return withModels(siblings, use);
}

/** Labelled layers fold by fold, each as the siblings of several models see it that never saw its run. */
export async function seenBySiblings(
  database: Database,
  folders: readonly string[],
  labelled: readonly LabelledChamber[],
  scratch: string,
): Promise<LabelledLayer[][]> {
  const seen: LabelledLayer[][] = folders.map(() => []);
  for (let fold = 0; fold < folds; fold++) {
    const ofFold = labelled.filter(({ run }) => foldOf(run) === fold);
    const judged = await withSiblings(folders, { fold, scratch }, (siblings) =>
      judgeLayers(database, siblings, ofFold),
    );
    judged.forEach((layers, index) => seen[index]!.push(...layers));
  }
  return seen;
}

/**
 * Lets the gate judge a candidate beside the model in use: each label by siblings of both that never saw its run, and known faults, injected into
 * chambers that both call good, likewise.
 *
 * @param doubted labels that did not teach.
 * @param seen what the others said of the labels before the candidate was taught.
 */
export async function judgeBeside(
  database: Database,
  { baseFolder, currentFolder, candidateFolder, scratch }: Folders,
  labelled: readonly LabelledChamber[],
  {
    rules,
    doubted,
    seen: { byBase, inUse },
  }: { rules: GateRules; doubted: readonly DoubtedLabel[]; seen: SeenLabels },
): Promise<{ current: string; gate: GateReport; changed: ChangedLayer[] }> {
  const both = [currentFolder, candidateFolder];
  const known = (chambers: readonly KnownChamber[]) => (models: readonly LoadedModel[]) =>
    judgeKnown((inputs) => judgeByEach(models, inputs), chambers);
  // Limits are set to as many false alarms there as the base raises: whether the model in use raises more or fewer is chance, and so is a growth.
  const healthy = await withModels(
    [baseFolder, candidateFolder],
    known(simulatedHealthy(healthyForEach * rules.knownOfKind)),
  );
  const [adapted = []] = await seenBySiblings(database, [candidateFolder], labelled, scratch);
  const good = await chambersCalledGood(database, labelled, inUse);
  let faulty: JudgedLayer[][] = both.map(() => []);
  if (good.length >= rules.leastGoodChambers) {
    const injected = injectedFaulty('gate', good, rules.knownOfKind);
    for (let fold = 0; fold < folds; fold++) {
      const ofFold = injected.filter(({ run }) => foldOf(run) === fold);
      const judged = await withSiblings(both, { fold, scratch }, known(ofFold));
      judged.forEach((layers, index) => faulty[index]!.push(...layers));
    }
  } else {
    faulty = await withModels(both, known(simulatedFaulty(rules.knownOfKind)));
  }
  const ofAllKnown = healthy.map((layers, index) => [...layers, ...faulty[index]!]);
  const [ofBase, ...ofBoth] = withoutDoubted({ inUse, all: [byBase, inUse, adapted] }, doubted);
  const gate = judgeCandidate(pairOf(ofBoth), pairOf(ofAllKnown), { rules, byBase: ofBase! });
  const { metadata } = await readModelFolder(currentFolder);
  return { current: modelLabel(metadata), gate, changed: changedLayers([inUse, adapted]) };
}

/** Simulated healthy chambers for each one with a fault of one kind: false alarms are a thousandth. */
const healthyForEach = 8;

function pairOf<Layer>([current = [], candidate = []]: Layer[][]): { current: Layer[]; candidate: Layer[] } {
  return { current, candidate };
}

/** Doubted labels that the model in use is surest against decide nothing: both models are, so they would only blur the two. */
function withoutDoubted(
  { inUse, all }: { inUse: readonly LabelledLayer[]; all: readonly (readonly LabelledLayer[])[] },
  doubted: readonly DoubtedLabel[],
): LabelledLayer[][] {
  const keys = new Set(doubted.map(({ run, chamber, layer }) => `${run}/${chamber}/${layer}`));
  const isLeftOut = inUse.map(
    (layer) => keys.has(`${layer.run}/${layer.place}/${layer.layer}`) && isSurestAgainst(layer),
  );
  return all.map((layers) => layers.filter((_, index) => !isLeftOut[index]));
}
