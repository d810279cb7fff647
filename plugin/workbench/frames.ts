import { FieldType, type DataFrame, type Field } from '@grafana/data';
import type {
  ChamberData,
  ChamberHistory,
  ChamberSummary,
  DetectorState,
  RunChambers,
} from '@dtdqm/contract';

/** A data frame of plain columns, as a data source would send it. */
function frameOf(columns: Record<string, readonly unknown[]>, refId = 'A'): DataFrame {
  const fields = Object.entries(columns).map(([name, values]): Field => {
    const isNumber = values.every((value) => value === null || typeof value === 'number');
    return { name, type: isNumber ? FieldType.number : FieldType.string, config: {}, values: [...values] };
  });
  return { refId, fields, length: Math.max(0, ...fields.map(({ values }) => values.length)) };
}

/** A chamber as the view `reporting.occupancy` gives it: one row a wire. */
export function chamberFrames(data: ChamberData, refId = 'A'): DataFrame[] {
  const { run, wheel, station, sector } = data.params;
  const cells = data.matrix.flatMap((row, index) =>
    row.flatMap((hits, cell) =>
      hits < 0
        ? []
        : [{ layer: index + 1, wire: cell + 1, hits, saliency: data.saliency[index]?.[cell] ?? null }],
    ),
  );
  const of = <T>(pick: (cell: (typeof cells)[number]) => T) => cells.map(pick);
  const faults = (layer: number) =>
    [...(data.faults ?? [])]
      .sort((a, b) => b.confidence - a.confidence)
      .find(({ layers }) => layers.includes(layer));
  const label = (layer: number) => {
    const flag = data.evaluation?.bad_layers?.[layer - 1];
    return flag === undefined ? null : flag ? 'bad' : 'good';
  };
  return [
    frameOf(
      {
        run: of(() => run),
        wheel: of(() => wheel),
        station: of(() => station),
        sector: of(() => sector),
        layer: of((cell) => cell.layer),
        wire: of((cell) => cell.wire),
        hits: of((cell) => cell.hits),
        saliency: of((cell) => cell.saliency),
      },
      refId,
    ),
    frameOf(
      {
        layer: data.scores.map((_, index) => index + 1),
        score: data.scores.map((score) => (score < 0 ? null : score)),
        verdict: data.scores.map((_, index) => data.verdicts?.[index] ?? null),
        fault: data.scores.map((_, index) => faults(index + 1)?.kind ?? null),
        label: data.scores.map((_, index) => label(index + 1)),
      },
      `${refId}-layers`,
    ),
  ];
}

/** Scores of a chamber over runs: one row a run and layer. */
export function historyFrame({ runs }: ChamberHistory) {
  const rows = runs.flatMap(({ run, scores }) =>
    scores.flatMap((score, index) => (score < 0 ? [] : [{ run, layer: index + 1, score }])),
  );
  return frameOf(
    {
      run: rows.map(({ run }) => run),
      layer: rows.map(({ layer }) => layer),
      score: rows.map(({ score }) => score),
    },
    'history',
  );
}

/** A run as the view `reporting.chamber_states` gives it: one row a chamber. */
export function barrelFrame({ run, chambers }: RunChambers) {
  const of = <T>(pick: (chamber: ChamberSummary) => T) => chambers.map(pick);
  return frameOf({
    run: of(() => run),
    wheel: of(({ wheel }) => wheel),
    station: of(({ station }) => station),
    sector: of(({ sector }) => sector),
    condition: of(({ condition }) => condition),
    standing: of(({ standing }) => standing),
    in_run: of(({ inRun }) => inRun),
    since_run: of(({ sinceRun }) => sinceRun),
    kind: of(({ kind }) => kind),
    bad_layers: of(({ badLayers }) => badLayers),
    worst_score: of(({ worstScore }) => worstScore),
    hits: of(({ hits }) => hits),
  });
}

/** The detector as `reporting.detector_state()` gives it. */
export function stateFrame({ headline, quiet, doubts }: DetectorState): DataFrame {
  return frameOf({ headline: [headline], quiet: [quiet], doubts: [doubts] }, 'state');
}
