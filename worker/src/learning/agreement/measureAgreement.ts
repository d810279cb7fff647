import { layerNumbers, type Agreement, type LabelVerdict, type Opinion } from '@dtdqm/contract';
import { bootstrap, type BootstrapOptions } from './bootstrap.ts';
import { addPairTable, cohenKappa, pairTable, type PairTable } from './cohenKappa.ts';
import { fleissKappa } from './fleissKappa.ts';
import { gwetAc1 } from './gwetAc1.ts';
import { krippendorffAlpha } from './krippendorffAlpha.ts';
import { percentAgreement } from './percentAgreement.ts';
import {
  addRatings,
  noRatings,
  sumRatings,
  type Rating,
  type RatingSums,
  type UnitRatings,
} from './ratings.ts';
import { agreementWarnings } from './warnings.ts';

/** Good and bad are the categories; "not sure" is no judgement and counts as missing. */
const categories = 2;
const ratingOf = (verdict: LabelVerdict | null | undefined): Rating =>
  verdict === 'good' ? 0 : verdict === 'bad' ? 1 : null;

const ratingSummation = { empty: () => noRatings(categories), add: addRatings };
const coefficients = { percentAgreement, krippendorffAlpha, gwetAc1 };

/** How far experts agree, over all layers, per layer number and per pair of experts. */
export function measureAgreement(opinions: readonly Opinion[], options: BootstrapOptions = {}): Agreement {
  const experts = [...new Set(opinions.map(({ by }) => by))].sort();
  const chambers = [...groupByChamber(opinions, experts).values()];
  const sumsOf = (unitsOf: (chamber: UnitRatings[]) => UnitRatings[]) =>
    chambers.map((chamber) => sumRatings(unitsOf(chamber), categories)).filter(({ paired }) => paired > 0);
  const estimate = (sums: RatingSums[]) => bootstrap(sums, ratingSummation, coefficients, options);

  const all = sumsOf((units) => units);
  const total = noRatings(categories);
  for (const sums of all) addRatings(total, sums);
  return {
    layers: total.paired,
    overall: bootstrap(all, ratingSummation, { ...coefficients, fleissKappa }, options),
    byLayer: layerNumbers.map((layer) => {
      const sums = sumsOf((units) => [units[layer - 1] ?? []]);
      return { layer, layers: sums.length, ...estimate(sums) };
    }),
    byPair: pairsOf(experts).flatMap(([first, second]) => {
      const units = chambers.map((chamber) =>
        chamber.map((unit): UnitRatings => [unit[first] ?? null, unit[second] ?? null]),
      );
      const sums = units.map((chamber) => sumRatings(chamber, categories)).filter(({ paired }) => paired > 0);
      if (sums.length === 0) return [];
      const tables = units.map((chamber) => pairTable(chamber, categories));
      const { cohen } = bootstrap(tables, pairSummation, { cohen: cohenKappa }, options);
      return [
        {
          experts: [experts[first] as string, experts[second] as string] satisfies [string, string],
          layers: sums.reduce((count, { paired }) => count + paired, 0),
          cohenKappa: cohen,
          ...estimate(sums),
        },
      ];
    }),
    warnings: agreementWarnings(total),
  };
}

const pairSummation = {
  empty: (): PairTable => pairTable([], categories),
  add: addPairTable,
};

/** Per chamber twelve units, each with one rating an expert, in the order of `experts`. */
function groupByChamber(
  opinions: readonly Opinion[],
  experts: readonly string[],
): Map<string, UnitRatings[]> {
  const columns = new Map(experts.map((expert, column) => [expert, column]));
  const chambers = new Map<string, Rating[][]>();
  for (const { by, chamber, verdicts } of opinions) {
    const units = chambers.get(chamber) ?? layerNumbers.map(() => experts.map(() => null));
    units.forEach((unit, row) => (unit[columns.get(by) as number] = ratingOf(verdicts[row])));
    chambers.set(chamber, units);
  }
  return chambers;
}

function pairsOf(experts: readonly string[]): [number, number][] {
  return experts.flatMap((_, first) =>
    experts.slice(first + 1).map((__, offset): [number, number] => [first, first + 1 + offset]),
  );
}
