import type { DataFrame, Field } from '@grafana/data';
import { chamberIdSchema, formatChamber, type ChamberId } from '@dtdqm/contract';
import { column, hasColumns, numberAt, textAt } from './chamberFrames.ts';

/**
 * What the barrel panel knows of one chamber.
 *
 * Frame contract: `wheel`, `station`, `sector`, one row a chamber (of several rows the last counts), and any numeric columns to
 * colour by; the usual ones are `bad_layers`, `score`, `incidents`, `labelled`. Optional `state` (`present`, `absent`, `failed`),
 * `verdict`, `acknowledged`, `run`.
 */
export interface ChamberRow {
  chamber: ChamberId;
  row: number;
  state: string | null;
  verdict: string | null;
  acknowledged: boolean;
  values: ReadonlyMap<string, number | null>;
}

export interface BarrelFrames {
  chambers: ReadonlyMap<string, ChamberRow>;
  /** Numeric columns that can be coloured by. */
  numeric: readonly Field[];
  run: number | null;
  frame: DataFrame;
}

const identity = ['wheel', 'station', 'sector'];
const notForColour = [...identity, 'run', 'layer', 'wire'];

/** Null when no frame tells chambers apart. */
export function readBarrelFrames(frames: readonly DataFrame[]): BarrelFrames | null {
  const frame = frames.find((candidate) => hasColumns(candidate, ...identity));
  if (!frame) return null;
  const numeric = frame.fields.filter(
    ({ type, name }) => (type as string) === 'number' && !notForColour.includes(name.toLowerCase()),
  );
  const fields = {
    wheel: column(frame, 'wheel'),
    station: column(frame, 'station'),
    sector: column(frame, 'sector'),
    state: column(frame, 'state'),
    verdict: column(frame, 'verdict'),
    acknowledged: column(frame, 'acknowledged'),
  };
  const chambers = new Map<string, ChamberRow>();
  for (let row = 0; row < frame.length; row += 1) {
    const parsed = chamberIdSchema.safeParse({
      wheel: numberAt(fields.wheel, row),
      station: numberAt(fields.station, row),
      sector: numberAt(fields.sector, row),
    });
    if (!parsed.success) continue;
    chambers.set(formatChamber(parsed.data), {
      chamber: parsed.data,
      row,
      state: textAt(fields.state, row),
      verdict: textAt(fields.verdict, row),
      acknowledged: ['true', '1', 't'].includes(textAt(fields.acknowledged, row) ?? ''),
      values: new Map(numeric.map((field) => [field.name, numberAt(field, row)])),
    });
  }
  const run = numberAt(column(frame, 'run'), 0);
  return { chambers, numeric, run, frame };
}
