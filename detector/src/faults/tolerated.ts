import type { Fault, FaultKind } from '@dtdqm/contract';
import type { Thresholds } from '../preprocessing/preprocessing.ts';

/**
 * Faults that are listed and do not make a layer bad, since how much of them is borne is a matter of taste: labels teach from which degree on a layer
 * is bad. By the names of those limits among a model's thresholds; training on simulation sets none.
 */
export const toleranceNames = {
  'hot-layer': 'hotLayerFrom',
  'noisy-region': 'noisyRegionFrom',
  'scattered-dead': 'scatteredDeadFrom',
  'uneven-layer': 'unevenLayerFrom',
} as const satisfies Partial<Record<FaultKind, string>>;

export type ToleratedKind = keyof typeof toleranceNames;
export const toleratedKinds = Object.keys(toleranceNames) as ToleratedKind[];

/** How much of a tolerated kind there is: hits found over hits expected, number of dead wires, or unevenness. */
export interface Degree {
  readonly kind: ToleratedKind;
  readonly degree: number;
}

/** Undefined for faults of other kinds. */
export function degreeOf({ kind, ratio, only, unevenness }: Fault): Degree | undefined {
  const degree = {
    'hot-layer': ratio,
    'noisy-region': ratio,
    'scattered-dead': only?.length,
    'uneven-layer': unevenness,
  }[kind as ToleratedKind];
  return degree === undefined ? undefined : { kind: kind as ToleratedKind, degree };
}

/** The limits of a model for what is tolerated, as far as it was taught some. */
export function tolerancesOf(thresholds: Thresholds): Degree[] {
  return toleratedKinds.flatMap((kind) => {
    const degree = thresholds[toleranceNames[kind]];
    return degree === undefined ? [] : [{ kind, degree }];
  });
}

/** Whether labels taught the model that a layer with so much of it is bad. */
export function isBeyondTolerance(fault: Fault, thresholds: Thresholds): boolean {
  const own = degreeOf(fault);
  return own !== undefined && own.degree >= (thresholds[toleranceNames[own.kind]] ?? Infinity);
}
