import {
  allChambers,
  layersOf,
  noScore,
  noWire,
  superlayerOfLayer,
  type ChamberId,
  type Matrix,
} from '@dtdqm/contract';
import type { RunLife } from '@dtdqm/worker/pipeline/runLife';
import type { ChamberResult, RunResult } from '@dtdqm/worker/storage/results';

/** Any matrix of the right shape: theta rows are 57 wires wide, phi rows `width`, and hits differ from cell to cell and chamber to chamber. */
export function syntheticMatrix({ wheel, station, sector }: ChamberId, width = 60, seed = 1): Matrix {
  const wired = layersOf(station);
  const wires = (row: number) => (superlayerOfLayer(row + 1) === 2 ? width - 3 : width);
  const own = seed * 7919 + sector * 31 + station * 5 + (wheel + 2) * 3;
  const none = noWire;
  return Array.from({ length: 12 }, (_, row) => {
    const last = wired.includes(row + 1) ? wires(row) : 0;
    return Array.from({ length: width }, (_, x) => (x < last ? (own + row * 17 + x * 13) % 997 : none));
  });
}

/** A chamber with scores that differ from layer to layer; layer 9 is bad in sector 1. */
export function syntheticChamber(id: ChamberId, seed = 1, width = id.station === 4 ? 96 : 60): ChamberResult {
  const wired = layersOf(id.station);
  const matrix = syntheticMatrix(id, width, seed);
  const isBad = (layer: number) => id.sector === 1 && layer === 9;
  const perLayer = <T>(value: (layer: number) => T, none: T): T[] =>
    Array.from({ length: 12 }, (_, row) => (wired.includes(row + 1) ? value(row + 1) : none));
  return {
    ...id,
    state: 'present',
    matrix,
    verdict: {
      scores: perLayer((layer) => (isBad(layer) ? 0.75 : layer / 64), noScore),
      verdicts: perLayer<'good' | 'bad' | null>((layer) => (isBad(layer) ? 'bad' : 'good'), null),
      faults:
        id.sector === 1
          ? [{ kind: 'weak-layer', layers: [9], wires: null, confidence: 0.5, ratio: 0.25 }]
          : [],
      saliency: matrix.map((row) => row.map((hits, x) => (hits === noWire ? noWire : Math.sin(x) / 8))),
    },
  };
}

/** Of a run that is over and not looked at any more. */
export function finalLife(): RunLife {
  const now = Date.now();
  return { state: 'final', reason: 'said by a test', since: now, grewAt: now, overAt: now, lookAt: null };
}

/** All 250 chambers unless others are given; the model must be registered. */
export function syntheticRun(
  run: number,
  {
    chambers = allChambers.map((chamber) => syntheticChamber(chamber, run)),
    ...overrides
  }: Partial<RunResult> = {},
): RunResult {
  return {
    run,
    dataset: 'Global/Online/ALL',
    model: 'test@1.0.0',
    life: finalLife(),
    error: null,
    chambers,
    ...overrides,
  };
}
