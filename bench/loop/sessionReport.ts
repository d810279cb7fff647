import { mean, sumOf } from '@dtdqm/contract/numbers';
import type { ChamberOfRun } from '@dtdqm/contract';
import type { RetrainReport } from '@dtdqm/worker/learning/retrain/retrain';
import { summary } from '../harness.ts';
import type { Answered } from './atPage.ts';
import { foundOf } from './report.ts';
import type { Judged } from './site.ts';
import { kinds, ownKinds, type Kind } from './world.ts';

/** A hundred labels, and the retraining after them. */
export interface Round {
  answered: Answered[];
  /** For all of them, thinking included. */
  seconds: number;
  arrived: { labels: number; same: number };
  report: RetrainReport;
  toDecision: number;
  /** By the Models page. */
  told: string;
  /** By the candidate, in use or not. */
  judged: Judged;
}

/** A layer of a stored run that the promoted model judges otherwise. */
export interface Change extends ChamberOfRun {
  layer: number;
  kind: Kind | null;
  now: string;
}

export interface AfterPromotion {
  /** From the decision until all runs were judged anew. */
  seconds: number;
  changes: Change[];
  /** Headings of pages of chambers that changed. */
  shownAs: string[];
}

export const isRight = ({ kind, now }: Change) => (kind === null) === (now !== 'bad');

/** The figures as Markdown. */
export function sessionReport(
  {
    rounds,
    before,
    after,
    complaints,
  }: {
    rounds: readonly Round[];
    before: Judged;
    after: AfterPromotion | null;
    complaints: readonly string[];
  },
  how: string,
): string {
  const all = rounds.flatMap(({ answered }) => answered);
  const perHour = (3600 * all.length) / sumOf(rounds, ({ seconds }) => seconds);
  return `# One expert at the Label page, and what becomes of the labels

${how}

## At the page

${all.length} chambers, ${mean(all.map(({ keys }) => keys)).toFixed(1)} keys each, ${perHour.toFixed(0)} an hour. The page complained ${complaints.length} times${complaints.length > 0 ? `: ${complaints.slice(0, 3).join('; ')}` : ''}.

| from key to paint | median | p95 | longest |
| --- | --: | --: | --: |
| saved, until what the model says is there | ${summary(all.map(({ toScores }) => toScores))} |
| on, until the next chamber is there | ${summary(all.map(({ toNext }) => toNext))} |
| both | ${summary(all.map(({ toScores, toNext }) => toScores + toNext))} |

## From labels to a decision

| labels | labelling, s | in the database | equal to what was pressed | retraining, s | decision |
| --: | --: | --: | --: | --: | --- |
${rounds.map(rowOf).join('\n')}

${rounds.map(({ report, told }) => `The Models page of ${report.candidate}: ${told}`).join('\n\n')}

## Held-out runs

| model | found of known kinds | of own and new kinds | good layers called bad |
| --- | --: | --: | --: |
${heldOutRow('shipped', before)}
${rounds.map(({ report, judged }) => heldOutRow(`${report.candidate}, ${report.promoted ? 'in use' : 'refused'}`, judged)).join('\n')}
${after ? '' : `\nNo candidate of ${all.length} labels was put in use, so the shipped model still judges.\n`}
${after ? `\n${afterwards(after)}` : ''}
`;
}

function rowOf(
  { seconds, arrived, report, toDecision }: Round,
  index: number,
  rounds: readonly Round[],
): string {
  const labels = sumOf(rounds.slice(0, index + 1), ({ answered }) => answered.length);
  const decision = report.promoted
    ? 'promoted: passed the gate'
    : `not promoted: ${report.decision.reasons.join('; ')}`;
  return `| ${[labels, seconds.toFixed(1), arrived.labels, arrived.same, toDecision.toFixed(1), decision].join(' | ')} |`;
}

function heldOutRow(name: string, judged: Judged): string {
  const of = (some: readonly Kind[]) =>
    `${sumOf(some, (kind) => judged.found[kind])} of ${sumOf(some, (kind) => judged.bad[kind])} (${(100 * foundOf(judged, [...some])).toFixed(1)} %)`;
  return `| ${[name, of(['standard']), of(ownKinds), `${judged.falseAlarms} of ${judged.good} (${((100 * judged.falseAlarms) / judged.good).toFixed(2)} %)`].join(' | ')} |`;
}

function afterwards({ seconds, changes, shownAs }: AfterPromotion): string {
  const right = changes.filter(isRight);
  const share = (some: readonly Change[]) =>
    `${some.filter(({ now }) => now === 'bad').length} now bad, ${some.filter(({ now }) => now !== 'bad').length} no longer`;
  const byKind = kinds.flatMap((kind) => {
    const count = right.filter((change) => change.kind === kind).length;
    return count > 0 ? `${kind} ${count}` : [];
  });
  return `## The stored runs, judged anew

All runs were judged by the new model ${seconds.toFixed(1)} s after the decision. ${changes.length} layers changed: ${right.length} towards the truth (${share(right)}; ${byKind.join(', ')}), ${changes.length - right.length} away from it (${share(changes.filter((change) => !isRight(change)))}).

The page of a chamber that changed: ${shownAs.join('; ')}`;
}
