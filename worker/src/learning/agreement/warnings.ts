import type { RatingSums } from './ratings.ts';
import { percentAgreement } from './percentAgreement.ts';
import { fleissKappa } from './fleissKappa.ts';

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
