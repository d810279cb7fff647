/** What the network is told of each layer, in this order. All are of order 1; evidence is in whole dead cells. */
export const featureNames = [
  // Against the siblings, at three levels that a fault may leave: dead, a third, two thirds.
  'siblingDead',
  'siblingDeadLength',
  'siblingDeadRatio',
  'siblingWeak',
  'siblingWeakLength',
  'siblingWeakRatio',
  'siblingLow',
  'siblingLowLength',
  'siblingLowRatio',
  // The whole layer against its siblings.
  'rate',
  'rateSignificance',
  'rateError',
  // Against the smooth profile of the superlayer.
  'profileDead',
  'profileDeadLength',
  'profileDeadRatio',
  'profileWeak',
  'profileWeakLength',
  'profileWeakRatio',
  // All four layers together against that profile, and what this layer has there.
  'columnDead',
  'columnDeadLength',
  'columnDeadRatio',
  'columnDeadOwn',
  'columnWeak',
  'columnWeakLength',
  'columnWeakRatio',
  'columnWeakOwn',
  // The superlayer against the chamber's others.
  'superlayerBelowHighest',
  'superlayerBelowLowest',
  'superlayerError',
  'layerBelowHighest',
  // What to make of the above.
  'hits',
  'dispersion',
  'columnDispersion',
  'wires',
  'theta',
  'outermostStation',
  'singleCells',
  'noise',
  // Against recent good runs of the chamber; all zero when there are none.
  'historyKnown',
  'historyDead',
  'historyWeak',
  'historyRate',
] as const;
export type FeatureName = (typeof featureNames)[number];

export const featureCount = featureNames.length;
