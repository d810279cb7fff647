import type { StrategyName } from '@dtdqm/contract';
import { mean, quantile, upperQuantile } from '@dtdqm/contract/numbers';
import { type Step, checkpoints } from './campaign.ts';
import { drawIndex, seededRandom } from '@dtdqm/contract/random';

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

const goalAuc = 0.99;

interface Summary {
  /** Mean AUC over the labels, up to the last checkpoint. */
  area: number[];
  /** Labels until the AUC reaches the goal and is still there at the next look; Infinity when it never is. */
  toGoal: number[];
  /** Chambers with faults among the first hundred labels. */
  faultsPer100: number[];
}

/** Figures of merit of each seed's curve. */
function summarise(curves: readonly Step[][]): Summary {
  return {
    area: curves.map(meanAuc),
    toGoal: curves.map((curve) => {
      const reached = curve.find(
        ({ auc }, index) => auc >= goalAuc && (curve[index + 1]?.auc ?? auc) >= goalAuc,
      );
      return reached?.labels ?? Infinity;
    }),
    faultsPer100: curves.map((curve) => curve.find(({ labels }) => labels === 100)?.faults ?? NaN),
  };
}

function meanAuc(curve: readonly Step[]): number {
  let area = 0;
  let labels = 0;
  curve.forEach((step, index) => {
    const before = curve[index - 1] ?? { labels: 0, auc: 0.5 };
    area += ((step.auc + before.auc) / 2) * (step.labels - before.labels);
    labels = step.labels;
  });
  return area / labels;
}

const lastCheckpoint = checkpoints.at(-1) ?? 0;

/** Median, one of the values; one that was never reached (Infinity) counts as beyond all. */
const medianOf = (values: readonly number[]) => upperQuantile(values, 0.5);

/** A figure of two strategies over the same seeds, with the 95 % interval of a bootstrap that draws seeds. */
function paired(
  ours: readonly number[],
  theirs: readonly number[],
  figure: (ours: readonly number[], theirs: readonly number[]) => number,
): { value: number; low: number; high: number } {
  const random = seededRandom(5);
  const draws = Array.from({ length: 1000 }, () => {
    const seeds = ours.map(() => drawIndex(random, ours.length));
    return figure(
      seeds.map((seed) => ours[seed] as number),
      seeds.map((seed) => theirs[seed] as number),
    );
  }).filter((value) => !Number.isNaN(value));
  return { value: figure(ours, theirs), low: quantile(draws, 0.025), high: quantile(draws, 0.975) };
}

const width = 860;
const height = 460;
const frame = { left: 64, right: 190, top: 34, bottom: 46 };
/** Okabe and Ito's colours: apart for colour-blind eyes; dashes tell lines apart without colour. */
const colours = ['#000000', '#e69f00', '#56b4e9', '#009e73', '#0072b2', '#d55e00', '#cc79a7', '#8a8a00'];
const dashes = ['6 4', '', '', '8 3', '', '2 3', '', '10 3 2 3'];
/** AUC is drawn by its distance from 1, on a logarithmic scale: all that matters happens above 0.9. */
const worst = 0.5;
const best = 0.002;

/** Learning curves as SVG: median over seeds, with the middle half of them as a band. */
export function drawCurves(title: string, curves: ReadonlyMap<string, Step[][]>): string {
  const labels = [...curves.values()][0]?.[0]?.map((step) => step.labels) ?? [];
  const x = (count: number) =>
    frame.left +
    ((Math.log(count) - Math.log(labels[0] ?? 1)) / Math.log((labels.at(-1) ?? 1) / (labels[0] ?? 1))) *
      (width - frame.left - frame.right);
  const y = (auc: number) => {
    const distance = Math.min(worst, Math.max(best, 1 - auc));
    return (
      frame.top +
      (Math.log(worst / distance) / Math.log(worst / best) - 1) * -(height - frame.top - frame.bottom)
    );
  };
  const line = (points: [number, number][]) =>
    points.map(([px, py]) => `${px.toFixed(1)},${py.toFixed(1)}`).join(' ');
  const parts: string[] = [];
  for (const auc of [0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998]) {
    const strong = auc === 0.99;
    parts.push(
      `<line x1="${frame.left}" x2="${width - frame.right}" y1="${y(auc).toFixed(1)}" y2="${y(auc).toFixed(1)}" stroke="${strong ? '#c00' : '#ddd'}" ${strong ? 'stroke-dasharray="4 3"' : ''}/>`,
    );
    parts.push(`<text x="${frame.left - 8}" y="${(y(auc) + 4).toFixed(1)}" text-anchor="end">${auc}</text>`);
  }
  for (const count of [10, 20, 50, 100, 200, 400]) {
    parts.push(
      `<text x="${x(count).toFixed(1)}" y="${height - frame.bottom + 18}" text-anchor="middle">${count}</text>`,
    );
  }
  [...curves].forEach(([name, runs], index) => {
    const at = (share: number) =>
      labels.map((count, step): [number, number] => {
        const sorted = runs.map((run) => run[step]?.auc ?? 0).sort((a, b) => a - b);
        return [x(count), y(sorted[Math.floor(share * (sorted.length - 1))] ?? 0)];
      });
    const colour = colours[index % colours.length] ?? '#000';
    parts.push(
      `<polygon points="${line([...at(0.25), ...at(0.75).reverse()])}" fill="${colour}" opacity="0.1"/>`,
    );
    parts.push(
      `<polyline points="${line(at(0.5))}" fill="none" stroke="${colour}" stroke-width="2" stroke-dasharray="${dashes[index % dashes.length]}"/>`,
    );
    const legend = frame.top + 20 * index;
    parts.push(
      `<line x1="${width - frame.right + 14}" x2="${width - frame.right + 44}" y1="${legend}" y2="${legend}" stroke="${colour}" stroke-width="2" stroke-dasharray="${dashes[index % dashes.length]}"/>`,
    );
    parts.push(`<text x="${width - frame.right + 50}" y="${legend + 4}">${name}</text>`);
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12">
<rect width="${width}" height="${height}" fill="#fff"/>
<text x="${frame.left}" y="20" font-size="14">${title}</text>
${parts.join('\n')}
<text x="${(frame.left + width - frame.right) / 2}" y="${height - 8}" text-anchor="middle">chambers labelled</text>
<text transform="translate(14 ${height / 2}) rotate(-90)" text-anchor="middle">AUC over layers</text>
</svg>
`;
}
