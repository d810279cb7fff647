import { type Agreement, type LabelVerdict, layerNumbers, type Opinion } from '@dtdqm/contract';
import { bootstrap, createDraws, sumOf, type BootstrapOptions } from '@dtdqm/contract/numbers';
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

const pairSummation = {
  empty: (): PairTable => pairTable([], categories),
  add: addPairTable,
};

/** How far experts agree, over all layers, per layer number and per pair of experts. */
export function measureAgreement(opinions: readonly Opinion[], options: BootstrapOptions = {}): Agreement {
  const experts = [...new Set(opinions.map(({ by }) => by))].sort();
  const chambers = [...groupByChamber(opinions, experts).values()];
  const drawn = { ...options, draws: createDraws(options) };
  // To these sums it does not matter who said what.
  const sums = once(
    (units) => sumRatings(units, categories),
    (unit) => [...unit].sort(),
  );
  const tables = once(
    (units) => pairTable(units, categories),
    (unit) => unit,
  );
  const estimate = (clusters: RatingSums[]) => bootstrap(clusters, ratingSummation, coefficients, drawn);
  // Chambers that nobody else judged count as empty ones and stay, so that all draw among the same.
  const nothing = noRatings(categories);
  const paired = (cluster: RatingSums) => (cluster.paired > 0 ? cluster : nothing);

  const all = chambers.map((units) => paired(sums(units)));
  const total = noRatings(categories);
  for (const each of all) addRatings(total, each);
  return {
    layers: total.paired,
    chambers: chambersIn(all),
    overall: bootstrap(all, ratingSummation, { ...coefficients, fleissKappa }, drawn),
    byLayer: layerNumbers.map((layer) => {
      const ofLayer = chambers.map((units) => paired(sums([units[layer - 1] ?? []])));
      return {
        layer,
        layers: sumOf(ofLayer, (each) => each.paired),
        chambers: chambersIn(ofLayer),
        ...estimate(ofLayer),
      };
    }),
    byPair: pairsOf(experts).flatMap(([first, second]) => {
      const shared = chambers
        .filter((units) => units.some((unit) => unit[first] !== null && unit[second] !== null))
        .map((units) => units.map((unit): UnitRatings => [unit[first] ?? null, unit[second] ?? null]));
      if (shared.length === 0) return [];
      const ofPair = shared.map(sums);
      const { cohen } = bootstrap(shared.map(tables), pairSummation, { cohen: cohenKappa }, drawn);
      return [
        {
          experts: [experts[first] as string, experts[second] as string] satisfies [string, string],
          layers: sumOf(ofPair, (each) => each.paired),
          chambers: chambersIn(ofPair),
          cohenKappa: cohen,
          ...estimate(ofPair),
        },
      ];
    }),
    warnings: agreementWarnings(total),
  };
}

const chambersIn = (clusters: readonly RatingSums[]) => clusters.filter(({ paired }) => paired > 0).length;

/**
 * Makes one object of all units that come to the same: most chambers do, and the bootstrap counts what is the same.
 *
 * @param essence of a unit: what matters to the object.
 */
function once<T>(
  make: (units: readonly UnitRatings[]) => T,
  essence: (unit: UnitRatings) => UnitRatings,
): (units: readonly UnitRatings[]) => T {
  const made = new Map<string, T>();
  const keys = new Map<string, string>();
  const keyOf = (unit: UnitRatings): string => {
    const said = unit.join();
    const known = keys.get(said) ?? essence(unit).join();
    keys.set(said, known);
    return known;
  };
  return (units) => {
    // In which layers it was does not matter to a sum either.
    const key = units.map(keyOf).sort().join(';');
    const found = made.get(key) ?? make(units);
    made.set(key, found);
    return found;
  };
}

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
