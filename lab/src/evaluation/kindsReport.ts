import { kindsOfFault, measuredFaults, type MeasuredFault } from '@dtdqm/simulator/detector';
import {
  falseAlarms,
  type KindResult,
  type KindsOfModel,
  type KindsSettings,
  type Share,
} from './measureKinds.ts';

/** What was measured on one set of healthy chambers. */
export interface KindsReport {
  /** Whence the healthy chambers are. */
  readonly source: string;
  readonly settings: KindsSettings;
  /** The model in question first, older ones beside it. */
  readonly models: readonly KindsOfModel[];
  /** Methods that look at a chamber alone: share found, by row of `measuredFaults`. */
  readonly methods: readonly { readonly name: string; readonly found: readonly (Share | null)[] }[];
}

/** The tables by kind of fault, as Markdown. */
export function kindsPages({ source, settings, models, methods }: KindsReport): string[] {
  const { seed, perKind, pasts } = settings;
  const percent = `${100 * falseAlarms} %`;
  return [
    `## Faults by kind and strength: ${source}`,
    `${perKind} chambers with each fault and number of good runs before, seed ${seed}: hits kept at random, or added where it is hot. A fault is found when most of its layers are. "Bad": called bad by the model as it is. "At ${percent}": above the score that ${percent} of the healthy layers reach. "Named": some fault is named where it lies; "overlap": wires named and touched over wires that are either, in all layers that are named with it (median / tenth percentile of faults called bad or named; 0 of those bad without a name; single dead or noisy cells do not count, as recorded chambers have their own). Brackets: 95 % interval (Wilson).`,
    ...models.flatMap((model, index) => [
      `### ${model.name}`,
      healthyTable(model, pasts),
      ...(index > 0
        ? []
        : pasts.flatMap((past, at) =>
            hasGoals(past) ? [`${runsBefore(past)}:\n\n${modelTable(model, past, at)}`] : [],
          )),
      `At ${percent}, by the number of good runs before:\n\n${byPast(model, pasts)}`,
    ]),
    `### At ${percent} false alarms, beside other methods, without runs before`,
    comparison(models, methods, pasts.indexOf(0)),
  ];
}

function runsBefore(past: number): string {
  return past === 0 ? 'Without runs before' : `With ${past} good run${past > 1 ? 's' : ''} before`;
}

function healthyTable({ healthy }: KindsOfModel, pasts: readonly number[]): string {
  return table(
    ['healthy layers', ...pasts.map((past) => (past === 0 ? 'alone' : `${past} before`))],
    [
      ['layers', ...healthy.map(({ layers }) => String(layers))],
      ['called bad', ...healthy.map(({ calledBad }) => `${(100 * calledBad).toFixed(2)} %`)],
      ['named', ...healthy.map(({ named }) => `${(100 * named).toFixed(2)} %`)],
      [`limit for ${100 * falseAlarms} %`, ...healthy.map(({ threshold }) => threshold.toFixed(3))],
    ],
  );
}

function modelTable({ results }: KindsOfModel, past: number, index: number): string {
  return table(
    ['fault', 'goal', 'bad', `at ${100 * falseAlarms} %`, 'named', 'overlap', 'others bad'],
    measuredFaults.flatMap((measured, row) => {
      const result = results[row]![index];
      if (!result) return [];
      const { calledBad, atFalseAlarms, named, overlap, collateral } = result;
      const overlaps = Number.isFinite(overlap.median)
        ? `${overlap.median.toFixed(2)} / ${overlap.low.toFixed(2)}`
        : '-';
      return [
        [measured.name, goalOf(measured, past, result), share(calledBad), share(atFalseAlarms), named.value.toFixed(2), overlaps, collateral.toFixed(4)], // prettier-ignore
      ];
    }),
  );
}

/** Numbers of runs before for which there are goals. */
function hasGoals(past: number): boolean {
  return past === 0 || past === 3;
}

function byPast({ results }: KindsOfModel, pasts: readonly number[]): string {
  return table(
    ['fault', ...pasts.map((past) => (past === 0 ? 'alone' : `${past} before`))],
    measuredFaults.map(({ name }, row) => [
      name,
      ...pasts.map((_, index) => results[row]![index]?.atFalseAlarms.value.toFixed(2) ?? '-'),
    ]),
  );
}

/** What is wanted, and whether what was found is less: hot layers and regions are to be named, all else to be found at the limit. */
function goalOf({ goal, kind }: MeasuredFault, past: number, { named, atFalseAlarms }: KindResult): string {
  const wanted = past === 0 ? goal?.alone : past === 3 ? goal?.withPast : undefined;
  if (wanted === undefined) return '-';
  const got = kindsOfFault[kind].bad || kind === 'low-statistics' ? atFalseAlarms : named;
  return got.value < wanted ? `${wanted.toFixed(2)} missed` : wanted.toFixed(2);
}

function comparison(models: KindsReport['models'], methods: KindsReport['methods'], alone: number): string {
  return table(
    ['fault', ...methods.map(({ name }) => name), ...models.map(({ name }) => name)],
    measuredFaults.map(({ name }, row) => [
      name,
      ...methods.map(({ found }) => share(found[row])),
      ...models.map(({ results }) => share(results[row]![alone]?.atFalseAlarms)),
    ]),
  );
}

/** `0.94 (0.88-0.97)`; a dash where nothing was measured. */
function share(of: Share | null | undefined): string {
  return of ? `${of.value.toFixed(2)} (${of.low.toFixed(2)}-${of.high.toFixed(2)})` : '-';
}

/** A Markdown table. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  return [header, header.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
