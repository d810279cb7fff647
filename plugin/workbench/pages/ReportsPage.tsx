import React, { useState } from 'react';
import { useStyles2 } from '@grafana/ui';
import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { chamberLabel, kindInWords, type Estimate, type Incident } from '@dtdqm/contract';
import { api } from '../../src/api/send.ts';
import { DataTable, type Column } from '../../src/components/DataTable.tsx';
import { Message, ProblemMessage } from '../../src/components/Message.tsx';
import { useDetector } from '../../src/components/useDetector.ts';
import { useQuery, type Query } from '../../src/components/useQuery.ts';
import {
  careInWords,
  chamberOf,
  evidenceInWords,
  placeInWords,
  sinceInWords,
  standingOf,
  standingSigns,
} from '../../src/panels/incidents/model.ts';
import { followLink, goTo } from '../host.ts';
import { ModelsReport } from './ModelsReport.tsx';
import { Choice, RunPicker } from './pickers.tsx';
import { getListStyles } from './ScoresPage.tsx';

/** What people hand on; each has an address of its own below /reports/. */
export const reports = {
  morning: 'Morning report',
  certification: 'Certification draft',
  agreement: 'Agreement of experts',
  models: 'Models',
} as const;
export type ReportName = keyof typeof reports;

/** One of the reports, and the way to the others. @param run of the certification draft; null for the newest. */
export function ReportsPage({
  report,
  run,
  query,
}: {
  report: ReportName;
  run: number | null;
  query: URLSearchParams;
}) {
  const styles = useStyles2(getListStyles);
  return (
    <div className={styles.page}>
      <Choice
        label="Report"
        value={report}
        options={Object.entries(reports) as [ReportName, string][]}
        choose={(name) => goTo(name === 'morning' ? '/reports/' : `/reports/${name}/`)}
      />
      {report === 'morning' ? <MorningReport /> : null}
      {report === 'certification' ? <Certification run={run} /> : null}
      {report === 'agreement' ? <AgreementReport /> : null}
      {report === 'models' ? <ModelsReport isPreviewOpen={query.has('preview')} /> : null}
    </div>
  );
}

/** What stands in place of an answer that is not there. */
function waiting({ problem, refetch }: Pick<Query<unknown>, 'problem' | 'refetch'>) {
  if (problem) return <ProblemMessage problem={problem} retry={refetch} />;
  return <Message icon="sync" title="Loading the report" />;
}

const spans = [
  ['24', 'Last 24 hours'],
  ['72', '3 days'],
  ['168', 'Week'],
] as const;
type Hours = (typeof spans)[number][0];

function MorningReport() {
  const styles = useStyles2(getListStyles);
  const [hours, setHours] = useState<Hours>('24');
  const since = () => new Date(Date.now() - Number(hours) * 3_600_000).toISOString();
  const query = useQuery(`report ${hours}`, () => api.report(since()), { every: 60_000 });
  const { data } = query;
  if (!data) return waiting(query);
  const { runs, state, counts } = data;
  const grown = new Set(data.grown.map(({ incident }) => incident));
  return (
    <>
      <Choice label="Since" value={hours} options={spans} choose={setHours} />
      <p className={styles.quiet}>
        {runs.count === 0
          ? 'No run was taken in since.'
          : `${runs.count} run${runs.count > 1 ? 's' : ''}, ${runs.first} to ${runs.last}: ${counts.opened} opened, ${counts.before} from before, ${counts.grown} of them grown, ${counts.healed} healed.`}{' '}
        {state.doubts.join(' ')}
      </p>
      <Incidents title="Opened" incidents={data.opened} />
      <Incidents title="Grown" incidents={data.grown} />
      <Incidents title="Healed" incidents={data.healed} />
      <Incidents title="From before" incidents={data.before.filter(({ incident }) => !grown.has(incident))} />
      <a
        className={styles.link}
        href={`/api/v1/incidents/report.md?at=${since()}`}
        target="_blank"
        rel="noreferrer"
      >
        As Markdown
      </a>
    </>
  );
}

/** Nothing where there is none. */
function Incidents({ title, incidents }: { title: string; incidents: readonly Incident[] }) {
  const styles = useStyles2(getListStyles);
  if (incidents.length === 0) return null;
  const columns: Column<Incident>[] = [
    {
      title: 'Incident',
      cell: ({ incident }) => (
        <a className={styles.link} href={`/?at=${incident}`} onClick={followLink}>
          {incident}
        </a>
      ),
    },
    { title: 'Where', cell: whereInWords },
    { title: 'What', cell: ({ kind }) => kindInWords(kind) },
    { title: 'Since', cell: sinceInWords },
    { title: 'Evidence', cell: evidenceInWords },
    { title: 'Severity', cell: ({ severity }) => severity },
    {
      title: 'Answered',
      cell: (incident) => {
        const { glyph, title: standing } = standingSigns[standingOf(incident)];
        return `${glyph} ${standing} ${careInWords(incident)}`.trim();
      },
    },
  ];
  return (
    <section aria-label={title}>
      <h2>{`${title} (${incidents.length})`}</h2>
      <DataTable columns={columns} rows={incidents} keyOf={({ incident }) => incident} />
    </section>
  );
}

function whereInWords(incident: Incident): string {
  const chamber = chamberOf(incident);
  return [chamber ? chamberLabel(chamber) : 'whole detector', placeInWords(incident)]
    .filter(Boolean)
    .join(', ');
}

function Certification({ run: chosen }: { run: number | null }) {
  const styles = useStyles2(getListStyles);
  const own = useStyles2(getStyles);
  const { state, problem, refetch } = useDetector(api);
  const run = chosen ?? state?.run ?? null;
  const query = useQuery(`certification ${run}`, async () => (run === null ? null : api.certification(run)));
  if (run === null) {
    if (!state) return problem ? <ProblemMessage problem={problem} retry={refetch} /> : waiting(query);
    return <Message icon="file-alt" title="No run has been judged yet, so there is nothing to certify" />;
  }
  const { data } = query;
  const picker = <RunPicker run={run} choose={(next) => goTo(`/reports/certification/${next}/`)} />;
  if (!data)
    return (
      <>
        {picker}
        {query.problem?.kind === 'not-found' ? (
          <Message icon="search" title={`Run ${run} is not stored`} />
        ) : (
          waiting(query)
        )}
      </>
    );
  return (
    <>
      {picker}
      <h2>{`Run ${run}: ${data.verdict.replace('-', ' ')} (draft, nobody has signed it)`}</h2>
      <ul className={own.reasons}>
        {data.reasons.map((reason) => (
          <li key={reason}>{reason}</li>
        ))}
      </ul>
      <Incidents title="Incidents that this run shows" incidents={data.incidents} />
      <section aria-label="Text to sign">
        <h2>Text to sign</h2>
        <pre className={own.text}>{data.comment}</pre>
      </section>
      <a className={styles.link} href={`/eval/${run}/`} onClick={followLink}>
        Barrel of run {run}
      </a>
    </>
  );
}

const coefficients = [
  ['Agreement', 'percentAgreement'],
  ['Gwet’s AC1', 'gwetAc1'],
  ['Krippendorff’s alpha', 'krippendorffAlpha'],
] as const;

interface Compared extends Record<(typeof coefficients)[number][1], Estimate> {
  name: string;
  layers: number;
  chambers: number;
}

function AgreementReport() {
  const styles = useStyles2(getListStyles);
  const query = useQuery('agreement', () => api.agreement());
  const { data } = query;
  if (!data) return waiting(query);
  if (data.layers === 0) {
    return (
      <Message icon="users-alt" title="No second expert yet">
        <p>Agreement is known as soon as two experts have labelled the same chamber of the same run.</p>
      </Message>
    );
  }
  const rows: Compared[] = [
    { name: 'All', layers: data.layers, chambers: data.chambers, ...data.overall },
    ...data.byPair.map((pair) => ({ ...pair, name: pair.experts.join(' and ') })),
    ...data.byLayer.map((each) => ({ ...each, name: `Layer ${each.layer}` })),
  ];
  const columns: Column<Compared>[] = [
    { title: 'Who, or where', cell: ({ name }) => name },
    { title: 'Chambers judged by two or more', isNumber: true, cell: ({ chambers }) => chambers },
    { title: 'Layers', isNumber: true, cell: ({ layers }) => layers },
    ...coefficients.map(([title, name]) => ({
      title,
      isNumber: true,
      cell: (row: Compared) => figure(row[name]),
    })),
  ];
  return (
    <>
      <p className={styles.quiet}>Each figure with its 95 % interval. {data.warnings.join(' ')}</p>
      <DataTable columns={columns} rows={rows} keyOf={({ name }) => name} />
    </>
  );
}

function figure({ value, low, high }: Estimate): string {
  if (value === null) return 'not defined';
  return `${value.toFixed(3)} (${low?.toFixed(3) ?? '–'} to ${high?.toFixed(3) ?? '–'})`;
}

function getStyles({ spacing, typography }: GrafanaTheme2) {
  return {
    reasons: css({ margin: 0, paddingLeft: spacing(3) }),
    text: css({ fontSize: typography.bodySmall.fontSize, overflowWrap: 'anywhere', whiteSpace: 'pre-wrap' }),
  };
}
