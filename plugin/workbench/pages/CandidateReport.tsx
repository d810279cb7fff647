import React from 'react';
import { z } from 'zod';
import { LinkButton, useStyles2 } from '@grafana/ui';
import { chamberLabel, chamberOfKey, formatChamber, type ChamberId } from '@dtdqm/contract';
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
  label: z.enum(['good', 'bad']),
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
  kinds: z.array(comparedSchema.extend({ kind: z.string(), layers: z.number(), judged: z.boolean() })),
  doubted: z.object({ count: z.number() }),
  changed: z.object({
    count: z.number(),
    listed: z.array(placeSchema.extend({ current: z.number(), candidate: z.number() })),
  }),
});

interface Figure extends z.infer<typeof comparedSchema> {
  name: string;
  note: string;
}

/** As many examples as are looked at; all that are kept stand in the answer of the API. */
const mostShown = 12;

/** What the gate saw of the newest candidate beside the model that was in use, and the chambers behind it. */
export function CandidateReport({ report }: { report: unknown }) {
  const styles = useStyles2(getListStyles);
  const { data } = reportSchema.safeParse(report);
  if (!data) return null;
  const { current, candidate, labels, power, kinds, doubted, changed } = data;
  const figures: Figure[] = [
    { name: 'Average precision', note: 'decides', ...data.averagePrecision },
    { name: 'Bad layers found', note: 'each by its own limits', ...data.found },
    { name: 'Bad layers found', note: 'at equal false alarms', ...data.foundAtEqualFalseAlarms },
    { name: 'Good layers called bad', note: 'labelled', ...data.falseAlarms },
    { name: 'Good layers called bad', note: 'simulated, healthy', ...data.simulatedFalseAlarms },
    ...kinds.map(({ kind, layers, judged, ...compared }) => ({
      name: kind,
      note: `${layers} layers${judged ? '' : ', not judged'}`,
      ...compared,
    })),
  ];
  return (
    <>
      <p className={styles.quiet}>
        Adapted to {labels.bad} bad and {labels.good} good layers of {labels.chambers} labelled chambers; each
        label is judged by models that never saw its run. {power}.
      </p>
      <DataTable
        columns={columnsFor(current, candidate)}
        rows={figures}
        keyOf={({ name, note }) => name + note}
      />
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

function columnsFor(current: string, candidate: string): Column<Figure>[] {
  return [
    { title: 'Figure', cell: ({ name }) => name },
    { title: 'Of which, how', cell: ({ note }) => note },
    { title: current, isNumber: true, cell: (figure) => percent(figure.current) },
    { title: candidate, isNumber: true, cell: (figure) => percent(figure.candidate) },
    { title: 'Gain', isNumber: true, cell: ({ gain }) => percent(gain) },
    {
      title: '95 % interval',
      isNumber: true,
      cell: ({ low, high }) => (low === null || high === null ? '–' : `${percent(low)} to ${percent(high)}`),
    },
  ];
}

function Places<Place extends z.infer<typeof placeSchema>>({
  title,
  places,
  tell,
}: {
  title: string;
  places: readonly Place[];
  tell: (place: Place) => string;
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
    { title: 'Label', cell: ({ label }) => label },
    { title: 'Models', cell: tell },
  ];
  return (
    <details>
      <summary>{title}</summary>
      <DataTable
        columns={columns}
        rows={places.slice(0, mostShown)}
        keyOf={({ run, chamber, layer }) => `${run}/${chamber}/${layer}`}
      />
    </details>
  );
}

const percent = (value: number | null) => (value === null ? '–' : `${(100 * value).toFixed(1)} %`);
