import React, { useMemo } from 'react';
import { Button } from '@grafana/ui';
import { Message, ProblemMessage } from '../../src/components/Message.tsx';
import { BarrelPanel } from '../../src/panels/barrel/module.tsx';
import { defaultOptions, type BarrelOptions } from '../../src/panels/barrel/model.ts';
import { api } from '../../src/api/send.ts';
import { chamberLink, goTo, useLocation } from '../host.ts';
import { barrelFrame } from '../frames.ts';
import { PageFrame, PanelHost } from '../PanelHost.tsx';
import { useQuery } from '../../src/components/useQuery.ts';
import { Choice, RunPicker } from './pickers.tsx';

const refreshEvery = 10_000;
const columns = [
  ['bad_layers', 'Bad layers'],
  ['worst_score', 'Worst score'],
  ['hits', 'Hits'],
] as const;

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
      link: chamberLink,
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
