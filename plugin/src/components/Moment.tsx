import React from 'react';
import { useNow } from './useNow.ts';

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

function ago(milliseconds: number): string {
  const [unit, length] = units.find(([, each]) => Math.abs(milliseconds) >= each) ?? ['second', 1000];
  return new Intl.RelativeTimeFormat('en', { numeric: 'auto' }).format(
    -Math.round(milliseconds / length),
    unit,
  );
}
