import {
  type ChamberId,
  chamberOfKey,
  layersOf,
  rowsPerChamber,
  wholeNumberSchema,
  allChambers,
} from '@dtdqm/contract';
import { z } from 'zod';
import { type InjectedFault, drawMeasured } from './faults.ts';
import { wireNumbers } from './geometry.ts';
import { injectedKinds, type MeasuredFault } from './kinds.ts';
import { lumisectionSeconds } from './sequence.ts';
import { type Random, integer, pick, randomOf, uniform } from '@dtdqm/contract/random';

const seconds = z.number().min(0).max(1e7);
const layer = wholeNumberSchema(1, rowsPerChamber);
const wire = z.int().min(1).max(200);

/** How a fault goes on while it is there. */
const courseSchema = z.discriminatedUnion('how', [
  z.strictObject({ how: z.literal('steady') }),
  /** Falls from healthy to its level within so many seconds, evenly. */
  z.strictObject({ how: z.literal('sinks'), within: z.number().min(1).max(1e6) }),
  /** There for so many seconds, then away for so many, again and again. */
  z.strictObject({ how: z.literal('flickers'), on: z.number().min(1), off: z.number().min(1) }),
]);

/** A fault with its place and its hours. Times are seconds since the run began. */
const faultSchema = z
  .strictObject({
    chamber: z
      .string()
      .transform(chamberOfKey)
      .refine((chamber) => chamber !== null, { error: 'must be a chamber such as W-2_St1_Sec3' }),
    kind: z.enum(injectedKinds).default('dead-layer'),
    layers: z.array(layer).min(1),
    /** All of them unless stated. */
    wires: z.strictObject({ first: wire, last: wire }).optional(),
    level: z.number().min(0).max(100).default(0),
    from: seconds,
    /** To the end of the run unless stated. */
    to: seconds.optional(),
    course: courseSchema.default({ how: 'steady' }),
  })
  .refine(({ from, to = Infinity }) => to > from, { path: ['to'], error: 'must be later than from' })
  .refine(
    ({ chamber, layers }) =>
      chamber === null || layers.every((each) => layersOf(chamber.station).includes(each)),
    { path: ['layers'], error: 'must be layers that the chamber has' },
  )
  .transform(({ chamber, wires, to = Infinity, ...fault }) => {
    // Refused above where it is none.
    const place = chamber!;
    return { ...fault, chamber: place, wires: wires ?? allWires(place, fault.layers), to };
  });

/** What happens in a run: how long it is, how the rate goes, and what trips when. A file of it is JSON. */
const runScriptSchema = z.strictObject({
  lumisections: z.int().min(1).max(100_000),
  /** Hours in which the luminosity falls to half; 0 keeps it. Runs of 2018 lost some 30 % in five hours. */
  halfLifeHours: z.number().min(0).default(10),
  /** Seconds in which the rate is that many times what it would be: 0 is a pause, 0.1 a separation scan. */
  rate: z
    .array(
      z
        .strictObject({ from: seconds, to: seconds, level: z.number().min(0).max(100) })
        .refine(({ from, to }) => to > from, { path: ['to'], error: 'must be later than from' }),
    )
    .default([]),
  faults: z.array(faultSchema).default([]),
});
export type RunScript = z.output<typeof runScriptSchema>;
export type InRunFault = RunScript['faults'][number];

/** @throws {RangeError} that names every faulty field. */
export function checkRunScript(script: unknown): RunScript {
  const parsed = runScriptSchema.safeParse(script);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'script'}: ${message}`);
  throw new RangeError(`script of a run: ${faults.join('; ')}`);
}

function allWires(chamber: ChamberId, layers: readonly number[]) {
  const numbers = layers.map((each) => wireNumbers(chamber, each));
  return {
    first: Math.min(...numbers.map(({ first }) => first)),
    last: Math.max(...numbers.map(({ last }) => last)),
  };
}

/** How much of a fault there is at a second of the run: 0 nothing, 1 all of it. */
export function strengthAt({ from, to, course }: InRunFault, second: number): number {
  if (second < from || second >= to) return 0;
  switch (course.how) {
    case 'steady':
      return 1;
    case 'sinks':
      return Math.min(1, (second - from) / course.within);
    case 'flickers':
      return (second - from) % (course.on + course.off) < course.on ? 1 : 0;
  }
}

/** Seconds of a lumisection (from 1), one sample a second. */
function secondsOf(lumisection: number): number[] {
  const samples = Math.ceil(lumisectionSeconds);
  return Array.from(
    { length: samples },
    (_, index) => (lumisection - 1 + (index + 0.5) / samples) * lumisectionSeconds,
  );
}

/** The fault as it counts in one lumisection: its level is the mean over that time. Null where it is not there. */
export function inLumisection(fault: InRunFault, lumisection: number): InjectedFault | null {
  const at = secondsOf(lumisection).map((second) => strengthAt(fault, second));
  const strength = at.reduce((sum, each) => sum + each, 0) / at.length;
  if (strength === 0) return null;
  const { kind, layers, wires, level } = fault;
  return { kind, layers, wires, level: 1 + (level - 1) * strength, bad: level < 1 };
}

/** Rate in one lumisection over that of the run's first second. */
export function rateIn({ halfLifeHours, rate }: RunScript, lumisection: number): number {
  const at = secondsOf(lumisection).map((second) =>
    rate.reduce(
      (level, span) => (second >= span.from && second < span.to ? level * span.level : level),
      halfLifeHours === 0 ? 1 : 2 ** (-second / 3600 / halfLifeHours),
    ),
  );
  return at.reduce((sum, each) => sum + each, 0) / at.length;
}

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
