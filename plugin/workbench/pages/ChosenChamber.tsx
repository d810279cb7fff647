import React from 'react';
import { css } from '@emotion/css';
import { useStyles2 } from '@grafana/ui';
import type { GrafanaTheme2 } from '@grafana/data';
import { chamberLabel, type ChamberOfRun } from '@dtdqm/contract';
import { chamberParams } from '../../src/api/monitorApi.ts';
import { ProblemMessage } from '../../src/components/Message.tsx';
import { ChamberPanel } from '../../src/panels/chamber/ChamberPanel.tsx';
import { defaultOptions, type ChamberOptions } from '../../src/panels/chamber/options.ts';
import { followLink } from '../host.ts';
import { PanelHost } from '../PanelHost.tsx';
import { PastRuns } from '../PastRuns.tsx';
import { lastGoodRun, runMarks } from '../pastRuns.ts';
import { useChamber } from '../useChamber.ts';

const options: ChamberOptions = { ...defaultOptions, view: 'compare', showControls: false };

/** The chamber that a fault is in, beside the last run in which it was good, on one scale; and its last 20 runs. */
export function ChosenChamber({ chamber }: { chamber: ChamberOfRun }) {
  const styles = useStyles2(getStyles);
  const key = chamberParams(chamber);
  const { run, wheel, station, sector } = chamber;
  const { query, history, comparedRun: good, frames } = useChamber(chamber, lastGoodRun);
  if (query.problem && !query.data) return <ProblemMessage problem={query.problem} retry={query.refetch} />;
  return (
    <div className={styles.chamber}>
      <p className={styles.past}>
        <a className={styles.link} href={`/eval/${key}/`} onClick={followLink}>
          Page of {chamberLabel(chamber)} in run {run}
        </a>
        {history ? (
          <>
            <span>{good === null ? 'no good run before it is known' : `last good in run ${good}`}</span>
            <PastRuns marks={runMarks(history, run)} chamber={chamber} />
          </>
        ) : null}
      </p>
      <PanelHost
        panel={ChamberPanel}
        frames={frames}
        options={options}
        isLoading={query.isLoading}
        variables={{ run, wheel, station, sector }}
      />
    </div>
  );
}

function getStyles({ colors, spacing, typography }: GrafanaTheme2) {
  return {
    chamber: css({ display: 'flex', flex: '1 1 0', flexDirection: 'column', height: '100%', minHeight: 0 }),
    past: css({
      alignItems: 'center',
      color: colors.text.secondary,
      display: 'flex',
      flexWrap: 'wrap',
      fontSize: typography.bodySmall.fontSize,
      fontVariantNumeric: 'tabular-nums',
      gap: spacing(0.5, 2),
      margin: 0,
    }),
    link: css({ color: colors.text.link, textDecoration: 'underline' }),
  };
}
