import React from 'react';
import { IconButton, RadioButtonGroup, useStyles2 } from '@grafana/ui';
import { css } from '@emotion/css';
import { statusWords } from '../../src/app/useRuns.ts';
import type { Run } from '@dtdqm/contract';
import { inputStyle, type Theme } from '../../src/theme/theme.ts';

interface ChoiceProps<Value extends string> {
  label: string;
  value: Value;
  /** Values and what stands for them, in order. */
  options: readonly (readonly [Value, string])[];
  choose: (value: Value) => void;
}

/** One of a few, side by side. */
export function Choice<Value extends string>({ label, value, options, choose }: ChoiceProps<Value>) {
  const styles = useStyles2(getStyles);
  return (
    <span className={styles.choice}>
      <RadioButtonGroup
        size="sm"
        aria-label={label}
        value={value}
        options={options.map(([each, text]) => ({ value: each, label: text }))}
        onChange={choose}
      />
    </span>
  );
}

interface RunPickerProps {
  run: number | null;
  /** Newest first. */
  runs: readonly Run[];
  choose: (run: number) => void;
}

/** Which run: from the list, or one step older or newer. */
export function RunPicker({ run, runs, choose }: RunPickerProps) {
  const styles = useStyles2(getStyles);
  const at = runs.findIndex((each) => each.run === run);
  const newer = runs[at - 1];
  const older = at >= 0 ? runs[at + 1] : undefined;
  return (
    <span className={styles.picker}>
      <IconButton
        name="angle-left"
        aria-label="Older run"
        disabled={!older}
        onClick={() => older && choose(older.run)}
      />
      <select
        className={styles.select}
        aria-label="Run"
        value={run ?? ''}
        onChange={(event) => choose(Number(event.currentTarget.value))}
      >
        {at < 0 && run !== null ? <option value={run}>run {run}</option> : null}
        {runs.map((each) => (
          <option key={each.run} value={each.run}>
            run {each.run}
            {each.status === 'FINISHED' ? '' : ` (${statusWords[each.status]})`}
          </option>
        ))}
      </select>
      <IconButton
        name="angle-right"
        aria-label="Newer run"
        disabled={!newer}
        onClick={() => newer && choose(newer.run)}
      />
    </span>
  );
}

function getStyles(theme: Theme) {
  const { spacing, typography } = theme;
  return {
    choice: css({ maxWidth: '100%', overflowX: 'auto' }),
    picker: css({ alignItems: 'center', display: 'inline-flex', gap: spacing(1) }),
    select: css({
      ...inputStyle(theme),
      fontSize: typography.bodySmall.fontSize,
      fontVariantNumeric: 'tabular-nums',
      height: spacing(3),
    }),
  };
}
