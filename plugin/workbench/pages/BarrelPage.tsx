import React, { useMemo } from 'react';
import { useStyles2 } from '@grafana/ui';
import { ProblemMessage } from '../../src/components/Message.tsx';
import { BarrelPanel } from '../../src/panels/barrel/BarrelPanel.tsx';
import { defaultOptions, type BarrelOptions } from '../../src/panels/barrel/options.ts';
import { api } from '../../src/api/send.ts';
import { chamberLink, followLink, goTo, useLocation } from '../host.ts';
import { barrelFrame, stateFrame } from '../frames.ts';
import { PageFrame, PanelHost } from '../PanelHost.tsx';
import { useChambers } from '../../src/panels/incidents/useFaults.ts';
import { useQuery } from '../../src/components/useQuery.ts';
import { RunChanges } from '../RunChanges.tsx';
import { getListStyles } from './ScoresPage.tsx';
import { Choice, RunPicker } from './pickers.tsx';

const refreshEvery = 10_000;
const tints = [
  ['', 'None'],
  ['worst_score', 'Worst score'],
  ['hits', 'Hits'],
] as const;

/** What good chambers are tinted by, as the address says: its name and the word for it. */
export function tintOf(query: URLSearchParams): (typeof tints)[number] {
  return tints.find(([name]) => name === query.get('tint')) ?? tints[0];
}

/** The detector in a chosen run. */
export function BarrelPage({ run }: { run: number }) {
  const state = useQuery(`state ${run}`, () => api.state(run), { every: refreshEvery });
  const chamberQuery = useChambers(api, run);
  const { query } = useLocation();
  const styles = useStyles2(getListStyles);
  const [tintBy] = tintOf(query);
  const options = useMemo((): BarrelOptions => ({ ...defaultOptions, tintBy, link: chamberLink }), [tintBy]);
  const frames = useMemo(
    () => [
      ...(chamberQuery.data ? [barrelFrame(chamberQuery.data)] : []),
      ...(state.data ? [stateFrame(state.data)] : []),
    ],
    [chamberQuery.data, state.data],
  );
  if (chamberQuery.problem && !chamberQuery.data)
    return <ProblemMessage problem={chamberQuery.problem} retry={chamberQuery.refetch} />;
  return (
    <PageFrame
      below={<RunChanges run={run} />}
      controls={
        <>
          <RunPicker run={run} choose={(next) => goTo(`/eval/${next}/`)} />
          <Choice
            label="Tint good chambers by"
            value={tintBy}
            options={tints}
            choose={(by) => goTo(`${window.location.pathname}${by ? `?tint=${by}` : ''}`)}
          />
          <a className={styles.link} href={`/reports/certification/${run}/`} onClick={followLink}>
            Certification draft of run {run}
          </a>
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
