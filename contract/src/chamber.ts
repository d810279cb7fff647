import { z } from 'zod';
import { wholeNumberSchema } from './wholeNumber.ts';
import { layersOf, sectorsOf, stations, wheels, type Station, type Wheel } from './detector.ts';

/** Which chamber: wheel -2..2, station 1..4, sector 1..12 (1..14 in station 4). */
export interface ChamberId {
  wheel: Wheel;
  station: Station;
  sector: number;
}

const oneOf = (values: readonly number[]) => `must be one of ${values.join(', ')}`;

const integerAmong = (values: readonly number[]) =>
  wholeNumberSchema(oneOf(values)).refine((value) => values.includes(value), { error: oneOf(values) });

/** Accepts numbers or decimal strings, as they stand in URLs; refuses chambers that were never built. */
export const chamberIdSchema = z
  .object({
    wheel: integerAmong(wheels).transform((value) => value as Wheel),
    station: integerAmong(stations).transform((value) => value as Station),
    sector: integerAmong(sectorsOf(4)),
  })
  .refine(({ station, sector }) => sectorsOf(station).includes(sector), {
    path: ['sector'],
    error: 'sectors 13 and 14 exist in station 4 only',
  });

const keyPattern = /^W(-?\d)_St(\d)_Sec(\d{1,2})$/;

/** Key of a chamber in names of histograms, e.g. `W-2_St1_Sec3`. */
export function formatChamber({ wheel, station, sector }: ChamberId): string {
  return `W${wheel}_St${station}_Sec${sector}`;
}

/**
 * Reads a key made by {@link formatChamber}.
 *
 * @throws {RangeError} when the text has another form or names a chamber that does not exist.
 */
export function parseChamber(key: string): ChamberId {
  const [, wheel, station, sector] = keyPattern.exec(key) ?? [];
  const parsed = chamberIdSchema.safeParse({ wheel, station, sector });
  if (!parsed.success || formatChamber(parsed.data) !== key) {
    throw new RangeError(`"${key}" is not a chamber: expected W<-2..2>_St<1..4>_Sec<1..14>`);
  }
  return parsed.data;
}

/** Name of a chamber as people say it, e.g. `W-2 MB1 S03`. */
export function chamberLabel({ wheel, station, sector }: ChamberId): string {
  const signed = wheel > 0 ? `+${wheel}` : `${wheel}`;
  return `W${signed} MB${station} S${String(sector).padStart(2, '0')}`;
}

export function isSameChamber(a: ChamberId, b: ChamberId): boolean {
  return a.wheel === b.wheel && a.station === b.station && a.sector === b.sector;
}

/** All 250 chambers: by wheel, then station, then sector. */
export const allChambers: readonly ChamberId[] = wheels.flatMap((wheel) =>
  stations.flatMap((station) => sectorsOf(station).map((sector) => ({ wheel, station, sector }))),
);

export interface LayerId extends ChamberId {
  layer: number;
}

/** All 2,720 layers that hold wires, in the order of {@link allChambers}. */
export const allLayers: readonly LayerId[] = allChambers.flatMap((chamber) =>
  layersOf(chamber.station).map((layer) => ({ ...chamber, layer })),
);
