import { type BackendChoice, createScorer, type Scorer } from '@dtdqm/detector';
import type { Database } from '../../storage/database.ts';
import type { LabelledChamber } from '../../storage/labels/read.ts';
import { siblingFolder } from './candidate.ts';
import { type DoubtedLabel, foldOf, folds, isSurestAgainst } from './crossFit.ts';
import { type ChangedLayer, changedLayers, judgeLayers, type LabelledLayer } from './judgeModels.ts';
import {
  chambersCalledGood,
  injectedFaulty,
  judgeKnown,
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

/** A scorer for as long as it is used. */
export async function withScorer<Result>(
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

/** Labelled layers fold by fold, each as the sibling sees it that never saw its run; a model that was taught no labels has no others. */
export async function seenBySiblings(
  database: Database,
  scorer: Scorer,
  folder: string,
  labelled: readonly LabelledChamber[],
  scratch: string,
): Promise<LabelledLayer[]> {
  const seen: LabelledLayer[] = [];
  for (let fold = 0; fold < folds; fold++) {
    await scorer.replaceModel(await siblingFolder(folder, fold, scratch));
    const ofFold = labelled.filter(({ run }) => foldOf(run) === fold);
    seen.push(...(await judgeLayers(database, [scorer], ofFold))[0]!);
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
  { database, backend }: { database: Database; backend: BackendChoice },
  { baseFolder, currentFolder, candidateFolder, scratch }: Folders,
  labelled: readonly LabelledChamber[],
  {
    rules,
    doubted,
    seen: { byBase, inUse },
  }: { rules: GateRules; doubted: readonly DoubtedLabel[]; seen: SeenLabels },
): Promise<{ current: string; gate: GateReport; changed: ChangedLayer[] }> {
  return withScorer(currentFolder, backend, (current) =>
    withScorer(candidateFolder, backend, async (candidate) => {
      const both = [current, candidate];
      const { model } = current;
      // Limits are set to as many false alarms there as the base raises: whether the model in use raises more or fewer is chance, and so is a growth.
      await current.replaceModel(baseFolder);
      const healthy = await judgeKnown(both, simulatedHealthy(healthyForEach * rules.knownOfKind));
      const adapted = await seenBySiblings(database, candidate, candidateFolder, labelled, scratch);
      const good = await chambersCalledGood(database, labelled, inUse);
      let faulty: JudgedLayer[][] = both.map(() => []);
      if (good.length >= rules.leastGoodChambers) {
        const injected = injectedFaulty('gate', good, rules.knownOfKind);
        for (let fold = 0; fold < folds; fold++) {
          await current.replaceModel(await siblingFolder(currentFolder, fold, scratch));
          await candidate.replaceModel(await siblingFolder(candidateFolder, fold, scratch));
          const ofFold = injected.filter(({ run }) => foldOf(run) === fold);
          (await judgeKnown(both, ofFold)).forEach((layers, index) => faulty[index]!.push(...layers));
        }
      } else {
        await current.replaceModel(currentFolder);
        await candidate.replaceModel(candidateFolder);
        faulty = await judgeKnown(both, simulatedFaulty(rules.knownOfKind));
      }
      const known = healthy.map((layers, index) => [...layers, ...faulty[index]!]);
      const [ofBase, ...ofBoth] = withoutDoubted({ inUse, all: [byBase, inUse, adapted] }, doubted);
      const gate = judgeCandidate(pairOf(ofBoth), pairOf(known), { rules, byBase: ofBase! });
      const changed = changedLayers([inUse, adapted]);
      return { current: model, gate, changed };
    }),
  );
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
