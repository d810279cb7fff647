export interface Cluster {
  layers: number;
  bad: number;
}

export interface ClusteredShare {
  chambers: number;
  layers: number;
  badShare: number;
  low: number;
  high: number;
}

const z = 1.959964;

/**
 * Share of bad layers with its 95 % Wilson interval, widened by the design effect: layers of a chamber fail together,
 * so twelve of them tell less than twelve of twelve chambers (Korn and Graubard, Analysis of Health Surveys, 1999).
 * Null without a judged layer.
 */
export function clusteredShare(chambers: readonly Cluster[]): ClusteredShare | null {
  const judged = chambers.filter(({ layers }) => layers > 0);
  const layers = judged.reduce((sum, chamber) => sum + chamber.layers, 0);
  if (layers === 0) return null;
  const share = judged.reduce((sum, chamber) => sum + chamber.bad, 0) / layers;
  const effective = layers / designEffect(judged, layers, share);
  const centre = (share + z ** 2 / (2 * effective)) / (1 + z ** 2 / effective);
  const half =
    (z / (1 + z ** 2 / effective)) *
    Math.sqrt((share * (1 - share)) / effective + z ** 2 / (4 * effective ** 2));
  return {
    chambers: judged.length,
    layers,
    badShare: share,
    low: Math.max(0, Math.min(share, centre - half)),
    high: Math.min(1, Math.max(share, centre + half)),
  };
}

/** Variance of the share by whole chambers over that by independent layers; at least 1, at most the layers of a chamber. */
function designEffect(chambers: readonly Cluster[], layers: number, share: number): number {
  const perChamber = layers / chambers.length;
  const independent = (share * (1 - share)) / layers;
  if (independent === 0 || chambers.length < 2) return perChamber;
  const residuals = chambers.reduce((sum, { bad, layers: own }) => sum + (bad - share * own) ** 2, 0);
  const clustered = (residuals / layers ** 2) * (chambers.length / (chambers.length - 1));
  return Math.min(perChamber, Math.max(1, clustered / independent));
}
