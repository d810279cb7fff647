import React from 'react';
import { IconButton, RadioButtonGroup, useStyles2 } from '@grafana/ui';
import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { statusWords } from '../../src/app/useRuns.ts';
import { greatestInteger } from '@dtdqm/contract';
import { api } from '../../src/api/send.ts';
import { useQuery } from '../../src/components/useQuery.ts';
import { inputStyle } from '../../src/theme/theme.ts';

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

/** One of many, in a list that opens. */
export function ListChoice<Value extends string>({ label, value, options, choose }: ChoiceProps<Value>) {
  const styles = useStyles2(getStyles);
  return (
    <select
      className={styles.select}
      aria-label={label}
      value={value}
      onChange={(event) => choose(event.currentTarget.value as Value)}
    >
      {options.map(([each, text]) => (
        <option key={each} value={each}>
          {text}
        </option>
      ))}
    </select>
  );
}

interface RunPickerProps {
  run: number | null;
  choose: (run: number) => void;
}

/** How often new runs are looked for, ms. */
const refreshEvery = 10_000;

/** Which run: from the list of those before and after it, one step older or newer, or by its number. */
export function RunPicker({ run, choose }: RunPickerProps) {
  const styles = useStyles2(getStyles);
  const { data } = useQuery('runs around', () => (run === null ? api.runs() : api.runsAround(run)), {
    every: refreshEvery,
    version: run ?? 0,
  });
  const runs = data?.runs ?? [];
  const newer = run === null ? undefined : runs.findLast((each) => each.run > run);
  const older = run === null ? undefined : runs.find((each) => each.run < run);
  const options = runs.map(({ run: each, status }): [string, string] => {
    const words = status === 'FINISHED' ? '' : ` (${statusWords[status]})`;
    return [String(each), `run ${each}${words}`];
  });
  if (!runs.some((each) => each.run === run))
    options.unshift([String(run ?? ''), run === null ? '' : `run ${run}`]);
  return (
    <span className={styles.picker}>
      <IconButton
        name="angle-left"
        aria-label="Older run"
        disabled={!older}
        onClick={() => older && choose(older.run)}
      />
      <ListChoice
        label="Run"
        value={String(run ?? '')}
        options={options}
        choose={(chosen) => choose(Number(chosen))}
      />
      <IconButton
        name="angle-right"
        aria-label="Newer run"
        disabled={!newer}
        onClick={() => newer && choose(newer.run)}
      />
      <form
        onSubmit={(event) => {
          event.preventDefault();
          const typed = new FormData(event.currentTarget).get('number');
          if (typed) choose(Number(typed));
          event.currentTarget.reset();
        }}
      >
        <input
          className={styles.number}
          aria-label="Go to run number"
          name="number"
          type="number"
          min={1}
          max={greatestInteger}
          placeholder="Go to run"
        />
      </form>
    </span>
  );
}

function getStyles(theme: GrafanaTheme2) {
  const { spacing, typography } = theme;
  return {
    choice: css({ maxWidth: '100%', overflowX: 'auto' }),
    picker: css({ alignItems: 'center', display: 'inline-flex', gap: spacing(1) }),
    number: css({
      ...inputStyle(theme),
      appearance: 'textfield',
      fontSize: typography.bodySmall.fontSize,
      height: spacing(3),
      width: spacing(11),
    }),
    select: css({
      ...inputStyle(theme),
      fontSize: typography.bodySmall.fontSize,
      fontVariantNumeric: 'tabular-nums',
      height: spacing(3),
    }),
  };
}
