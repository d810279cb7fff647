import React from 'react';
import { z } from 'zod';
import { LinkButton, useStyles2 } from '@grafana/ui';
import { chamberLabel, chamberOfKey, formatChamber, kindInWords, type ChamberId } from '@dtdqm/contract';
import { chamberParams } from '../../src/api/monitorApi.ts';
import { api } from '../../src/api/send.ts';
import { DataTable, type Column } from '../../src/components/DataTable.tsx';
import { useQuery } from '../../src/components/useQuery.ts';
import { followLink } from '../host.ts';
import { getListStyles } from './ScoresPage.tsx';

const share = z.number().nullable();
const comparedSchema = z.object({ current: share, candidate: share, gain: share, low: share, high: share });
const placeSchema = z.object({
  run: z.number(),
  chamber: z.string(),
  layer: z.number(),
  label: z.enum(['good', 'bad']).nullable(),
});

/** Of the report of a retraining, what is shown; older reports have not all of it and are not. */
const reportSchema = z.object({
  current: z.string(),
  candidate: z.string(),
  power: z.string(),
  labels: z.object({ chambers: z.number(), good: z.number(), bad: z.number() }),
  averagePrecision: comparedSchema,
  found: comparedSchema,
  foundAtEqualFalseAlarms: comparedSchema,
  falseAlarms: comparedSchema,
  simulatedFalseAlarms: comparedSchema,
  simulatedMayDouble: z.boolean().default(false),
  kinds: z.array(comparedSchema.extend({ kind: z.string(), layers: z.number(), judged: z.boolean() })),
  tolerances: z.array(z.object({ kind: z.string(), degree: z.number() })).default([]),
  doubted: z.object({ count: z.number() }),
  changed: z.object({
    count: z.number(),
    listed: z.array(placeSchema.extend({ current: z.number(), candidate: z.number() })),
  }),
});

interface Figure extends z.infer<typeof comparedSchema> {
  name: string;
  note: string;
  /** As average precision is written, which is no share of anything. */
  isPlain?: boolean;
  /** Of false alarms. */
  isLessBetter?: boolean;
}

/** From which degree on a fault makes a layer bad, by its kind. */
const toleratedInWords: Readonly<Record<string, (degree: number) => string>> = {
  'hot-layer': (times) => `a hot layer from ${times} times the hits expected`,
  'noisy-region': (times) => `a noisy region from ${times} times the hits expected`,
  'scattered-dead': (wires) => `a layer from ${Math.ceil(wires)} scattered dead wires`,
  'uneven-layer': (deviations) =>
    `a layer from an unevenness of ${deviations.toFixed(1)} standard deviations`,
};

/** As many examples as are looked at; all that are kept stand in the answer of the API. */
const mostShown = 12;

/** What the gate saw of the newest candidate beside the model that was in use, and the chambers behind it. */
export function CandidateReport({ report }: { report: unknown }) {
  const styles = useStyles2(getListStyles);
  const { data } = reportSchema.safeParse(report);
  if (!data) return null;
  const { current, candidate, labels, power, kinds, tolerances, doubted, changed } = data;
  const figures: Figure[] = [
    { name: 'Average precision', note: 'decides', isPlain: true, ...data.averagePrecision },
    { name: 'Bad layers found', note: 'each by its own limits', ...data.found },
    { name: 'Bad layers found', note: 'at equal false alarms', ...data.foundAtEqualFalseAlarms },
    { name: 'Good layers called bad', note: 'labelled', isLessBetter: true, ...data.falseAlarms },
    {
      name: 'Good layers called bad',
      note: `simulated, healthy; beside the model that was adapted${data.simulatedMayDouble ? '; may double, as fewer labelled ones are called bad' : ''}`,
      isLessBetter: true,
      ...data.simulatedFalseAlarms,
    },
  ];
  const ofKinds = kinds.map(({ kind, layers, judged, ...compared }) => ({
    name: kind === 'unnamed' ? 'labelled, kind not said' : kindInWords(kind),
    note: `${layers} layers${judged ? '' : ', not judged'}`,
    ...compared,
  }));
  const [same, other] = [true, false].map((isSame) =>
    ofKinds.filter((kind) => (kind.current === kind.candidate) === isSame),
  ) as [Figure[], Figure[]];
  const table = (title: string, rows: Figure[], interval = '95 % interval') => (
    <DataTable
      columns={columnsFor({ title, interval, current, candidate }, styles)}
      rows={rows}
      keyOf={({ name, note }) => name + note}
    />
  );
  return (
    <>
      <p className={styles.quiet}>
        Adapted to {labels.bad} bad and {labels.good} good layers of {labels.chambers} labelled chambers,
        random draws left out; each label is judged by models that never saw its run. {power}.{' '}
        {tolerances.map(
          ({ kind, degree }) =>
            `By what was labelled, ${toleratedInWords[kind]?.(degree) ?? `${kindInWords(kind)} from ${degree}`} on is bad. `,
        )}
      </p>
      {table('Figure', figures)}
      {other.length > 0 ? table('Bad layers found, by kind', other, ofAllKinds) : null}
      {same.length > 0 ? (
        <details>
          <summary>
            {same.length} {same.length === 1 ? 'kind' : 'kinds'} of which both find the same share
          </summary>
          {table('Bad layers found, by kind', same, ofAllKinds)}
        </details>
      ) : null}
      <Places
        title={`${changed.count} labelled layers of which the two say different things`}
        places={changed.listed}
        tell={(place) => `P(bad) ${percent(place.current)} before, ${percent(place.candidate)} now`}
      />
      <SecondOpinions doubted={doubted.count} />
    </>
  );
}

/** Labels that did not teach, as far as nobody has answered them since, and the way to answer them. */
function SecondOpinions({ doubted }: { doubted: number }) {
  const styles = useStyles2(getListStyles);
  const { data } = useQuery('second opinions', () => api.secondOpinions());
  if (!data || doubted === 0) return null;
  const places = data.flatMap(({ run, labels, isAsked, ...chamber }) =>
    labels.map((label) => ({ run, chamber: formatChamber(chamber as ChamberId), isAsked, ...label })),
  );
  const asked = data.filter(({ isAsked }) => isAsked).length;
  return (
    <section aria-label="Second opinions">
      <h2>Second opinions</h2>
      <p className={styles.quiet}>
        {doubted} {doubted === 1 ? 'label' : 'labels'} did not teach: all that is known speaks against{' '}
        {doubted === 1 ? 'it' : 'them'}. Said once more, by the same expert or another, a label teaches.{' '}
        {places.length === 0
          ? 'All were answered since, or are not listed.'
          : asked === 0
            ? 'Those that wait are your own: others are asked, while they label.'
            : ''}
      </p>
      {asked > 0 ? (
        <LinkButton
          size="sm"
          variant="secondary"
          icon="tag-alt"
          href="/eval/?second=true"
          onClick={followLink as never}
        >
          Answer {asked} {asked === 1 ? 'chamber' : 'chambers'}
        </LinkButton>
      ) : null}
      <Places
        title={`Waiting for a second opinion: ${places.length}`}
        places={places}
        tell={({ expert, score, byOthers }) =>
          `by ${expert}; P(bad) ${percent(score)}, by other labels ${percent(byOthers)}`
        }
      />
    </section>
  );
}

/** Wide enough that of all kinds together one in twenty candidates would be outside by chance. */
const ofAllKinds = '95 % interval, for all kinds at once';

function columnsFor(
  { title, interval, current, candidate }: Record<'title' | 'interval' | 'current' | 'candidate', string>,
  styles: { bad: string },
): Column<Figure>[] {
  const written = ({ isPlain = false }: Figure, value: number | null) =>
    isPlain ? (value?.toFixed(3) ?? '–') : percent(value);
  // A sign that is as wide as a plus, and none before what is rounded to nothing.
  const change = (figure: Figure, value: number | null) => {
    const size = written(figure, value === null ? null : Math.abs(value));
    const sign = value === null || !/[1-9]/.test(size) ? '' : value < 0 ? '−' : '+';
    return sign + size;
  };
  return [
    { title, cell: ({ name }) => name },
    { title: 'Of which, how', cell: ({ note }) => note },
    { title: current, isNumber: true, cell: (figure) => written(figure, figure.current) },
    { title: candidate, isNumber: true, cell: (figure) => written(figure, figure.candidate) },
    { title: 'Change', isNumber: true, cell: (figure) => change(figure, figure.gain) },
    {
      title: interval,
      isNumber: true,
      cell: (figure) =>
        figure.low === null || figure.high === null
          ? '–'
          : `${change(figure, figure.low)} to ${change(figure, figure.high)}`,
    },
    {
      title: 'Candidate is',
      cell: (figure) => {
        const outcome = outcomeOf(figure);
        return <span className={outcome === 'worse' ? styles.bad : undefined}>{outcome}</span>;
      },
    },
  ];
}

/** What the interval says of a change; one that holds zero says nothing. */
function outcomeOf({ gain, low, high, isLessBetter = false }: Figure): string {
  if (gain === null || low === null || high === null) return '–';
  if (gain === 0 && low === 0 && high === 0) return 'the same';
  if (low <= 0 && high >= 0) return 'not surely other';
  return low > 0 === isLessBetter ? 'worse' : 'better';
}

/** Layers of chambers that can be opened. @param isOpen at first. */
export function Places<Place extends z.infer<typeof placeSchema>>({
  title,
  places,
  tell,
  most = mostShown,
  isOpen = false,
}: {
  title: string;
  places: readonly Place[];
  tell: (place: Place) => string;
  most?: number;
  isOpen?: boolean;
}) {
  const styles = useStyles2(getListStyles);
  if (places.length === 0) return null;
  const columns: Column<Place>[] = [
    {
      title: 'Chamber',
      cell: ({ run, chamber: key }) => {
        const chamber = chamberOfKey(key);
        return chamber === null ? (
          key
        ) : (
          <a
            className={styles.link}
            href={`/eval/${chamberParams({ run, ...chamber })}/`}
            onClick={followLink}
          >
            {chamberLabel(chamber)}
          </a>
        );
      },
    },
    { title: 'Run', isNumber: true, cell: ({ run }) => run },
    { title: 'Layer', isNumber: true, cell: ({ layer }) => layer },
    { title: 'Label', cell: ({ label }) => label ?? '–' },
    { title: 'Models', cell: tell },
  ];
  return (
    <details open={isOpen}>
      <summary>{title}</summary>
      <DataTable
        columns={columns}
        rows={places.slice(0, most)}
        keyOf={({ run, chamber, layer }) => `${run}/${chamber}/${layer}`}
      />
    </details>
  );
}

export const percent = (value: number | null) => (value === null ? '–' : `${(100 * value).toFixed(1)} %`);
