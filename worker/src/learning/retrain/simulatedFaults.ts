import { allChambers, formatChamber } from '@dtdqm/contract';
import type { Scorer } from '@dtdqm/detector';
import { pick, randomOf, uniform } from '@dtdqm/contract/random';
import { drawFault, injectedKinds, simulateChamber, type InjectedKind } from '@dtdqm/simulator/detector';
import type { JudgedLayer } from './judgedLayers.ts';

/** Log-likelihood below which a fault is there but nobody could see it. */
const leastEvidence = 10;

/**
 * Bad layers with every kind of fault that there is, as several models see them: labels name few of the kinds, and a candidate
 * must not have lost those either. From a seed that no training uses, so no model has seen them; in runs of 100 to 600
 * lumisections.
 *
 * @param ofKind chambers with each kind.
 * @returns for each model the same layers in the same order.
 */
export async function judgeSimulatedFaults(
  scorers: readonly Pick<Scorer, 'score'>[],
  ofKind: number,
): Promise<JudgedLayer[][]> {
  const judged: JudgedLayer[][] = scorers.map(() => []);
  for (const kind of injectedKinds) {
    const chambers = Array.from({ length: ofKind }, (_, index) => faultyChamber(kind, index));
    for (const [index, scorer] of scorers.entries()) {
      const said = await scorer.score(chambers, { saliency: false });
      chambers.forEach(({ chamber, bad }, place) => {
        for (const layer of bad) {
          judged[index]!.push({
            run: place,
            place: formatChamber(chamber),
            bad: true,
            kind: `${kind}, simulated`,
            score: said[place]!.scores[layer - 1]!,
            flagged: said[place]!.verdicts[layer - 1] === 'bad',
          });
        }
      });
    }
  }
  return judged;
}

function faultyChamber(kind: InjectedKind, index: number) {
  const seed = `gate/${kind}/${index}`;
  const random = randomOf(seed);
  const chamber = pick(random, allChambers);
  const { matrix, badLayers, evidence } = simulateChamber({
    chamber,
    buildSeed: seed,
    runSeed: seed,
    lumisections: Math.round(uniform(random, 100, 600)),
    faults: [drawFault(kind, chamber, random)],
  });
  return { chamber, matrix, bad: badLayers.filter((layer) => (evidence[layer - 1] ?? 0) >= leastEvidence) };
}
