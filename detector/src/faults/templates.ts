import type { FaultKind } from '@dtdqm/contract';

/** What a fault looks like. Limits are inclusive; a finding is named after the first template that it fits best. */
export interface FaultTemplate {
  readonly kind: FaultKind;
  /** How many layers of one superlayer show it at the same place; `chamber` means every layer of the chamber. */
  readonly layers: readonly [least: number, most: number] | 'chamber';
  /** Hits found over hits expected inside. */
  readonly ratio: readonly [least: number, most: number];
  /** Width in cells, or as a share of the layer. */
  readonly cells?: readonly [least: number, most: number];
  readonly share?: readonly [least: number, most: number];
  /** The region ends in the middle of the layer and at one of its ends. */
  readonly half?: true;
  /** For people: what usually causes it. */
  readonly cause: string;
  /** Where this is known from. */
  readonly source: string;
}

/** In order of preference: the special before the general. */
export const faultTemplates: readonly FaultTemplate[] = [
  {
    kind: 'dead-chamber',
    layers: 'chamber',
    ratio: [0, 0.05],
    share: [0.9, 1],
    cause: 'power or readout of the chamber',
    source: 'CMS DT data certification: chambers off',
  },
  {
    kind: 'front-end-board',
    layers: [3, 4],
    ratio: [0, 0.25],
    cells: [3, 6],
    cause:
      'a front-end board of 16 channels: four or five neighbouring cells in the four layers of a superlayer',
    source:
      'CMS DT front-end: 16-channel boards; real run 275310, wheel 1, station 2, sector 7, theta wires 5-8',
  },
  {
    kind: 'dead-layer',
    layers: [1, 4],
    ratio: [0, 0.1],
    share: [0.85, 1],
    cause: 'high voltage of the layer off; of all four layers, of the superlayer',
    source: 'CMS DT high voltage: one wire channel per half layer',
  },
  {
    kind: 'dead-half',
    layers: [1, 4],
    ratio: [0, 0.15],
    half: true,
    cause: 'a high-voltage trip, which acts on half layers',
    source: 'CMS DT high voltage: one wire channel per half layer',
  },
  {
    kind: 'dead-region',
    layers: [1, 4],
    ratio: [0, 0.25],
    cells: [3, 200],
    share: [0, 0.85],
    cause: 'readout channels: groups of 16 or 32 neighbouring cells, or a few cells',
    source: 'real run 273158, wheel 0, station 2, sector 12, layer 1; real run 275310',
  },
  {
    kind: 'weak-layer',
    layers: [1, 4],
    ratio: [0, 0.95],
    share: [0.85, 1],
    cause: 'lowered high voltage: the shape is normal, the level is not',
    source: 'real run 302634 at 3200 V: 11 % of the siblings; real run 304740 at 3450 V: 83 %',
  },
  {
    kind: 'weak-region',
    layers: [1, 4],
    ratio: [0, 0.95],
    cells: [1, 200],
    cause: 'threshold, timing or voltage of part of a layer',
    source: 'voltage acts on half layers; readout on groups of cells',
  },
];
