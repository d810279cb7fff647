import React, { useMemo } from 'react';
import { useStyles2 } from '@grafana/ui';
import { ProblemMessage } from '../../src/components/Message.tsx';
import { BarrelPanel } from '../../src/panels/barrel/BarrelPanel.tsx';
import { defaultOptions, type BarrelOptions } from '../../src/panels/barrel/options.ts';
import { api } from '../../src/api/send.ts';
import { chamberLink, followLink, goTo, useLocation } from '../host.ts';
import { barrelFrame, stateFrame } from '../frames.ts';
import { PageFrame, PanelHost } from '../PanelHost.tsx';
import { useChambers } from '../../src/panels/incidents/faults.ts';
import { useDetector } from '../../src/components/useDetector.ts';
import { useQuery } from '../../src/components/useQuery.ts';
import { getListStyles } from './ScoresPage.tsx';
import { Choice, RunPicker } from './pickers.tsx';
import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { chamberParams } from '../../src/api/monitorApi.ts';
import { nextStep } from '../../src/api/problem.ts';
import { ChangeList, placeOfChange } from '../../src/panels/strip/ChangeList.tsx';

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
  // The line on the detector stands above, and says so.
  const isOld = (useDetector(api).problem ?? state.problem) !== null;
  const { query } = useLocation();
  const styles = useStyles2(getListStyles);
  const [tintBy] = tintOf(query);
  const options = useMemo((): BarrelOptions => ({ ...defaultOptions, tintBy, link: chamberLink }), [tintBy]);
  const frames = useMemo(
    () => [
      ...(chamberQuery.data ? [barrelFrame(chamberQuery.data)] : []),
      ...(state.data && !isOld ? [stateFrame(state.data)] : []),
    ],
    [chamberQuery.data, state.data, isOld],
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

/** Which chambers changed when while a run was taken, newest first; each leads to the strip of its chamber. */
function RunChanges({ run }: { run: number }) {
  const styles = useStyles2(getStyles);
  const { data, problem } = useQuery(`inside ${run}`, () => api.runSlices(run), { every: 15_000 });
  const say = (words: string) => (
    <p className={styles.words} role="status">
      {words}
    </p>
  );
  if (!data)
    return say(
      problem ? `The inside of the run: ${nextStep[problem.kind].title}` : 'Loading the inside of the run',
    );
  const { changes, latest, live, looks } = data;
  if (changes.length > 0)
    return (
      <>
        <h2 className={styles.title}>
          {changes.length} change{changes.length === 1 ? '' : 's'} inside the run, newest first
        </h2>
        <div className={styles.list}>
          <ChangeList
            namesChamber
            changes={[...changes].reverse()}
            label={`What changed inside run ${run}, newest first`}
            open={(change) => goTo(`/eval/${chamberParams(placeOfChange(change))}/`)}
          />
        </div>
      </>
    );
  if (latest !== null) return say(`No change was told inside the run, in ${looks.length} looks at it.`);
  return say(
    live
      ? 'In progress, and looked at once: what changes inside it is told from the second look on.'
      : 'Nothing is known of the inside of this run: it was fetched when it was over, or its slices are older than they are kept.',
  );
}

function getStyles({ colors, spacing, typography }: GrafanaTheme2) {
  return {
    words: css({ color: colors.text.secondary, fontSize: typography.bodySmall.fontSize, margin: 0 }),
    title: css({ ...typography.bodySmall, color: colors.text.secondary, margin: spacing(0, 0, 0.5) }),
    list: css({ maxHeight: 120, overflow: 'auto' }),
  };
}
