import React from 'react';
import { css } from '@emotion/css';
import { useStyles2 } from '@grafana/ui';
import type { GrafanaTheme2 } from '@grafana/data';
import { chamberLabel, type ChamberOfRun, type RunChange } from '@dtdqm/contract';
import { spanInUtc } from '../../strip/moments.ts';
import { changeInWords, changeGlyphs } from '../../strip/words.ts';

interface Props {
  /** In the order in which they stand. */
  changes: readonly RunChange[];
  /** Names the chamber of each; left out where there is only one. */
  namesChamber?: boolean;
  label: string;
  open: (change: RunChange) => void;
}

/** What changed inside a run, a line each; each leads to where it is seen. */
export function ChangeList({ changes, namesChamber = false, label, open }: Props) {
  const styles = useStyles2(getStyles);
  return (
    <ul className={styles.list} aria-label={label}>
      {changes.map((change) => (
        <li key={keyOf(change)}>
          <button
            type="button"
            className={styles.change}
            title={spanInUtc(change.happened)}
            onClick={() => open(change)}
          >
            <span className={change.kind === 'recovery' ? styles.quiet : styles.loud} aria-hidden>
              {changeGlyphs[change.kind]}
            </span>{' '}
            {namesChamber ? <strong>{chamberLabel(placeOfChange(change))} </strong> : null}
            {changeInWords(change)}
          </button>
        </li>
      ))}
    </ul>
  );
}

/** The chamber that changed, in its run. */
export function placeOfChange({ run, wheel, station, sector }: RunChange): ChamberOfRun {
  return { run, wheel, station, sector } as ChamberOfRun;
}

function keyOf({ wheel, station, sector, kind, layers, told, happened }: RunChange): string {
  return JSON.stringify([wheel, station, sector, kind, layers, told.at, happened.to.at]);
}

function getStyles(theme: GrafanaTheme2) {
  const { colors, spacing, typography } = theme;
  return {
    list: css({ listStyle: 'none', margin: 0, padding: 0 }),
    change: css({
      background: 'none',
      border: 0,
      borderRadius: theme.shape.radius.default,
      color: colors.text.primary,
      fontSize: typography.bodySmall.fontSize,
      fontVariantNumeric: 'tabular-nums',
      padding: spacing(0.25, 0.5),
      textAlign: 'left',
      width: '100%',
      '&:hover': { background: colors.action.hover },
      '&:focus-visible': { outline: `2px solid ${colors.primary.border}` },
    }),
    loud: css({ color: colors.error.text }),
    quiet: css({ color: colors.text.secondary }),
  };
}
