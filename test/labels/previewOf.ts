import type { LabelPreview } from '@dtdqm/contract';

/** What labels would do as a worker stores it: two layers of a run more, one fewer. @param newestEvent the last label that it knows. */
export function previewOf(run: number, newestEvent: string): LabelPreview {
  const chamber = 'W1_St2_Sec3';
  const labelled = { run, chamber, layer: 7, label: 'bad', before: 0.1, after: 0.95 } as const;
  return {
    madeAt: new Date().toISOString(),
    seconds: 6.4,
    model: 'test@1.0.0',
    newestEvent,
    labels: { chambers: 40, good: 400, bad: 9, doubted: 1 },
    outlook: {
      runs: { first: run, last: run, count: 1 },
      layers: 2720,
      more: {
        count: 2,
        labelledSo: 1,
        listed: [labelled, { ...labelled, layer: 8, label: null, after: 0.7 }],
      },
      fewer: {
        count: 1,
        labelledSo: 0,
        listed: [{ ...labelled, layer: 1, label: null, before: 0.8, after: 0.2 }],
      },
      labelledGood: { layers: 400, before: 1, after: 3 },
      labelledBad: { layers: 9, before: 4, after: 9 },
    },
  };
}
