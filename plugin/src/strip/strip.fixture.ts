import {
  chamberSlicesSchema,
  layersOf,
  type ChamberSlice,
  type ChamberSlices,
  type RunChange,
  type SpanLabel,
  type Station,
} from '@dtdqm/contract';

const begin = Date.parse('2026-11-28T14:00:00Z');
const perLayer = 980;

/** A moment so many minutes after the run began; lumisections are 23.3 s each. */
export function moment(minutes: number) {
  const at = new Date(begin + minutes * 60_000).toISOString();
  return { at, lumisection: Math.floor((minutes * 60) / 23.3) };
}

/** Slice number `look` of a healthy chamber, of one minute each. */
export function slice(look: number, changes: Partial<ChamberSlice> = {}, station: Station = 1): ChamberSlice {
  const of = <T>(value: T) =>
    Array.from({ length: 12 }, (_, row) => (layersOf(station).includes(row + 1) ? value : null));
  return {
    from: moment(look - 1),
    to: moment(look),
    look,
    hits: perLayer * layersOf(station).length,
    layerHits: of(perLayer),
    ratios: of(1),
    verdicts: of('good' as const),
    faults: [],
    gap: null,
    ...changes,
  };
}

/** The same with one layer that has `share` of its hits and the verdict. */
export function sliceWith(look: number, layer: number, share: number, verdict: 'good' | 'bad' | 'unknown') {
  const usual = slice(look);
  const change = <T>(values: readonly T[], value: T) =>
    values.map((each, index) => (index === layer - 1 ? value : each));
  return slice(look, {
    layerHits: change(usual.layerHits, Math.round(perLayer * share)),
    ratios: change(usual.ratios, share),
    verdicts: change(usual.verdicts, verdict),
  });
}

/** Layer 5 trips between minutes 5 and 6. */
export const trip: RunChange = {
  run: 380021,
  wheel: 1,
  station: 1,
  sector: 2,
  kind: 'trip',
  layers: [5],
  wires: { first: 1, last: 24 },
  happened: { from: moment(5), to: moment(6) },
  told: moment(6.5),
  ratio: 0.02,
  ratioRange: { low: 0, high: 0.05 },
};

/** What an expert said of the minutes in which layer 5 was off. */
export const spanLabel: SpanLabel = {
  ...{
    id: '7',
    kind: 'label',
    at: moment(20).at,
    by: 'ana',
    run: 380021,
    wheel: 1,
    station: 1,
    sector: 2,
    version: 1,
  },
  span: { from: moment(5), to: moment(8) },
  verdicts: Array.from({ length: 12 }, (_, row) => (row === 4 ? 'bad' : row === 5 ? null : 'good')),
  ...{
    marks: [],
    note: '',
    blind: false,
    seen: { model: null, scores: null },
    queueReason: null,
    seconds: 3,
  },
  ...{ source: 'panel', undoes: null, undoneBy: null, mine: true },
};

export function slices(parts: Partial<ChamberSlices> = {}): ChamberSlices {
  return chamberSlicesSchema.parse({
    params: { run: 380021, wheel: 1, sector: 2, station: 1 },
    slices: Array.from({ length: 10 }, (_, index) => slice(index + 1)),
    waiting: null,
    changes: [],
    ...parts,
  });
}
