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
 */
export async function judgeBeside(
  { database, backend }: { database: Database; backend: BackendChoice },
  { baseFolder, currentFolder, candidateFolder, scratch }: Folders,
  labelled: readonly LabelledChamber[],
  { rules, doubted }: { rules: GateRules; doubted: readonly DoubtedLabel[] },
): Promise<{ current: string; gate: GateReport; changed: ChangedLayer[] }> {
  return withScorer(currentFolder, backend, (current) =>
    withScorer(candidateFolder, backend, async (candidate) => {
      const both = [current, candidate];
      const { model } = current;
      // Limits are set to as many false alarms there as the base raises: whether the model in use raises more or fewer is chance, and so is a growth.
      await current.replaceModel(baseFolder);
      const healthy = await judgeKnown(both, simulatedHealthy(healthyForEach * rules.knownOfKind));
      const siblings: { current: string; candidate: string }[] = [];
      for (let fold = 0; fold < folds; fold++)
        siblings.push({
          current: await siblingFolder(currentFolder, fold, scratch),
          candidate: await siblingFolder(candidateFolder, fold, scratch),
        });
      const bySiblings = async <Layer>(
        judgeFold: (fold: number) => Promise<Layer[][]>,
      ): Promise<Layer[][]> => {
        const seen: Layer[][] = [[], []];
        for (let fold = 0; fold < folds; fold++) {
          await current.replaceModel(siblings[fold]!.current);
          await candidate.replaceModel(siblings[fold]!.candidate);
          (await judgeFold(fold)).forEach((layers, index) => seen[index]!.push(...layers));
        }
        return seen;
      };
      const ofFold = <Item extends { run: number }>(items: readonly Item[], fold: number) =>
        items.filter(({ run }) => foldOf(run) === fold);
      const seen = await bySiblings((fold) => judgeLayers(database, both, ofFold(labelled, fold)));
      const byBase = await seenBySiblings(database, current, baseFolder, labelled, scratch);
      const good = await chambersCalledGood(database, labelled, seen[0]!);
      let faulty: JudgedLayer[][];
      if (good.length >= rules.leastGoodChambers) {
        const injected = injectedFaulty('gate', good, rules.knownOfKind);
        faulty = await bySiblings((fold) => judgeKnown(both, ofFold(injected, fold)));
      } else {
        await current.replaceModel(currentFolder);
        await candidate.replaceModel(candidateFolder);
        faulty = await judgeKnown(both, simulatedFaulty(rules.knownOfKind));
      }
      const known = healthy.map((layers, index) => [...layers, ...faulty[index]!]);
      const [inUse, adapted, base] = withoutDoubted([...seen, byBase], doubted);
      const gate = judgeCandidate({ current: inUse!, candidate: adapted! }, pairOf(known), {
        rules,
        byBase: base!,
      });
      const changed = changedLayers(seen);
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
  seen: readonly LabelledLayer[][],
  doubted: readonly DoubtedLabel[],
): LabelledLayer[][] {
  const keys = new Set(doubted.map(({ run, chamber, layer }) => `${run}/${chamber}/${layer}`));
  const isLeftOut = seen[0]!.map(
    (layer) => keys.has(`${layer.run}/${layer.place}/${layer.layer}`) && isSurestAgainst(layer),
  );
  return seen.map((layers) => layers.filter((_, index) => !isLeftOut[index]));
}
