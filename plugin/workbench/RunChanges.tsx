import React from 'react';
import { css } from '@emotion/css';
import { useStyles2 } from '@grafana/ui';
import type { GrafanaTheme2 } from '@grafana/data';
import { chamberParams } from '../src/api/monitorApi.ts';
import { nextStep } from '../src/api/problem.ts';
import { api } from '../src/api/send.ts';
import { useQuery } from '../src/components/useQuery.ts';
import { ChangeList, placeOfChange } from '../src/panels/strip/ChangeList.tsx';
import { goTo } from './host.ts';

/** Which chambers changed when while a run was taken, newest first; each leads to the strip of its chamber. */
export function RunChanges({ run }: { run: number }) {
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
