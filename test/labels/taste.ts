import { allChambers, type ChamberId, formatChamber, type LabelVerdict, layersOf } from '@dtdqm/contract';
import { randomOf } from '@dtdqm/contract/random';
import { inputsOfRun, type Scorer } from '@dtdqm/detector';
import {
  drawMeasured,
  type InjectedFault,
  type MeasuredFault,
  type SimulatedChamber,
  simulateChamber,
} from '@dtdqm/simulator/detector';
import type { Database } from '@dtdqm/worker/storage/database';
import { writeLabel } from '@dtdqm/worker/storage/labels/journal';
import { goodHistory } from '@dtdqm/worker/storage/past';
import { saveRunResult } from '@dtdqm/worker/storage/results';
import { syntheticRun } from '../postgres/syntheticRun.ts';
import { labelOf } from './labelled.ts';

/** An expert whose taste the shipped model does not share: a layer 40 % too hot and a superlayer at 75 % are bad. */
const taste: Readonly<Record<string, MeasuredFault>> = {
  hot: { name: 'hot', kind: 'hot-layer', form: { level: 1.4 } },
  superlayer: { name: 'superlayer', kind: 'weak-superlayer', form: { level: 0.75 } },
  known: { name: 'known', kind: 'dead-region', form: { wires: 12, level: 0 } },
};
/** The chambers of each run. */
export const chambers = allChambers.filter((_, index) => index % 4 === 0);

/** Which fault stands in a chamber, for all runs: the past does not tell it. */
export function faultOf(chamber: ChamberId): { name: string; fault: InjectedFault } | null {
  const index = chambers.indexOf(chamber);
  const name = (['hot', null, 'superlayer', null, null, 'known', null] as const)[index % 7] ?? null;
  const fault = name && drawMeasured(taste[name]!, chamber, randomOf('fault', index));
  return name && fault ? { name, fault: { ...fault, bad: true } } : null;
}

/** Counts of a chamber in a run, the same each time: simulated once, as tests store, label and compare them. */
export function countOf(chamber: ChamberId, run: number): SimulatedChamber {
  const key = `${run} ${formatChamber(chamber)}`;
  let count = counts.get(key);
  if (count === undefined) {
    count = simulateChamber({
      chamber,
      buildSeed: 'taste',
      runSeed: run,
      lumisections: 300,
      faults: [faultOf(chamber)?.fault].filter((fault) => fault !== undefined),
    });
    counts.set(key, count);
  }
  return count;
}
const counts = new Map<string, SimulatedChamber>();

/** As the pipeline does: judged beside the good runs before, though not explained, which takes many times as long. */
export async function store(database: Database, scorer: Scorer, run: number): Promise<void> {
  const counted = chambers.map((chamber) => ({ chamber, matrix: countOf(chamber, run).matrix }));
  const inputs = inputsOfRun(counted, await goodHistory(database, run));
  const verdicts = await scorer.score(inputs, { saliency: false });
  const results = counted.map(({ chamber, matrix }, index) => ({
    ...chamber,
    state: 'present' as const,
    matrix,
    verdict: verdicts[index]!,
  }));
  await saveRunResult(database, syntheticRun(run, { model: scorer.model, chambers: results }));
}

/** Labels chambers of a run, all of them unless set, as the expert judges them, or otherwise. */
export async function label(
  database: Database,
  run: number,
  those = chambers,
  verdictOf: (isBad: boolean) => LabelVerdict = (isBad) => (isBad ? 'bad' : 'good'),
): Promise<void> {
  for (const chamber of those) {
    const { badLayers } = countOf(chamber, run);
    const verdicts = Array.from({ length: 12 }, (_, row) =>
      layersOf(chamber.station).includes(row + 1) ? verdictOf(badLayers.includes(row + 1)) : null,
    );
    await writeLabel(database, 'ana', labelOf(run, allChambers.indexOf(chamber), { verdicts }));
  }
}
