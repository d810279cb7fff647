import type { StrategyName } from '@dtdqm/contract';
import { mean } from '@dtdqm/contract/numbers';
import type { Step } from './campaign.ts';
import { goalAuc, lastCheckpoint, medianOf, paired, summarise } from './summary.ts';

/** The figures as Markdown. */
export function report(
  results: ReadonlyMap<number, ReadonlyMap<StrategyName, Step[][]>>,
  { seeds, firstSeed, bankName }: { seeds: number; firstSeed: number; bankName: string },
): string {
  const sections = [...results].map(([badShare, curves]) => section(badShare, curves));
  return `# Active learning: strategies against random

All data are simulated (simulator/src/detector); ${seeds} paired seeds from ${firstSeed} on, of the bank of chambers \`${bankName}\`: for each, every
strategy labels the same pool of 700 chambers from nothing, and the model (logistic, on plain features) is judged on 700
others. One label is one chamber; the model is trained anew, and the next chambers chosen, at 10, 20, 30, 40, 50, 60, 80, 100,
130, 160, 200, 250, 300 and 400 labels. Layers whose fault cannot be seen at all are left out. Intervals are 95 %, by a
bootstrap over seeds. Made by \`npx tsx bench/active-learning/run.ts ${seeds} ${firstSeed} ${bankName}\`.

The strategies were written while looking at seeds 1 to 30 of another bank; nothing was changed after these figures were seen.
The simulator is still our own: how strategies compare on real faults is not known.

${sections.join('\n')}`;
}

function section(badShare: number, curves: ReadonlyMap<StrategyName, Step[][]>): string {
  const summaries = new Map([...curves].map(([name, runs]) => [name, summarise(runs)]));
  const random = summaries.get('random');
  if (random === undefined) throw new Error('random must take part');
  const rows = [...summaries].map(([name, own]) => {
    const area = paired(own.area, random.area, (a, b) => mean(a) - mean(b));
    const ratio = paired(own.toGoal, random.toGoal, (a, b) => capped(medianOf(a)) / capped(medianOf(b)));
    const faults = paired(own.faultsPer100, random.faultsPer100, (a, b) => mean(a) / mean(b));
    return `| ${name} | ${mean(own.area).toFixed(4)} | ${signed(area)} | ${labels(medianOf(own.toGoal))} | ${interval(ratio)} | ${mean(own.faultsPer100).toFixed(1)} | ${interval(faults)} |`;
  });
  const unreached = random.toGoal.filter((count) => count === Infinity).length;
  return `## ${badShare * 100} % of layers bad

![learning curves](curves-${badShare * 100}-percent.svg)

| strategy | mean AUC to ${lastCheckpoint} labels | beside random | labels to AUC ${goalAuc} (median) | share of random's | faulty chambers per 100 labels | times random |
| --- | --: | --: | --: | --: | --: | --: |
${rows.join('\n')}

Random did not reach the goal within ${lastCheckpoint} labels in ${unreached} of ${random.toGoal.length} seeds; there the share is computed with ${lastCheckpoint}, which flatters random.
`;
}

const capped = (count: number) => Math.min(count, lastCheckpoint);
const labels = (count: number) => (count === Infinity ? `> ${lastCheckpoint}` : String(count));
type Interval = { value: number; low: number; high: number };
const interval = ({ value, low, high }: Interval) =>
  `${value.toFixed(2)} (${low.toFixed(2)} to ${high.toFixed(2)})`;
const signed = ({ value, low, high }: Interval) => `${plus(value)} (${plus(low)} to ${plus(high)})`;
const plus = (value: number) => `${value >= 0 ? '+' : ''}${value.toFixed(4)}`;
