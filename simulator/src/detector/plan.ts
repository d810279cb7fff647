import { allChambers, type ChamberId } from '@dtdqm/contract';
import { type Random, integer, pick, randomOf, uniform } from '@dtdqm/contract/random';
import { drawMeasured, type InjectedFault } from './faults.ts';
import type { MeasuredFault } from './kinds.ts';
import { type InRunFault, type RunScript } from './runScript.ts';
import { lumisectionSeconds } from './sequence.ts';

/** What trips inside of runs, by which the time to detection is measured. */
export const tripKinds = ['dead half layer', 'dead layer', 'dead board', 'layer at 50 %'] as const;
export type TripKind = (typeof tripKinds)[number];

const forms: Readonly<Record<TripKind, Omit<MeasuredFault, 'name'>>> = {
  'dead half layer': { kind: 'dead-half', form: { level: 0 } },
  'dead layer': { kind: 'dead-layer', form: { level: 0 } },
  'dead board': { kind: 'front-end-board', form: { wires: 5, level: 0 } },
  'layer at 50 %': { kind: 'weak-layer', form: { level: 0.5 } },
};

/** A fault of that kind somewhere in the chamber, between two seconds of a run. */
export function drawTrip(
  name: TripKind,
  chamber: ChamberId,
  random: Random,
  hours: { from: number; to: number; course?: InRunFault['course'] },
): InRunFault {
  // All chambers have places for these.
  const { kind, layers, wires, level } = drawMeasured(
    { name, ...forms[name] },
    chamber,
    random,
  ) as InjectedFault;
  return { chamber, kind, layers: [...layers], wires, level, course: { how: 'steady' }, ...hours };
}

/**
 * A run for people to watch, by seed: an hour or two, in which a half layer of an outer chamber of MB1, where most hits come, trips first, at a
 * known second, and recovers minutes later; then something else happens every ten minutes or so.
 *
 * @param chambers in which something may happen.
 */
export function planRun(
  seed: number | string,
  run: number,
  { firstTrip = 180, chambers = allChambers }: { firstTrip?: number; chambers?: readonly ChamberId[] } = {},
): RunScript {
  const random = randomOf(seed, 'in progress', run);
  const inner = chambers.filter(({ station }) => station < 4);
  const outermost = chambers.filter(({ station, wheel }) => station === 1 && Math.abs(wheel) === 2);
  const lumisections = integer(random, 180, 320);
  const end = lumisections * lumisectionSeconds;
  const recovered = firstTrip + uniform(random, 240, 420);
  const faults = [
    drawTrip('dead half layer', pick(random, outermost), random, { from: firstTrip, to: recovered }),
  ];
  for (let from = recovered; (from += uniform(random, 400, 900)) < end - 300;)
    faults.push(drawEvent(pick(random, inner), from, end, random));
  return { lumisections, halfLifeHours: 10, rate: [], faults };
}

function drawEvent(chamber: ChamberId, from: number, end: number, random: Random): InRunFault {
  const how = pick(random, ['trip', 'trip', 'trip', 'stays', 'flickers', 'sinks'] as const);
  const to = Math.min(end, from + uniform(random, 300, 1500));
  switch (how) {
    case 'trip':
      return drawTrip(pick(random, tripKinds), chamber, random, { from, to });
    case 'stays':
      return drawTrip(pick(random, tripKinds), chamber, random, { from, to: end });
    case 'flickers': {
      const [on, off] = [uniform(random, 100, 300), uniform(random, 100, 300)];
      return drawTrip('dead half layer', chamber, random, { from, to, course: { how, on, off } });
    }
    case 'sinks': {
      const course = { how, within: uniform(random, 900, 2400) };
      return { ...drawTrip('dead layer', chamber, random, { from, to: end, course }), level: 0.3 };
    }
  }
}
