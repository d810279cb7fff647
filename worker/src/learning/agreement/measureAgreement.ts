import { type Agreement, type LabelVerdict, layerNumbers, type Opinion } from '@dtdqm/contract';
import { bootstrap, type BootstrapOptions } from '@dtdqm/contract/numbers';
import {
  addPairTable,
  addRatings,
  cohenKappa,
  fleissKappa,
  gwetAc1,
  krippendorffAlpha,
  noRatings,
  pairTable,
  type PairTable,
  percentAgreement,
  type Rating,
  type RatingSums,
  sumRatings,
  type UnitRatings,
} from './coefficients.ts';

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

/** Below this share of its rarer category, kappa falls with prevalence alone (Feinstein and Cicchetti 1990). */
const lowPrevalence = 0.05;
const highAgreement = 0.9;
const fewUnits = 30;

/** Plain words about figures that would mislead; sums of good (category 0) and bad (category 1) ratings. */
export function agreementWarnings(sums: RatingSums): string[] {
  const observed = percentAgreement(sums);
  if (observed === null) return ['No layer was judged by two experts yet.'];
  const warnings: string[] = [];
  const [good = 0, bad = 0] = sums.counts;
  const prevalence = Math.min(good, bad) / (good + bad);
  const kappa = fleissKappa(sums);
  if (prevalence === 0) {
    warnings.push(
      `All judgements are ${bad === 0 ? 'good' : 'bad'}: kappa and alpha are not defined; read the percent agreement.`,
    );
  } else if (
    prevalence < lowPrevalence &&
    observed >= highAgreement &&
    kappa !== null &&
    kappa < observed - 0.1
  ) {
    warnings.push(
      `Only ${percent(prevalence)} of the judgements are ${bad <= good ? 'bad' : 'good'}: kappa and alpha are low (${kappa.toFixed(2)}) ` +
        `although experts agree on ${percent(observed)} of layers. Read Gwet's AC1 and the disagreements themselves.`,
    );
  }
  if (sums.paired < fewUnits) {
    warnings.push(`Only ${sums.paired} layers were judged by two experts: the intervals are rough.`);
  }
  return warnings;
}

const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
