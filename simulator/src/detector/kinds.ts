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
  'weak-board',
  'scattered-dead',
  'edge-dead',
  'sloping-layer',
  'hot-layer',
  'noisy-region',
  'copied-layer',
  'swapped-layers',
  'reversed-layer',
  'shifted-layer',
] as const;
export type InjectedKind = (typeof injectedKinds)[number];

export type Range = readonly [low: number, high: number];

/** Counts of a layer that come from elsewhere: of a neighbour, of its own wires in another order, or exchanged with a neighbour. */
export type Mapping = 'copied' | 'swapped' | 'reversed' | 'shifted';

/** Where a fault lies in a chamber, and how deep it is; what is not fixed is drawn. */
export interface FaultForm {
  readonly layers: 'one' | 'superlayer' | 'theta' | 'phi' | 'chamber';
  /** Neighbouring wires; half of the layer as high voltage is fed to it. */
  readonly wires: 'all' | 'half' | number | Range;
  /** They begin at the first wire or end at the last. */
  readonly at?: 'edge';
  /** Only every second (or so) of them. */
  readonly every?: number | Range;
  /** The level is reached at one end of them; at the other it is that of a healthy layer. */
  readonly slope?: true;
  /** What a wire inside counts over what it would count healthy; `dead` leaves a trickle of noise now and then. */
  readonly level: 'dead' | number | Range | { readonly dead: number; readonly otherwise: Range };
  readonly mapping?: Mapping;
  /** Wires by which a shifted layer is off. */
  readonly by?: number;
}

/** How faults of one kind come about. Sources: the project's design, section 2. */
export interface KindOfFault extends FaultForm {
  /** Whether an expert calls the layers bad for it: not for single cells, nor for more hits than usual. */
  readonly bad: boolean;
  /** Level up to which it is drawn for training, where what can hardly be seen must be shown, too. */
  readonly faintest?: number;
  /** How often it is drawn for training, over the others; what is hard to tell is drawn more often. */
  readonly training: number;
  /**
   * How often it begins in simulated runs, over the others: mostly what single chambers suffer, whole chambers seldom, and of layers that are
   * mixed up the kind that shows in every run.
   */
  readonly inRuns: number;
}

export const kindsOfFault: Readonly<Record<InjectedKind, KindOfFault>> = {
  'dead-cells': { layers: 'one', wires: [1, 2], level: 0, bad: false, training: 5, inRuns: 3 },
  'noisy-cell': { layers: 'one', wires: 1, level: [3, 100], bad: false, training: 6, inRuns: 2 },
  // High voltage is fed to half layers.
  'dead-half': { layers: 'one', wires: 'half', level: 'dead', bad: true, training: 2, inRuns: 3 },
  'dead-layer': { layers: 'one', wires: 'all', level: 'dead', bad: true, training: 2, inRuns: 3 },
  'dead-region': { layers: 'one', wires: [4, 20], level: 'dead', bad: true, training: 8, inRuns: 2 },
  // Real run 302634: 11 % at 3200 V; run 304740: 83 % at 3450 V.
  'weak-layer': {
    layers: 'one',
    wires: 'all',
    level: [0.05, 0.86],
    bad: true,
    faintest: 0.9,
    training: 10,
    inRuns: 2,
  },
  'weak-half': {
    layers: 'one',
    wires: 'half',
    level: [0.05, 0.6],
    bad: true,
    faintest: 0.88,
    training: 5,
    inRuns: 2,
  },
  'weak-region': {
    layers: 'one',
    wires: [8, 24],
    level: [0.1, 0.45],
    bad: true,
    faintest: 0.7,
    training: 7,
    inRuns: 2,
  },
  // A front-end board reads 16 channels: four or five neighbouring cells of all four layers.
  'front-end-board': {
    layers: 'superlayer',
    wires: [4, 5],
    level: 'dead',
    bad: true,
    training: 3,
    inRuns: 3,
  },
  'readout-group': {
    layers: 'superlayer',
    wires: [8, 32],
    level: { dead: 0.75, otherwise: [0.05, 0.3] },
    bad: true,
    training: 4,
    inRuns: 2,
  },
  'chamber-readout-group': {
    layers: 'chamber',
    wires: [8, 20],
    level: 'dead',
    bad: true,
    training: 1.5,
    inRuns: 2,
  },
  'dead-superlayer': {
    layers: 'superlayer',
    wires: 'all',
    level: 'dead',
    bad: true,
    training: 1.5,
    inRuns: 2,
  },
  'weak-superlayer': {
    layers: 'superlayer',
    wires: 'all',
    level: [0.05, 0.5],
    bad: true,
    faintest: 0.9,
    training: 9,
    inRuns: 2,
  },
  // Without any hit there is nothing to learn; the judge knows what to say.
  'dead-chamber': { layers: 'chamber', wires: 'all', level: 0, bad: true, training: 0, inRuns: 1 },
  'low-statistics': {
    layers: 'chamber',
    wires: 'all',
    level: [0.005, 0.05],
    bad: false,
    training: 0.5,
    inRuns: 0,
  },
  'weak-board': {
    layers: 'superlayer',
    wires: [4, 5],
    level: [0.05, 0.6],
    bad: true,
    faintest: 0.75,
    training: 8,
    inRuns: 1,
  },
  'scattered-dead': {
    layers: 'one',
    wires: [8, 32],
    every: [2, 3],
    level: 'dead',
    bad: true,
    training: 6,
    inRuns: 1,
  },
  'edge-dead': { layers: 'one', wires: [3, 5], at: 'edge', level: 'dead', bad: true, training: 4, inRuns: 1 },
  'sloping-layer': {
    layers: 'one',
    wires: 'all',
    slope: true,
    level: [0.2, 0.7],
    bad: true,
    faintest: 0.8,
    training: 5,
    inRuns: 1,
  },
  'hot-layer': { layers: 'one', wires: 'all', level: [1.15, 2], bad: false, training: 1, inRuns: 1 },
  'noisy-region': { layers: 'one', wires: [5, 16], level: [1.6, 10], bad: false, training: 1, inRuns: 1 },
  // Cables or tables mixed up: counts come whole from other wires, so no network that weighs what lacks can learn them.
  'copied-layer': {
    layers: 'one',
    wires: 'all',
    level: 1,
    mapping: 'copied',
    bad: true,
    training: 0,
    inRuns: 1,
  },
  'swapped-layers': {
    layers: 'one',
    wires: 'all',
    level: 1,
    mapping: 'swapped',
    bad: true,
    training: 0,
    inRuns: 0,
  },
  'reversed-layer': {
    layers: 'one',
    wires: 'all',
    level: 1,
    mapping: 'reversed',
    bad: true,
    training: 0,
    inRuns: 0,
  },
  'shifted-layer': {
    layers: 'one',
    wires: 'all',
    level: 1,
    mapping: 'shifted',
    by: 8,
    bad: true,
    training: 0,
    inRuns: 0,
  },
};

/** One strength of a kind at which detectors are measured, with the share to be found. */
export interface MeasuredFault {
  readonly name: string;
  readonly kind: InjectedKind;
  /** What is fixed of the kind's form. */
  readonly form: Partial<FaultForm>;
  /** At 0.2 % false alarms, without a past and with three good runs before; absent where nobody can ask for it. */
  readonly goal?: { readonly alone?: number; readonly withPast?: number };
}

const measured = (
  name: string,
  kind: InjectedKind,
  form: Partial<FaultForm> = {},
  alone?: number,
  withPast?: number,
): MeasuredFault => ({
  name,
  kind,
  form,
  goal: { ...(alone === undefined ? {} : { alone }), ...(withPast === undefined ? {} : { withPast }) },
});

/** The table that every model is measured by: strong faults first, which any model must find, then what hides. */
export const measuredFaults: readonly MeasuredFault[] = [
  measured('dead layer', 'dead-layer', { level: 0 }, 1, 1),
  measured('dead half', 'dead-half', { level: 0 }, 1, 1),
  measured('half at 25 %', 'weak-half', { level: 0.25 }, 1, 1),
  measured('16 dead wires', 'dead-region', { wires: 16, level: 0 }, 1, 1),
  measured('8 dead wires', 'dead-region', { wires: 8, level: 0 }, 0.98, 0.98),
  measured('4 dead wires', 'dead-region', { wires: 4, level: 0 }, 0.6, 0.6),
  measured('layer at 30 %', 'weak-layer', { level: 0.3 }, 1, 1),
  measured('layer at 70 %', 'weak-layer', { level: 0.7 }, 0.97, 0.97),
  measured('dead board', 'front-end-board', { wires: 5, level: 0 }, 0.95, 0.95),
  measured('8 dead wires in four layers', 'readout-group', { wires: 8, level: 0 }, 0.95, 0.95),
  measured('16 dead wires in all layers', 'chamber-readout-group', { wires: 16, level: 0 }, 0.99, 0.99),
  measured('dead superlayer', 'dead-superlayer', { level: 0 }, 1, 1),
  measured('superlayer at 50 %', 'weak-superlayer', { level: 0.5 }, 0.95, 0.98),
  measured('theta superlayer at 70 %', 'weak-superlayer', { layers: 'theta', level: 0.7 }, 0.9, 0.98),
  measured('phi superlayer at 70 %', 'weak-superlayer', { layers: 'phi', level: 0.7 }, 0.9, 0.98),
  measured('theta superlayer at 85 %', 'weak-superlayer', { layers: 'theta', level: 0.85 }, undefined, 0.5),
  measured('board at 50 %', 'weak-board', { wires: 5, level: 0.5 }, 0.35, 0.85),
  measured('chamber at 80 %', 'low-statistics', { level: 0.8 }, undefined, 0.5),
  measured('chamber at 50 %', 'low-statistics', { level: 0.5 }, undefined, 0.95),
  measured('every second wire of 16 dead', 'scattered-dead', { wires: 16, every: 2, level: 0 }, 0.9, 0.9),
  measured('three dead wires at the edge', 'edge-dead', { wires: 3, level: 0 }, 0.8, 0.8),
  measured('layer at 85 %', 'weak-layer', { level: 0.85 }, 0.5, 0.5),
  measured('half layer at 80 %', 'weak-half', { level: 0.8 }, 0.45, 0.45),
  measured('slope from 100 to 60 %', 'sloping-layer', { level: 0.6 }, 0.85, 0.85),
  measured('16 wires at 50 %', 'weak-region', { wires: 16, level: 0.5 }, 0.97, 0.97),
  measured('layer 30 % hotter', 'hot-layer', { level: 1.3 }, 0.8, 0.8),
  measured('8 wires three times as hot', 'noisy-region', { wires: 8, level: 3 }, 0.9, 0.9),
  measured('layer copied from its neighbour', 'copied-layer', {}, 1, 1),
  measured('two layers swapped', 'swapped-layers'),
  measured('layer reversed', 'reversed-layer', {}, undefined, 0.9),
  measured('layer shifted by 8', 'shifted-layer', {}, undefined, 0.9),
];
