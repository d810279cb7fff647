import type { ChamberModel } from './chamberModel.ts';

export type ScaleKind = 'linear' | 'log';
export type ScaleReach = 'chamber' | 'layer' | 'fixed';

export interface ScaleOptions {
  kind: ScaleKind;
  reach: ScaleReach;
  /** Upper end of a fixed scale, in hits per wire. */
  fixedMax: number;
}

/** Upper ends of the colour scale of layers 1..12, in hits per wire, never below 1. */
export function scaleMaxima(model: ChamberModel, options: ScaleOptions): number[] {
  const maxima = model.layers.map(({ hits, exists }) => (exists ? Math.max(1, ...hits) : 1));
  if (options.reach === 'layer') return maxima;
  const shared = options.reach === 'fixed' ? Math.max(1, options.fixedMax) : Math.max(...maxima);
  return maxima.map(() => shared);
}

/** Place 0..1 of a positive number of hits on a scale that ends at `max`. On a log scale one hit is the low end. */
export function placeOn(kind: ScaleKind, hits: number, max: number): number {
  if (kind === 'linear' || max <= 1) return Math.min(1, hits / max);
  return Math.min(1, Math.max(0, Math.log(Math.max(1, hits)) / Math.log(max)));
}

/** The same, as one of `steps` whole numbers, so that cells of one colour can be drawn as one path. */
export function stepOn(kind: ScaleKind, hits: number, max: number, steps: number): number {
  return Math.min(steps - 1, Math.floor(placeOn(kind, hits, max) * steps));
}

/** Hits that stand at place 0..1 of the scale: the reverse of {@link placeOn}. */
export function hitsAt(kind: ScaleKind, place: number, max: number): number {
  return kind === 'linear' || max <= 1 ? place * max : max ** place;
}
