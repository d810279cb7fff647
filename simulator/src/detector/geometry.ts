import {
  layerInSuperlayer,
  layersPerSuperlayer,
  mb4Wires,
  superlayerOfLayer,
  type ChamberId,
} from '@dtdqm/contract';

/** Wires of the four layers of a phi superlayer, as real histograms show them (MB1-3). */
const phiWires: Readonly<Record<1 | 2 | 3, readonly number[]>> = {
  1: [49, 49, 49, 48],
  2: [59, 60, 60, 59],
  3: [71, 72, 72, 71],
};

const thetaWires = [57, 57, 57, 56];

/** The solenoid's chimneys cut the theta superlayers of two sectors short. */
const chimneyThetaWires = [48, 48, 48, 47];
const chimneys: readonly { wheel: number; sector: number }[] = [
  { wheel: -1, sector: 3 },
  { wheel: 1, sector: 4 },
];

export function isChimney({ wheel, station, sector }: ChamberId): boolean {
  return station !== 4 && chimneys.some((chimney) => chimney.wheel === wheel && chimney.sector === sector);
}

/** Wires of one layer 1..12; 0 where the station has no such layer. Source: widths of real DQM histograms. */
export function wiresInLayer(chamber: ChamberId, layer: number): number {
  const { station, sector } = chamber;
  const isTheta = superlayerOfLayer(layer) === 2;
  const inSuperlayer = layerInSuperlayer(layer) - 1;
  if (station === 4) {
    if (isTheta) return 0;
    const widest = mb4Wires[sector]!;
    return inSuperlayer === 0 || inSuperlayer === 3 ? widest - 1 : widest;
  }
  if (isTheta) {
    return (isChimney(chamber) ? chimneyThetaWires : thetaWires)[inSuperlayer]!;
  }
  return phiWires[station][inSuperlayer]!;
}

/**
 * Where the wires of a layer begin and end: their numbers, which are their columns in the histogram. The fourth layer of a superlayer
 * begins at wire 2, so that a -1 stands at the left end of its row. Source: a whole reply of the real server (run 317111, wheel -1,
 * station 1, sector 2); the dead boards of run 275310, wheel 1, station 2, sector 7 line up in all four layers only like this.
 *
 * @param layer 1..12, of a layer that exists.
 */
export function wireNumbers(chamber: ChamberId, layer: number): { first: number; last: number } {
  const first = layerInSuperlayer(layer) === layersPerSuperlayer ? 2 : 1;
  return { first, last: first + wiresInLayer(chamber, layer) - 1 };
}

/** Wires of layers 1..12, at index 0..11. */
export function wiresPerLayer(chamber: ChamberId): number[] {
  return Array.from({ length: 12 }, (_, row) => wiresInLayer(chamber, row + 1));
}
