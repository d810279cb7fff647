import { z } from 'zod';
import { wholeNumberSchema } from './api.ts';

/**
 * The geometry of the CMS drift-tube barrel: what exists, and how histogram rows number it.
 *
 * Source: CMS muon DT convention as the DQM histograms use it; row = (superlayer - 1) * 4 + layer in superlayer.
 */

export const wheels = [-2, -1, 0, 1, 2] as const;
export const stations = [1, 2, 3, 4] as const;
export const superlayers = [1, 2, 3] as const;

export type Wheel = (typeof wheels)[number];
export type Station = (typeof stations)[number];
export type Superlayer = (typeof superlayers)[number];
export type SuperlayerKind = 'phi' | 'theta';

/** Rows of every chamber histogram, with or without wires. */
export const rowsPerChamber = 12;
/** A list with an entry for each of layers 1..12. Two bounds, because the OpenAPI document would not tell a length. */
export function perLayerSchema<Item extends z.ZodType>(item: Item) {
  return z.array(item).min(rowsPerChamber).max(rowsPerChamber);
}

export const layersPerSuperlayer = 4;

/** Layer numbers 1..12, as experts and the original tool count them (layer 9 is superlayer 3, layer 1). */
export const layerNumbers = Array.from({ length: rowsPerChamber }, (_, row) => row + 1);

/** Sectors of a station: 1..12, and 13 and 14 in station 4 only, where sectors 4 and 10 are split in two. */
export function sectorsOf(station: Station): number[] {
  return Array.from({ length: station === 4 ? 14 : 12 }, (_, index) => index + 1);
}

/**
 * MB4 chambers differ in width by where they hang: wires of their phi layers by sector, about, as real histograms show them. For what
 * is plausible or simulated; what a chamber has is read from its histogram.
 */
export const mb4Wires: Readonly<Record<number, number>> = {
  1: 96,
  2: 96,
  3: 96,
  4: 72,
  5: 96,
  6: 96,
  7: 96,
  8: 92,
  9: 48,
  10: 60,
  11: 48,
  12: 92,
  13: 72,
  14: 60,
};

/** Superlayers built into the chambers of a station: MB4 has no theta superlayer. */
export function superlayersOf(station: Station): Superlayer[] {
  return station === 4 ? [1, 3] : [1, 2, 3];
}

export function superlayerKind(superlayer: Superlayer): SuperlayerKind {
  return superlayer === 2 ? 'theta' : 'phi';
}

/** Superlayer 1..3 of a layer number 1..12. */
export function superlayerOfLayer(layer: number): Superlayer {
  return (Math.floor((layer - 1) / layersPerSuperlayer) + 1) as Superlayer;
}

/** Layer 1..4 inside its superlayer, of a layer number 1..12. */
export function layerInSuperlayer(layer: number): number {
  return ((layer - 1) % layersPerSuperlayer) + 1;
}

/** Layer numbers (1..12) of one superlayer, inner to outer. */
export function layersOfSuperlayer(superlayer: Superlayer): number[] {
  return [1, 2, 3, 4].map((layer) => (superlayer - 1) * layersPerSuperlayer + layer);
}

/** Layer numbers (1..12) that hold wires in a station: twelve, or eight in MB4. */
export function layersOf(station: Station): number[] {
  return superlayersOf(station).flatMap(layersOfSuperlayer);
}

/** Which chamber: wheel -2..2, station 1..4, sector 1..12 (1..14 in station 4). */
export interface ChamberId {
  wheel: Wheel;
  station: Station;
  sector: number;
}

const oneOf = (values: readonly number[]) => `must be one of ${values.join(', ')}`;

/** Of values without a gap. */
const integerAmong = (values: readonly number[]) =>
  wholeNumberSchema(Math.min(...values), Math.max(...values), oneOf(values));

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
  const chamber = chamberOfKey(key);
  if (chamber === null) {
    throw new RangeError(`"${key}" is not a chamber: expected W<-2..2>_St<1..4>_Sec<1..14>`);
  }
  return chamber;
}

/** As {@link parseChamber}, for keys that people may have typed: null where it throws. */
export function chamberOfKey(key: string): ChamberId | null {
  const [, wheel, station, sector] = keyPattern.exec(key) ?? [];
  const parsed = chamberIdSchema.safeParse({ wheel, station, sector });
  return parsed.success && formatChamber(parsed.data) === key ? parsed.data : null;
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

/** Layers or wires in words: `3, 7-9` of [3, 7, 8, 9]. */
export function formatRanges(numbers: readonly number[]): string {
  const ranges: [number, number][] = [];
  for (const number of numbers) {
    const last = ranges.at(-1);
    if (last && last[1] === number - 1) last[1] = number;
    else ranges.push([number, number]);
  }
  return ranges.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`)).join(', ');
}
