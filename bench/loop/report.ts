import { ownKinds, kinds } from './world.ts';
import { mean, sumOf } from '@dtdqm/contract/numbers';
import type { Campaign, Offer, Step } from './campaign.ts';
import type { Judged } from './site.ts';

/** All campaigns of one world. */
export interface WorldResult {
  seed: string;
  /** 100 chambers by each strategy while the shipped model stays. */
  offered: Campaign[];
  /** With retraining. */
  learned: Campaign[];
}

const isWrong = ({ missed, falseAlarm }: Offer) => missed || falseAlarm;
const chosen = ({ offers }: Campaign) => offers.filter(({ audit }) => !audit);
const share = (part: number, whole: number) => (whole === 0 ? NaN : part / whole);
const percent = (value: number, digits = 1) =>
  Number.isNaN(value) ? '–' : `${(100 * value).toFixed(digits)} %`;
const spread = (values: readonly number[], digits = 1) =>
  values.length < 2
    ? (values[0]?.toFixed(digits) ?? '–')
    : `${mean(values).toFixed(digits)} (${Math.min(...values).toFixed(digits)} to ${Math.max(...values).toFixed(digits)})`;

export function foundOf({ found, bad }: Judged, of: readonly (typeof kinds)[number][]): number {
  return share(
    sumOf(of, (kind) => found[kind]),
    sumOf(of, (kind) => bad[kind]),
  );
}

/** Of what is called bad, what is not. */
const falseDiscoveries = ({ found, falseAlarms }: Judged) =>
  share(falseAlarms, falseAlarms + sumOf(kinds, (kind) => found[kind]));

const named = ({ strategy, slips }: Campaign) => `${strategy}${slips > 0 ? `, ${100 * slips} % wrong` : ''}`;
const allNames = (results: readonly WorldResult[]) => [
  ...new Set(results.flatMap(({ learned }) => learned.map(named))),
];

/** The figures as Markdown. */
export function reportOf(results: readonly WorldResult[], how: string): string {
  const parts = ['# The learning loop, measured through the product', how];
  const offered = results.filter(({ offered: some }) => some.length > 0);
  if (offered.length > 0) parts.push(offersTable(offered));
  const learned = results.filter(({ learned: some }) => some.length > 0);
  if (learned.length > 0)
    parts.push(
      goalsTable(learned),
      curvesTable(learned),
      kindsTable(learned),
      auditTable(learned),
      promotions(learned),
    );
  return `${parts.join('\n\n')}\n`;
}

function offersTable(results: readonly WorldResult[]): string {
  const names = results[0]!.offered.map(({ strategy }) => strategy);
  const of = (name: string, count: (offers: Offer[]) => number) =>
    results.map(({ offered }) => count(chosen(offered.find(({ strategy }) => strategy === name)!)));
  const per100 = (test: (offer: Offer) => boolean) => (offers: Offer[]) =>
    (100 * offers.filter(test).length) / offers.length;
  const random = mean(of('random', per100(isWrong)));
  const rows = names.map((name) => {
    const wrong = of(name, per100(isWrong));
    return `| ${[
      name,
      spread(wrong),
      (mean(wrong) / random).toFixed(1),
      spread(
        of(
          name,
          per100(({ missed }) => missed),
        ),
      ),
      spread(
        of(
          name,
          per100(({ falseAlarm }) => falseAlarm),
        ),
      ),
      spread(
        of(
          name,
          per100(({ bad }) => bad),
        ),
      ),
    ].join(' | ')} |`;
  });
  return `## Of the first chambers offered, how many does the shipped model get wrong

Per 100 chambers that the strategy chose itself (audit draws left out); mean, least and most of ${results.length} worlds. A chamber is wrong when a bad layer is missed or a good one called bad.

| strategy | wrong | times random | with a missed layer | with a false alarm | with bad layers |
| --- | --: | --: | --: | --: | --: |
${rows.join('\n')}`;
}

const stepsAt = (results: readonly WorldResult[], name: string, labels: number): Step[] =>
  results.flatMap(({ learned }) =>
    learned
      .filter((each) => named(each) === name)
      .flatMap(({ steps }) => steps.filter((step) => step.labels === labels)),
  );

const checkpointsOf = (results: readonly WorldResult[]) =>
  [
    ...new Set(
      results.flatMap(({ learned }) => learned.flatMap(({ steps }) => steps.map(({ labels }) => labels))),
    ),
  ].sort((a, b) => a - b);

function curvesTable(results: readonly WorldResult[]): string {
  const rows = allNames(results).flatMap((name) =>
    checkpointsOf(results).flatMap((labels) => {
      const steps = stepsAt(results, name, labels);
      if (steps.length === 0) return [];
      const of = (value: (judged: Judged) => number) =>
        spread(steps.map(({ judged }) => 100 * value(judged)));
      return `| ${[
        name,
        labels,
        steps.length,
        steps.filter(({ promoted }) => promoted).length,
        of((judged) => foundOf(judged, ['standard'])),
        of((judged) => foundOf(judged, ownKinds)),
        of(({ falseAlarms, good }) => share(falseAlarms, good)),
        of(falseDiscoveries),
        spread(
          steps.map(({ seconds }) => seconds),
          0,
        ),
      ].join(' | ')} |`;
    }),
  );
  return `## Labels against what the model in use does on held-out runs

All in %; mean, least and most over worlds.

![curves](curves.svg)

| strategy | labels | worlds | promoted then | finds of known kinds | finds of own and new kinds | false alarms | false discoveries | retraining, s |
| --- | --: | --: | --: | --: | --: | --: | --: | --: |
${rows.join('\n')}`;
}

function kindsTable(results: readonly WorldResult[]): string {
  const last = checkpointsOf(results).at(-1)!;
  const rows = allNames(results).flatMap((name) =>
    [0, last].map((labels) => {
      const steps = stepsAt(results, name, labels);
      const cells = kinds.map((kind) => {
        const bad = sumOf(steps, ({ judged }) => judged.bad[kind]);
        return `${sumOf(steps, ({ judged }) => judged.found[kind])} of ${bad}`;
      });
      return `| ${[name, labels, ...cells].join(' | ')} |`;
    }),
  );
  return `## By kind: layers found, of all worlds together

| strategy | labels | ${kinds.join(' | ')} |
| --- | --: | ${kinds.map(() => '--:').join(' | ')} |
${rows.join('\n')}`;
}

function goalsTable(results: readonly WorldResult[]): string {
  const names = allNames(results).filter((name) => !name.includes('wrong'));
  const [first = ''] = names;
  const gain = (name: string, labels: number) =>
    results
      .map(({ learned }) => {
        const steps = learned.find((each) => named(each) === name)?.steps ?? [];
        const [before, after] = [0, labels].map((at) => steps.find((step) => step.labels === at)?.judged);
        if (!before || !after) return NaN;
        const [start, end] = [foundOf(before, ownKinds), foundOf(after, ownKinds)];
        return share(end - start, 1 - start);
      })
      .filter((value) => !Number.isNaN(value));
  const known = (labels: number) =>
    stepsAt(results, first, labels).map(
      (step, index) =>
        foundOf(step.judged, ['standard']) - foundOf(stepsAt(results, first, 0)[index]!.judged, ['standard']),
    );
  const alarms = (labels: number) =>
    stepsAt(results, first, labels).map(({ judged }, index) => {
      const before = stepsAt(results, first, 0)[index]!.judged;
      return share(judged.falseAlarms, judged.good) - share(before.falseAlarms, before.good);
    });
  const told = (values: readonly number[]) => spread(values.map((value) => 100 * value));
  const last = checkpointsOf(results).at(-1)!;
  const rows = [
    [
      `of what it had missed of own and new kinds, found after 100 labels, ${first}`,
      'half',
      `${told(gain(first, 100))} %`,
    ],
    [`the same after ${last}`, 'three quarters after 400', `${told(gain(first, last))} %`],
    ...names
      .slice(1)
      .map((name) => [
        `the same after 100 and ${last}, ${name}`,
        'less',
        `${told(gain(name, 100))} %, ${told(gain(name, last))} %`,
      ]),
    [`change of what it finds of known kinds after ${last}`, 'no loss over 1 %', `${told(known(last))} %`],
    [`change of false alarms after ${last}`, 'none higher', `${told(alarms(last))} %`],
    ...allNames(results)
      .filter((name) => name.includes('wrong'))
      .map((name) => [
        `the gain after ${last} with ${name.split(', ')[1]} labels`,
        'at least two thirds of that without',
        `${told(gain(name, last))} %`,
      ]),
  ];
  return `## Goals

${results.length} world${results.length === 1 ? '' : 's'}.

| figure | goal | measured |
| --- | --- | --: |
${rows.map((row) => `| ${row.join(' | ')} |`).join('\n')}`;
}

/** The error that audit draws tell, beside the truth on held-out runs. */
function auditTable(results: readonly WorldResult[]): string {
  const rows = results.flatMap(({ seed, learned }) =>
    learned.flatMap((campaign) => {
      const step = campaign.steps.at(-1);
      if (!step?.told) return [];
      const { chambers, falseAlarms, missed } = step.told;
      const figure = (told: typeof missed) =>
        told ? `${percent(told.share, 2)} (${percent(told.low, 2)} to ${percent(told.high, 2)})` : 'unknown';
      return `| ${[seed, named(campaign), step.labels, chambers, figure(falseAlarms), percent(share(step.judged.falseAlarms, step.judged.good), 2), figure(missed), percent(1 - foundOf(step.judged, kinds))].join(' | ')} |`;
    }),
  );
  return `## Error of the model in use, as audit draws tell it, beside the truth on held-out runs

| world | strategy | labels | audited | false alarms told | in truth | missed told | in truth |
| --- | --- | --: | --: | --: | --: | --: | --: |
${rows.join('\n')}`;
}

function promotions(results: readonly WorldResult[]): string {
  const lines = results.flatMap(({ seed, learned }) =>
    learned.flatMap((campaign) =>
      campaign.steps
        .filter(({ labels }) => labels > 0)
        .map(
          ({ labels, promoted, reasons }) =>
            `- ${seed}, ${named(campaign)}, ${labels} labels: ${promoted ? 'promoted' : 'not promoted'}. ${reasons.slice(0, 3).join('; ')}`,
        ),
    ),
  );
  return `## What the gate said\n\n${lines.join('\n')}`;
}
