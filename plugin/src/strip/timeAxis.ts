import type { RunMoment } from '@dtdqm/contract';
import { clock } from './moments.ts';

/** A stretch of time on the page: ms since the epoch, and CSS pixels. */
export interface TimeAxis {
  from: number;
  to: number;
  x: number;
  width: number;
}

export interface Tick {
  x: number;
  text: string;
}

export function xOf({ from, to, x, width }: TimeAxis, at: number): number {
  return x + ((at - from) / Math.max(1, to - from)) * width;
}

export function timeAt({ from, to, x, width }: TimeAxis, at: number): number {
  return from + ((at - x) / Math.max(1, width)) * (to - from);
}

const [second, minute, hour] = [1000, 60_000, 3_600_000] as const;
const timeSteps = [
  ...[1, 2, 5, 10, 20, 30].map((n) => n * second),
  ...[1, 2, 5, 10, 15, 30].map((n) => n * minute),
  ...[1, 2, 3, 6, 12, 24].map((n) => n * hour),
];

/** Round local times along the axis, no closer than `spacing` px. */
export function timeTicks(axis: TimeAxis, spacing = 64): Tick[] {
  const least = ((axis.to - axis.from) * spacing) / Math.max(1, axis.width);
  const step = timeSteps.find((each) => each >= least) ?? 24 * hour;
  // Zones differ from UTC by whole quarters of an hour.
  const offset = new Date(axis.from).getTimezoneOffset() * minute;
  const ticks: Tick[] = [];
  const first = Math.ceil((axis.from - offset) / step) * step + offset;
  for (let at = first; at <= axis.to; at += step) {
    ticks.push({ x: xOf(axis, at), text: clock(at, step < minute) });
  }
  return ticks;
}

/**
 * Round lumisections along the axis, where moments tell when one was reached; between two of them they lie evenly. None where fewer than
 * two moments tell.
 */
export function lumisectionTicks(axis: TimeAxis, moments: readonly RunMoment[], spacing = 64): Tick[] {
  const known = moments
    .flatMap(({ at, lumisection }) => (lumisection === null ? [] : [{ at: Date.parse(at), lumisection }]))
    .sort((a, b) => a.at - b.at)
    .filter(({ lumisection }, index, all) => index === 0 || lumisection > (all[index - 1]?.lumisection ?? 0));
  const [first, last] = [known[0], known.at(-1)];
  if (!first || !last || first === last) return [];
  const pixels = xOf(axis, last.at) - xOf(axis, first.at);
  const step = roundStep((last.lumisection - first.lumisection) / Math.max(1, pixels / spacing));
  const ticks: Tick[] = [];
  for (let at = Math.ceil(first.lumisection / step) * step; at <= last.lumisection; at += step) {
    const after = known.findIndex(({ lumisection }) => lumisection >= at);
    const [b, a] = [known[after] ?? last, known[Math.max(0, after - 1)] ?? first];
    const share = b === a ? 0 : (at - a.lumisection) / (b.lumisection - a.lumisection);
    ticks.push({ x: xOf(axis, a.at + share * (b.at - a.at)), text: String(at) });
  }
  return ticks;
}

function roundStep(least: number): number {
  const decade = 10 ** Math.floor(Math.log10(Math.max(least, 1)));
  return [1, 2, 5, 10].map((n) => n * decade).find((step) => step >= least) ?? 10 * decade;
}
