import React, { useEffect, useState } from 'react';
import { css } from '@emotion/css';
import { Button, type ButtonProps, useStyles2 } from '@grafana/ui';
import type { GrafanaTheme2 } from '@grafana/data';
import { keyStyle } from '../theme/theme.ts';

type KeyButtonProps = Omit<ButtonProps, 'aria-label'> & {
  /** Key as the registry shows it. */
  shown: string;
  label: string;
};

/** A button that shows the key which does the same. */
export function KeyButton({ shown, label, ...button }: KeyButtonProps) {
  const styles = useStyles2(getStyles);
  return (
    <Button size="sm" variant="secondary" aria-keyshortcuts={shown === '⏎' ? 'Enter' : shown} {...button}>
      {label}
      <kbd className={styles.key} aria-hidden>
        {shown}
      </kbd>
    </Button>
  );
}

function getStyles(theme: GrafanaTheme2) {
  return { key: css({ ...keyStyle(theme), marginLeft: theme.spacing(1) }) };
}

const units: [Intl.RelativeTimeFormatUnit, number][] = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1000],
];

/** A point in time as people say it; local time and UTC on hover. */
export function Moment({ at }: { at: string }) {
  const now = useNow(5000);
  const date = new Date(at);
  return (
    <time
      dateTime={at}
      title={`${date.toLocaleString()} local · ${date.toISOString().slice(0, 19).replace('T', ' ')} UTC`}
    >
      {ago(now - date.getTime())}
    </time>
  );
}

/** When a run began: local time, UTC on hover. It is not known of runs whose source does not tell it. */
export function RunStart({ at }: { at: string | null }) {
  if (at === null) return <>not known</>;
  const date = new Date(at);
  return (
    <time dateTime={at} title={`${date.toISOString().slice(0, 19).replace('T', ' ')} UTC`}>
      {date.toLocaleString('en-GB', { dateStyle: 'medium', timeStyle: 'short' })}
    </time>
  );
}

function ago(milliseconds: number): string {
  const [unit, length] = units.find(([, each]) => Math.abs(milliseconds) >= each) ?? ['second', 1000];
  return new Intl.RelativeTimeFormat('en', { numeric: 'auto' }).format(
    -Math.round(milliseconds / length),
    unit,
  );
}

/** The time, ms since the epoch, anew every `every` milliseconds. */
export function useNow(every: number): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = window.setInterval(() => setNow(Date.now()), every);
    return () => window.clearInterval(timer);
  }, [every]);
  return now;
}

/** Device pixels per CSS pixel; follows zoom and moves between displays. */
export function usePixelRatio(): number {
  const [ratio, setRatio] = useState(() => window.devicePixelRatio || 1);
  useEffect(() => {
    const query = window.matchMedia(`(resolution: ${ratio}dppx)`);
    const update = () => setRatio(window.devicePixelRatio || 1);
    query.addEventListener('change', update);
    return () => query.removeEventListener('change', update);
  }, [ratio]);
  return ratio;
}
