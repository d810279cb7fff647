/** What the network is told of each layer, in this order. All are of order 1; evidence is the log of 1 + dead cells. */
export const featureNames = [
  // A stretch of the layer that is dead, at a third or at two thirds of what the siblings have there.
  'siblingDead',
  'siblingWeak',
  'siblingLow',
  // Dead cells anywhere in the layer, and the highest spike.
  'singleCells',
  'noise',
  // The whole layer against its siblings.
  'rate',
  'rateSignificance',
  'rateError',
  // The same against the smooth profile of the superlayer; of all four layers; and of all four with this layer agreeing.
  'profileDead',
  'profileWeak',
  'columnDead',
  'columnWeak',
  'jointDead',
  'jointWeak',
  // The superlayer, and this layer, against the chamber's other superlayers.
  'superlayerBelowHighest',
  'superlayerBelowLowest',
  'layerBelowHighest',
  'superlayerError',
  // Against recent good runs of the chamber; all zero when there are none.
  'historyKnown',
  'historyDead',
  'historyWeak',
  'historyRate',
  // What to make of the above.
  'hits',
  'dispersion',
  'columnDispersion',
  'wires',
  'theta',
  'outermostStation',
  'blockDispersion',
  // How far the chamber's layers lie from their siblings, in the median.
  'layerScatter',
  // More of the past: a stretch at two thirds of it; weak in the sum of all four layers; the layer's rate, run lengths known.
  'historyLow',
  'historyColumnWeak',
  'historyFall',
] as const;
export type FeatureName = (typeof featureNames)[number];

export const featureCount = featureNames.length;

/** The first so many are what `shape-and-rate-1` was told. New ones are added at the end, so that it stays what it was. */
export const firstFeatureCount = 29;
