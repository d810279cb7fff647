/** Faults that the simulator can inject; the monitor's own names (contract) are fewer, as it cannot tell causes apart. */
export const injectedKinds = [
  'dead-cells',
  'noisy-cell',
  'dead-half',
  'dead-layer',
  'dead-region',
  'weak-layer',
  'weak-half',
  'weak-region',
  'front-end-board',
  'readout-group',
  'chamber-readout-group',
  'dead-superlayer',
  'weak-superlayer',
  'dead-chamber',
  'low-statistics',
] as const;
export type InjectedKind = (typeof injectedKinds)[number];

/** One fault with its truth. */
export interface InjectedFault {
  readonly kind: InjectedKind;
  /** Layers 1..12 that it touches. */
  readonly layers: readonly number[];
  /** Wires from 1, both ends included. */
  readonly wires: { readonly first: number; readonly last: number };
  /** By how many wires the run lies off in some of the layers, which are staggered by half a cell. */
  readonly shifts?: Readonly<Partial<Record<number, number>>>;
  /** What a wire inside counts, over what it would count healthy: 0 dead, 0.3 weak, 10 noisy. */
  readonly level: number;
  /** Whether an expert calls the layers bad for it: not for single cells, nor for a short run. */
  readonly bad: boolean;
}

/** Layers that an expert calls bad, ascending. */
export function badLayersOf(faults: readonly InjectedFault[]): number[] {
  const bad = faults.filter((fault) => fault.bad).flatMap(({ layers }) => layers);
  return [...new Set(bad)].sort((a, b) => a - b);
}
