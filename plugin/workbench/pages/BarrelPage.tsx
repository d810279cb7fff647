import React, { useMemo } from 'react';
import type { ChamberSummary, RunChambers } from '@dtdqm/contract';
import { Button } from '@grafana/ui';
import { Message, ProblemMessage } from '../../src/components/Message.tsx';
import { BarrelPanel } from '../../src/panels/barrel/module.tsx';
import { type BarrelOptions, defaultOptions } from '../../src/panels/barrel/model.ts';
import { api } from '../host/api.ts';
import { frameOf } from '../host/frames.ts';
import { goTo, useLocation } from '../host/location.ts';
import { PanelHost } from '../host/PanelHost.tsx';
import { useQuery } from '../../src/components/useQuery.ts';
import { RunPicker } from './RunPicker.tsx';
import { PageFrame } from './PageFrame.tsx';
import { Choice } from './Choice.tsx';

const refreshEvery = 10_000;
const columns = [
  ['bad_layers', 'Bad layers'],
  ['worst_score', 'Worst score'],
  ['hits', 'Hits'],
] as const;
const linkToChamber = '/eval/${run}/${wheel}/${sector}/${station}/';

/** The detector at a glance, of the newest run or a chosen one. */
export function BarrelPage({ run: chosen }: { run: number | null }) {
  const runs = useQuery('runs', () => api.runs(), { every: refreshEvery });
  const run = chosen ?? runs.data?.runs.find(({ status }) => status === 'FINISHED')?.run ?? null;
  const chamberQuery = useQuery(
    `chambers ${run}`,
    () => (run === null ? Promise.resolve(null) : api.chambers(run)),
    { every: refreshEvery },
  );
  const { query } = useLocation();
  const colourBy = columns.find(([name]) => name === query.get('by'))?.[0] ?? 'bad_layers';
  const options = useMemo(
    (): BarrelOptions => ({
      ...defaultOptions,
      colourBy,
      alarm: colourBy === 'worst_score' ? 0.5 : 1,
      colouring: colourBy === 'hits' ? 'scale' : 'alarm',
      link: linkToChamber,
    }),
    [colourBy],
  );
  const frames = useMemo(
    () => (chamberQuery.data ? [barrelFrame(chamberQuery.data)] : []),
    [chamberQuery.data],
  );
  if (chamberQuery.problem && !chamberQuery.data)
    return <ProblemMessage problem={chamberQuery.problem} retry={chamberQuery.refetch} />;
  if (runs.problem && run === null) return <ProblemMessage problem={runs.problem} retry={runs.refetch} />;
  if (runs.data && run === null) {
    return (
      <Message
        icon="sync"
        title="No run is finished yet"
        action={<Button onClick={() => goTo('/fetch/')}>See the runs</Button>}
      >
        <p>The first runs are fetched as soon as the monitor starts; this page shows them by itself.</p>
      </Message>
    );
  }
  return (
    <PageFrame
      controls={
        <>
          <RunPicker run={run} runs={runs.data?.runs ?? []} choose={(next) => goTo(`/eval/${next}/`)} />
          <Choice
            label="Colour by"
            value={colourBy}
            options={columns}
            choose={(by) => goTo(`${window.location.pathname}?by=${by}`)}
          />
        </>
      }
    >
      <PanelHost
        panel={BarrelPanel}
        frames={frames}
        options={options}
        isLoading={chamberQuery.isLoading}
        variables={{ run }}
      />
    </PageFrame>
  );
}

function barrelFrame({ run, chambers }: RunChambers) {
  const of = <T,>(pick: (chamber: ChamberSummary) => T) => chambers.map(pick);
  return frameOf({
    run: of(() => run),
    wheel: of(({ wheel }) => wheel),
    station: of(({ station }) => station),
    sector: of(({ sector }) => sector),
    state: of(({ state }) => state),
    verdict: of(({ faults, badLayers }) =>
      badLayers === 0 && faults?.some(({ kind }) => kind === 'low-statistics') ? 'unknown' : null,
    ),
    bad_layers: of(({ badLayers }) => badLayers),
    worst_score: of(({ worstScore }) => worstScore),
    hits: of(({ hits }) => hits),
  });
}
