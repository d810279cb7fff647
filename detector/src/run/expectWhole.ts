import { isSameChamber, type ChamberId, type Station } from '@dtdqm/contract';
import { median, quantile, upperQuantile } from '@dtdqm/contract/numbers';

/** What is to be expected of a chamber as a whole; never from the chamber itself, which cannot tell whether it is dead. */
export interface WholeExpectation {
  /** Hits per wire in units of its superlayer 1, see `chamberLevel`. */
  readonly level: number;
  /** By how much chambers stray from what is expected of them so, standard deviation of the logarithm. */
  readonly spread: number;
  readonly from: 'other-chambers' | 'past';
  /** Other chambers of the station in this run, or good runs before. */
  readonly count: number;
}

export interface ChamberLevel {
  readonly chamber: ChamberId;
  readonly level: number;
}

/** Other chambers of a station that must tell what to expect, so that a few that are sick do not. */
const leastChambers = 8;

/**
 * Hits per wire by |wheel|, in any unit of the station. Source: real run 302635; MB4 is not measured. A run tells itself what its wheels
 * count; this says where a wheel is that does not count at all.
 */
const usualLevel: Readonly<Record<Station, readonly [number, number, number]>> = {
  1: [20, 37, 80],
  2: [10, 12, 17],
  3: [5.4, 5.4, 5.4],
  4: [1, 1, 1],
};

/**
 * A pair of wheels, or a sector, may count this many times less or more than usual. What lies further off in all of its chambers is
 * dead together and not usual: cosmic muons come from above, and neutrons gather there, by less than this.
 */
const mostUnusual = 5;
/** Chambers that tell what is usual of a pair of wheels, and of a sector in the other wheels. */
const leastOfWheel = 3;
const leastOfSector = 2;

/**
 * What the other chambers of a run let expect of each: the level of its station, the share of its |wheel| and that of its sector in the
 * other wheels. Each is a median of those that live, so that up to two thirds of a station may be dead, and a whole wheel of it.
 *
 * @returns in their order; undefined where too few others are there.
 */
export function expectFromOthers(chambers: readonly ChamberLevel[]): (WholeExpectation | undefined)[] {
  const expected = chambers.map((own) => {
    const others = chambers.filter((other) => other !== own && other.chamber.station === own.chamber.station);
    return others.length < leastChambers
      ? undefined
      : { level: levelFromOthers(own.chamber, others), count: others.length };
  });
  const spreads = spreadByStation(
    chambers,
    expected.map((each) => each?.level),
  );
  return expected.map(
    (each, index) =>
      each && {
        ...each,
        spread: spreads.get(chambers[index]!.chamber.station)!,
        from: 'other-chambers',
      },
  );
}

/**
 * What chambers of a run let expect of each of some chambers, be it among them or not, as one that could not be fetched meanwhile.
 *
 * @returns levels, in the order of `wanted`; undefined where too few others are there.
 */
export function levelsExpected(
  wanted: readonly ChamberId[],
  chambers: readonly ChamberLevel[],
): (number | undefined)[] {
  return wanted.map((own) => {
    const others = chambers.filter(
      ({ chamber }) => chamber.station === own.station && !isSameChamber(chamber, own),
    );
    return others.length < leastChambers ? undefined : levelFromOthers(own, others);
  });
}

interface InUnits {
  readonly wheel: number;
  readonly sector: number;
  /** Level over what is usual of |wheel|. */
  readonly units: number;
}

function levelFromOthers(own: ChamberId, others: readonly ChamberLevel[]): number {
  const usual = usualLevel[own.station];
  const known = others.map(({ chamber: { wheel, sector }, level }): InUnits => {
    return { wheel, sector, units: level / usual[Math.abs(wheel)]! };
  });
  const station = ofThoseThatLive(known.map(({ units }) => units));
  if (station === 0) return 0;
  const distance = Math.abs(own.wheel);
  const shares = [0, 1, 2].map((each) => shareOfWheel(each, known, station));
  const sector = known
    .filter(({ wheel, sector }) => wheel !== own.wheel && sector === own.sector)
    .map(({ wheel, units }) => units / (station * shares[Math.abs(wheel)]!))
    .sort((a, b) => b - a);
  const shareOfSector = sector.length < leastOfSector ? 1 : held(sector[1]!);
  return usual[distance]! * station * shares[distance]! * shareOfSector;
}

function shareOfWheel(distance: number, known: readonly InUnits[], station: number): number {
  const own = known.filter(({ wheel }) => Math.abs(wheel) === distance).map(({ units }) => units);
  return own.length < leastOfWheel ? 1 : held(ofThoseThatLive(own) / station);
}

function held(share: number): number {
  return Math.min(mostUnusual, Math.max(1 / mostUnusual, share));
}

/** A chamber with less than this share of what the upper quarter of its like have does not count as one that lives. */
const alive = 0.25;

/** The median of those that live, which a third of them is enough for. 0 where none does. */
function ofThoseThatLive(values: readonly number[]): number {
  const least = alive * quantile(values, 0.75);
  return median(values.filter((value) => value >= least));
}

/** How long a past run was over this one, by what chambers counted then over what they count now: the median of those that live. */
export function exposureOf(ratios: readonly number[]): number | undefined {
  if (ratios.length < leastChambers) return undefined;
  const most = quantile(ratios, 0.25) / alive;
  return upperQuantile(
    ratios.filter((ratio) => ratio <= most),
    0.5,
  );
}

/** Chambers are taken to stray by this much at least. */
const leastSpread = 0.08;
/** Standard deviation over the median distance from the middle of a normal distribution. */
const perMedianDistance = 1.4826;
/** Chambers below this share of what is expected are sick, and no measure of the spread. */
const healthy = 0.5;

/** How far the chambers of a station lie from what is expected of them. */
export function spreadByStation(
  chambers: readonly ChamberLevel[],
  expected: readonly (number | undefined)[],
): Map<Station, number> {
  const distances = new Map<Station, number[]>();
  chambers.forEach(({ chamber: { station }, level }, index) => {
    const wanted = expected[index];
    if (wanted === undefined) return;
    const known = distances.get(station) ?? [];
    distances.set(station, known);
    if (wanted > 0 && level > healthy * wanted) known.push(Math.abs(Math.log(level / wanted)));
  });
  return new Map(
    [...distances].map(([station, known]) => [
      station,
      Math.max(leastSpread, known.length > 0 ? perMedianDistance * median(known) : 0),
    ]),
  );
}
