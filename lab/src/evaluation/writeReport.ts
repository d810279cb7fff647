import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { mean } from '@dtdqm/contract/numbers';
import { makeFolder } from '@dtdqm/detector/files';
import { drawLines } from '@dtdqm/detector/training';
import { leastEvidence } from '@dtdqm/simulator/detector';
import { type ComparisonSettings, type Estimate, figures, type MethodResult } from './compareMethods.ts';
import { kindsPages, table, type KindsReport } from './kindsReport.ts';
import { deadWidths, layerLengths } from './sensitivity.ts';

export interface Report {
  readonly settings: ComparisonSettings;
  readonly model: string;
  readonly results: readonly MethodResult[];
  /** By method: share found `[width][length]`. */
  readonly widths: readonly { readonly name: string; readonly found: readonly (readonly number[])[] }[];
  /** Faults by kind and strength: in fresh simulated chambers, and in recorded ones when some were given. */
  readonly kinds: readonly KindsReport[];
  readonly minutes: number;
}

const titles: Readonly<Record<(typeof figures)[number], string>> = {
  auc: 'AUC',
  averagePrecision: 'average precision',
  sensitivityAt02Percent: 'found at 0.2 %',
  sensitivityAt1Percent: 'found at 1 %',
  ece: 'ECE',
};

/** Writes README.md and its pictures into `folder`, made when absent. */
export async function writeReport(folder: string, report: Report): Promise<void> {
  await makeFolder(folder);
  await writeFile(join(folder, 'by-hits.svg'), hitsChart(report));
  await writeFile(join(folder, 'reliability.svg'), reliabilityChart(report));
  await writeFile(join(folder, 'by-width.svg'), widthChart(report));
  await writeFile(join(folder, 'README.md'), `${pagesOf(report).join('\n\n')}\n`);
}

function pagesOf({ settings, model, results, widths, kinds, minutes }: Report): string[] {
  const { seeds, firstSeed, runs, chambersPerRun } = settings;
  return [
    `All data in this report are **simulated** (healthy spread calibrated to real chambers), but those of sections that name a file of recorded chambers; ${kinds.length > 1 ? 'there is one' : 'none was given'}.`,
    `# Evaluation of ${model}`,
    `${seeds} seeds (${firstSeed} to ${firstSeed + seeds - 1}); each ${runs} training runs of ${chambersPerRun} chambers, half as many held-out and test runs. Splits by run. Runs of 20 to 2,000 lumisections: 15 to 1,500 hits per wire in the outer MB1, 1 to 110 in MB3. Bad layers of which less than ${leastEvidence} nats can be seen are left out. "Found at x %": share of bad layers above the threshold that x % of the good layers reach. Brackets: 95 % bootstrap interval over the seeds. It took ${minutes.toFixed(1)} minutes.`,
    '## All methods',
    table(
      ['method', ...figures.map((figure) => titles[figure])],
      results.map((result) => [result.name, ...figures.map((figure) => interval(result.figures[figure]))]),
    ),
    results.map(({ name, source }) => `- ${name}: ${source}`).join('\n'),
    '## Found at 0.2 % false alarms, by kind of fault',
    groupsTable(results, (result) => result.byKind, 'kind'),
    '## Found at 0.2 % false alarms, by hits per wire',
    groupsTable(results, (result) => result.byHits, 'hits per wire'),
    '![by hits per wire](by-hits.svg)',
    '## Found at 0.2 % false alarms, by width of a dead run and length of the layer',
    'One layer, about 30 hits per wire. One and two dead cells are meant to stay below the threshold.',
    ...widths.map(
      ({ name, found }) =>
        `${name}:\n\n${table(
          ['dead cells', ...layerLengths.map((length) => `${length} wires`)],
          found.map((row, index) => [String(deadWidths[index]), ...row.map(share)]),
        )}`,
    ),
    '![by width](by-width.svg)',
    '## Reliability',
    'Mean predicted probability against the share that was bad, ten groups of equal width, all seeds.',
    '![reliability](reliability.svg)',
    ...kinds.flatMap(kindsPages),
  ];
}

function groupsTable(
  results: readonly MethodResult[],
  of: (result: MethodResult) => MethodResult['byKind'],
  title: string,
): string {
  const groups = [...new Set(results.flatMap((result) => Object.keys(of(result))))].sort(byNumber);
  return table(
    [title, ...results.map(({ name }) => name)],
    groups.map((group) => [group, ...results.map((result) => share(of(result)[group]?.value))]),
  );
}

function byNumber(a: string, b: string): number {
  return parseFloat(a) - parseFloat(b) || a.localeCompare(b);
}

function hitsChart({ results }: Report): string {
  return drawLines({
    title: 'Found at 0.2 % false alarms',
    x: 'hits per wire',
    y: 'share of bad layers',
    logarithmicX: true,
    range: [0, 1],
    lines: results.map(({ name, byHits }) => ({
      name: shorten(name),
      points: Object.entries(byHits)
        .map(([group, { value }]): [number, number] => [Math.max(0.5, 1.4 * parseFloat(group)), value])
        .sort((a, b) => a[0] - b[0]),
    })),
  });
}

function reliabilityChart({ results }: Report): string {
  return drawLines({
    title: 'Reliability',
    x: 'predicted probability',
    y: 'share that was bad',
    diagonal: true,
    range: [0, 1],
    lines: results
      .filter((result) => result.reliability.length > 0)
      .map(({ name, reliability }) => ({
        name: shorten(name),
        points: reliability.map(({ probability, share: bad }): [number, number] => [probability, bad]),
      })),
  });
}

function widthChart({ widths }: Report): string {
  return drawLines({
    title: 'Dead run in one layer, mean over lengths',
    x: 'dead cells',
    y: 'share found',
    range: [0, 1],
    lines: widths.map(({ name, found }) => ({
      name: shorten(name),
      points: found.map((row, index): [number, number] => [deadWidths[index]!, mean(row)]),
    })),
  });
}

function shorten(name: string): string {
  return name.length > 22 ? `${name.slice(0, 21)}…` : name;
}

/** `0.943 (0.931-0.952)`; a dash where there is nothing. */
export function interval({ value, low, high }: Estimate, digits = 3): string {
  if (!Number.isFinite(value)) return '-';
  return `${value.toFixed(digits)} (${low.toFixed(digits)}-${high.toFixed(digits)})`;
}

export function share(value: number | undefined): string {
  return value === undefined || !Number.isFinite(value) ? '-' : value.toFixed(2);
}
