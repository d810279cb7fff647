import type { Incident } from '@dtdqm/contract';

/** A dead layer 4 of W-1 MB2 S07, new in run 380010; more can be said of it. */
export function incidentWith(more: Partial<Incident> = {}): Incident {
  return {
    incident: 1,
    state: 'new',
    condition: 'new',
    kind: 'dead-layer',
    severity: 'critical',
    wheel: -1,
    station: 2,
    sector: 7,
    chamber: 'W-1 MB2 S07',
    layers: [4],
    wires: null,
    spans: [{ layer: 4, first: 1, last: 60 }],
    hardware: 'SL1 L4',
    firstRun: 380010,
    lastRun: 380010,
    inNewestRun: true,
    openedRun: 380010,
    openedAt: '2026-05-04T06:00:00.000Z',
    healedRun: null,
    healedAt: null,
    acknowledgedBy: null,
    shelf: null,
    knownBad: false,
    mergedInto: null,
    evidence: {
      score: 1,
      ratio: 0.11,
      saliencyShare: null,
      confidence: 0.9,
      cells: 60,
      lost: 53,
      sightings: 1,
      misses: 0,
      flickers: false,
      model: 'shape-and-rate@1',
    },
    ...more,
  };
}
