import type { RunChange, RunChangeKind, RunMoment } from '@dtdqm/contract';
import { sumOf } from '@dtdqm/contract/numbers';
import { readMoment, type StoredMoment } from './stretches.ts';
import { ratioOf, type InTime } from './likelihood.ts';
import type { Unit } from './units.ts';

/** A change in a chamber; which run and chamber it is in knows who asked. */
export type WatchChange = Omit<RunChange, 'run' | 'wheel' | 'station' | 'sector'>;

/** A change of one unit. */
export interface UnitChange {
  readonly kind: RunChangeKind;
  readonly unit: Unit;
  readonly from: StoredMoment | null;
  readonly to: StoredMoment;
  readonly found: number;
  readonly expected: number;
  readonly dispersion: number;
}

/** Losses of half of the hits and of a tenth are not one. */
const likeRatios = 0.3;

/**
 * What is told of a look: units at the same wires that lost or regained a like share of their hits at the same time are one change, such as
 * boards of several superlayers that one readout group reads, boards beside each other, or layers that share a supply.
 */
export function mergeChanges(changes: readonly UnitChange[], told: RunMoment): WatchChange[] {
  const groups: UnitChange[][] = [];
  for (const change of changes) {
    const group = groups.find((others) => others.every((other) => isLike(other, change)));
    if (group === undefined) groups.push([change]);
    else group.push(change);
  }
  return groups.map((group) => {
    const columns = group.flatMap(({ unit }) => unit.columns ?? []);
    const { ratio, ratioRange } = ratioOf(
      sumOf(group, ({ found }) => found),
      sumOf(group, ({ expected }) => expected),
      Math.max(...group.map(({ dispersion }) => dispersion)),
    );
    return {
      kind: group[0]!.kind,
      layers: [...new Set(group.flatMap(({ unit }) => unit.rows.map((row) => row + 1)))].sort(
        (a, b) => a - b,
      ),
      wires:
        columns.length === 0 ? null : { first: Math.min(...columns) + 1, last: Math.max(...columns) + 1 },
      happened: {
        from: readFrom(group.reduce((first, { from }) => earlier(first, from), group[0]!.from)),
        to: readMoment(group.reduce((last, { to }) => (isBefore(last, to) ? to : last), group[0]!.to)),
      },
      told,
      ratio,
      ratioRange,
    };
  });
}

function isLike(a: UnitChange, b: UnitChange): boolean {
  if (a.kind !== b.kind || Math.abs(a.found / a.expected - b.found / b.expected) > likeRatios) return false;
  if (isBefore(a.to, b.from) || isBefore(b.to, a.from)) return false;
  const [own, other] = [a.unit.columns, b.unit.columns];
  if (own === null || other === null) return own === other;
  const isBeside = own[0] <= other[1] + 1 && other[0] <= own[1] + 1;
  const inCommon = Math.min(own[1], other[1]) - Math.max(own[0], other[0]) + 1;
  const smaller = Math.min(own[1] - own[0], other[1] - other[0]) + 1;
  const isSameLayers = a.unit.rows.every((row) => b.unit.rows.includes(row));
  return isSameLayers ? isBeside : 2 * inCommon > smaller;
}

/** What a server shows is up to a lumisection (23.3 s) older than the moment at which it was asked; the lumisection itself is right. */
const olderMs = 23_300;

const readFrom = (from: StoredMoment | null) =>
  from && readMoment(from[1] === 0 ? from : [from[0] - olderMs, from[1]]);

const isBefore = (a: StoredMoment | null, b: StoredMoment | null) => a !== null && b !== null && a[0] < b[0];

const earlier = (a: StoredMoment | null, b: StoredMoment | null) =>
  a === null || b === null ? null : isBefore(b, a) ? b : a;

interface TimeSpan {
  readonly from: StoredMoment | null;
  readonly to: StoredMoment;
  readonly looks: number;
}

/** The moment from which on a place in time is meant, never later than it. Looks that were joined are taken to have been equally long. */
export function momentFrom(spans: readonly TimeSpan[], { index, passed }: InTime): StoredMoment | null {
  const { from, to, looks } = spans[index]!;
  if (from === null) return passed === 1 ? to : null;
  return between(from, to, Math.floor(passed * looks) / looks, Math.floor);
}

/** As {@link momentFrom}, until which it is meant, and never earlier. */
export function momentTo(spans: readonly TimeSpan[], { index, passed }: InTime): StoredMoment {
  const { from, to, looks } = spans[index]!;
  return from === null ? to : between(from, to, Math.ceil(passed * looks) / looks, Math.ceil);
}

function between(
  from: StoredMoment,
  to: StoredMoment,
  share: number,
  round: (value: number) => number,
): StoredMoment {
  const at = (a: number, b: number) => round(a + (b - a) * share);
  return [at(from[0], to[0]), from[1] === null || to[1] === null ? null : at(from[1], to[1])];
}
