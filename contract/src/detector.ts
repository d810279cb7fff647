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
export const layersPerSuperlayer = 4;

/** Layer numbers 1..12, as experts and the original tool count them (layer 9 is superlayer 3, layer 1). */
export const layerNumbers = Array.from({ length: rowsPerChamber }, (_, row) => row + 1);

/** Sectors of a station: 1..12, and 13 and 14 in station 4 only, where sectors 4 and 10 are split in two. */
export function sectorsOf(station: Station): number[] {
  return Array.from({ length: station === 4 ? 14 : 12 }, (_, index) => index + 1);
}

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
