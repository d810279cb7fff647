/** How far healthy detectors differ from the average one. Fractions unless stated; sd = one standard deviation. */
export interface HealthySpread {
  /** Chamber's level against its station's, sd of the logarithm. */
  chamberLevel: number;
  /** A superlayer's level against the chamber's, sd of the logarithm. */
  superlayerLevel: number;
  /** A layer's level against its superlayer's, sd. */
  layerLevel: number;
  /** A wire's level against its column's, sd. */
  wireLevel: number;
  /** Smooth deviation of a superlayer's profile from the average one: sd of the first Chebyshev term, later ones fall off. */
  smooth: number;
  /** The same for a layer against its superlayer. */
  layerSmooth: number;
  /** Local bumps common to a superlayer: mean number, and sd of their height. */
  bumps: number;
  bumpHeight: number;
  /** Level of the outermost cells. */
  edge: readonly [low: number, high: number];
  /** Probability that a readout group of a superlayer runs at another level, as theta wires 1-32 of a real healthy chamber do. */
  step: number;
  stepLevel: readonly [low: number, high: number];
  /** Share of hits from muons that cross all four layers, which makes siblings fluctuate together. */
  trackShare: readonly [low: number, high: number];
  /** Probability that counts come in lumps (a hit counted several times), and how large these are. */
  lumpy: number;
  lumpSize: readonly [low: number, high: number];
  /** Isolated dead, weak and noisy cells per layer, means. */
  deadCells: number;
  weakCells: number;
  noisyCells: number;
}

/** Matches the real healthy chambers (simulator/README.md). */
export const calibratedSpread: HealthySpread = {
  chamberLevel: 0.06,
  superlayerLevel: 0.05,
  layerLevel: 0.011,
  wireLevel: 0.02,
  smooth: 0.07,
  layerSmooth: 0.008,
  bumps: 0.8,
  bumpHeight: 0.08,
  edge: [0.86, 1.02],
  step: 0.02,
  stepLevel: [0.68, 0.92],
  trackShare: [0.1, 0.5],
  lumpy: 0.1,
  lumpSize: [1.4, 3],
  deadCells: 0.1,
  weakCells: 0.02,
  noisyCells: 0.02,
};

/** Wider than reality on every count: what a detector of faults should be trained on. */
export const wideSpread: HealthySpread = {
  chamberLevel: 0.3,
  superlayerLevel: 0.12,
  layerLevel: 0.022,
  wireLevel: 0.035,
  smooth: 0.14,
  layerSmooth: 0.016,
  bumps: 1.5,
  bumpHeight: 0.13,
  edge: [0.55, 1.25],
  step: 0.06,
  stepLevel: [0.66, 0.95],
  trackShare: [0, 0.8],
  lumpy: 0.2,
  lumpSize: [1.2, 4],
  deadCells: 0.12,
  weakCells: 0.05,
  noisyCells: 0.06,
};
