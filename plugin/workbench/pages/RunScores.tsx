import React from 'react';
import { useStyles2 } from '@grafana/ui';
import {
  chamberLabel,
  faultKinds,
  faultyConditions,
  runNumberSchema,
  stations,
  wheels,
  kindInWords,
  type ChamberCondition,
  type ChamberId,
  type ChamberOfRun,
  type ChamberSummary,
} from '@dtdqm/contract';
import { chamberParams } from '../../src/api/monitorApi.ts';
import { api } from '../../src/api/send.ts';
import { DataTable, type Column } from '../../src/components/DataTable.tsx';
import { Message, ProblemMessage } from '../../src/components/Message.tsx';
import { useDetector } from '../../src/components/useDetector.ts';
import { useQuery } from '../../src/components/useQuery.ts';
import { faultInWords, standingSigns } from '../../src/panels/incidents/model.ts';
import { followLink, goTo } from '../host.ts';
import { AnswerList } from './AnswerList.tsx';
import { Choice, ListChoice, RunPicker } from './pickers.tsx';
import { getListStyles, ScoreOrder } from './ScoresPage.tsx';

/** How often the list is asked for anew, ms. */
const refreshEvery = 10_000;

/** Worst first; a chamber of which nothing is known comes before those known to be good. */
const worstFirst: readonly ChamberCondition[] = ['dead', 'bad', 'failed', 'absent', 'unknown', 'good'];

const verdicts = [
  ['', 'All', () => true],
  ['bad', 'Bad', (condition: ChamberCondition) => faultyConditions.some((each) => each === condition)],
  ['unknown', 'Unknown', (condition: ChamberCondition) => condition === 'unknown'],
  ['none', 'Not judged', (condition: ChamberCondition) => condition === 'absent' || condition === 'failed'],
] as const;

interface Filters {
  wheel: string;
  station: string;
  verdict: string;
  kind: string;
}

/** What an address asks for; what it cannot mean is as if it were not there. */
function filtersOf(query: URLSearchParams): Filters {
  const among = (name: string, known: readonly string[]) =>
    known.find((each) => each === query.get(name)) ?? '';
  return {
    wheel: among('wheel', wheels.map(String)),
    station: among('station', stations.map(String)),
    verdict: among(
      'verdict',
      verdicts.map(([name]) => name),
    ),
    kind: among('kind', faultKinds),
  };
}

/** Of the browser's tab. */
export function runScoresTitle(query: URLSearchParams): string {
  const { wheel, station, verdict, kind } = filtersOf(query);
  return [
    `Scores of ${runOf(query) === null ? 'the newest run' : `run ${runOf(query)}`}, worst first`,
    wheel && `wheel ${wheel}`,
    station && `MB${station}`,
    verdict && verdicts.find(([name]) => name === verdict)?.[1].toLowerCase(),
    kindInWords(kind),
  ]
    .filter(Boolean)
    .join(', ');
}

function runOf(query: URLSearchParams): number | null {
  return runNumberSchema.safeParse(query.get('run') ?? undefined).data ?? null;
}

/** Chambers of one run, the worst first; which ones stands in the address. */
export function RunScores({ query }: { query: URLSearchParams }) {
  const styles = useStyles2(getListStyles);
  const { state } = useDetector(api);
  const run = runOf(query) ?? state?.run ?? null;
  // Together, so that the list is not taken for what another model says.
  const { data, problem, refetch } = useQuery(
    `scores of ${run}`,
    async () => {
      if (run === null) return null;
      const [{ runs }, { chambers }] = await Promise.all([api.runsAround(run), api.chambers(run)]);
      return { run, chambers, model: runs.find((each) => each.run === run)?.model ?? null };
    },
    { every: refreshEvery },
  );
  const filters = filtersOf(query);
  const choose = (changes: Record<string, string>) => {
    const next = new URLSearchParams(query);
    for (const [name, value] of Object.entries(changes)) {
      if (value) next.set(name, value);
      else next.delete(name);
    }
    goTo(`/data/net_scores/?${next.toString()}`);
  };
  const controls = (
    <div className={styles.controls}>
      <ScoreOrder isWorstFirst />
      <RunPicker run={run} choose={(next) => choose({ run: String(next) })} />
      <Choice
        label="Wheel"
        value={filters.wheel}
        options={[
          ['', 'All wheels'],
          ...wheels.map((each) => [`${each}`, each > 0 ? `+${each}` : `${each}`] as const),
        ]}
        choose={(wheel) => choose({ wheel })}
      />
      <Choice
        label="Station"
        value={filters.station}
        options={[['', 'All stations'], ...stations.map((each) => [`${each}`, `MB${each}`] as const)]}
        choose={(station) => choose({ station })}
      />
      <Choice
        label="Verdict"
        value={filters.verdict}
        options={verdicts.map(([name, text]) => [name, text] as const)}
        choose={(verdict) => choose({ verdict })}
      />
      <ListChoice
        label="Kind of fault"
        value={filters.kind}
        options={[
          ['', 'All kinds of fault'],
          ...kindsOf(data?.chambers ?? [], filters.kind).map((kind) => [kind, kindInWords(kind)] as const),
        ]}
        choose={(kind) => choose({ kind })}
      />
    </div>
  );
  const content = () => {
    if (problem && !data) return <ProblemMessage problem={problem} retry={refetch} />;
    if (!data) {
      const isNothing = state !== null && run === null;
      return <Message icon="table" title={isNothing ? 'No run has been judged yet' : 'Loading the scores'} />;
    }
    const chosen = chosenOf(data.chambers, filters);
    const { model } = data;
    return (
      <>
        <p className={styles.quiet} role="status">
          {chosen.length} of {data.chambers.length} chambers of run {run}
          {model ? `, judged by ${model}` : ''}. A chamber that is dead as a whole comes first whatever its
          score; one of which nothing is known comes before the good ones.
        </p>
        {chosen.length === 0 ? (
          <Message icon="table" title="No chamber of this run is so" />
        ) : (
          <>
            {model === null ? null : (
              <AnswerList
                key={query.toString()}
                run={data.run}
                model={model}
                chambers={chosen.map(
                  ({ wheel, station, sector }) => ({ wheel, station, sector }) as ChamberId,
                )}
                answered={refetch}
              />
            )}
            <DataTable columns={columnsOf(data.run, styles.link)} rows={chosen} keyOf={placeOf} />
          </>
        )}
      </>
    );
  };
  return (
    <div className={styles.page}>
      {controls}
      {content()}
    </div>
  );
}

/** Kinds of fault in the run, and the one that is chosen. */
function kindsOf(chambers: readonly ChamberSummary[], chosen: string): string[] {
  const found = chambers.flatMap(({ faults }) => (faults ?? []).map(({ kind }) => kind as string));
  return [...new Set([...found, chosen])].filter((kind) => kind !== '').sort();
}

function chosenOf(
  chambers: readonly ChamberSummary[],
  { wheel, station, verdict, kind }: Filters,
): ChamberSummary[] {
  const isSo = verdicts.find(([name]) => name === verdict)?.[2] ?? (() => true);
  return chambers
    .filter(
      (each) =>
        (wheel === '' || String(each.wheel) === wheel) &&
        (station === '' || String(each.station) === station) &&
        (kind === '' || each.faults?.some((fault) => fault.kind === kind)) &&
        isSo(each.condition),
    )
    .sort(
      (a, b) =>
        worstFirst.indexOf(a.condition) - worstFirst.indexOf(b.condition) ||
        (b.worstScore ?? -1) - (a.worstScore ?? -1),
    );
}

function placeOf({ wheel, station, sector }: ChamberSummary): string {
  return chamberLabel({ wheel, station, sector } as ChamberId);
}

function columnsOf(run: number, link: string): Column<ChamberSummary>[] {
  return [
    {
      title: 'Chamber',
      cell: (each) => (
        <a
          className={link}
          href={`/eval/${chamberParams({ ...each, run } as ChamberOfRun)}/`}
          onClick={followLink}
        >
          {placeOf(each)}
        </a>
      ),
    },
    { title: 'Condition', cell: ({ condition }) => condition },
    { title: 'Worst score', isNumber: true, cell: ({ worstScore }) => worstScore?.toFixed(4) ?? '–' },
    { title: 'Bad layers', isNumber: true, cell: ({ badLayers }) => badLayers ?? '–' },
    {
      title: 'What',
      cell: ({ faults, station, reason }) =>
        faults?.map((fault) => faultInWords(fault, station as ChamberId['station'])).join('; ') ||
        reason ||
        '–',
    },
    {
      title: 'Answered',
      cell: ({ standing }) =>
        standing === null ? '–' : `${standingSigns[standing].glyph} ${standingSigns[standing].title}`,
    },
  ];
}
