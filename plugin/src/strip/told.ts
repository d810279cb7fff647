import { layerName } from '../heatmap/chamberModel.ts';
import type { StripPlace } from './stripLayout.ts';
import { columnsIn, type StripCell, type StripColumn, type StripModel, type StripRow } from './stripModel.ts';
import { lengthInWords, spanInUtc, spanInWords } from './moments.ts';

/** What is known of a place of the strip: for the tooltip, and read out while arrow keys walk. */
export interface Told {
  /** `Layer 5` or `wires 1-8 of layer 5`. */
  where: string;
  /** Local time and lumisections; then the same in UTC. */
  when: string;
  utc: string;
  /** What was counted and what is said of it, in sentences. */
  facts: readonly string[];
}

/** Null where there is nothing. */
export function tellPlace(model: StripModel, { row, column }: StripPlace): Told | null {
  const [line, stretch] = [model.rows[row], model.columns[column]];
  if (!line || !stretch) return null;
  const cell = model.cells[row]?.[column] ?? null;
  return {
    where: rowInWords(line, model.layer),
    when: `${spanInWords(stretch.span)} (${stretch.isOpen ? 'since when is not known' : lengthInWords(stretch.to - stretch.from)})`,
    utc: spanInUtc(stretch.span),
    facts: [
      ...columnInWords(stretch),
      ...(stretch.slice ? cellInWords(line, cell) : []),
      ...labelsInWords(model, line, column),
    ],
  };
}

/** What experts said of a layer in spans that hold the slice. */
function labelsInWords(model: StripModel, line: StripRow, column: number): string[] {
  return model.labels.flatMap((label) => {
    const verdict = label.verdicts?.[(line.layer ?? model.layer ?? 0) - 1];
    const columns = columnsIn(model, label.span);
    const isMeant = columns !== null && column >= columns.first && column <= columns.last;
    return verdict && isMeant ? [`${label.by} says ${verdict === 'not-sure' ? 'not sure' : verdict}`] : [];
  });
}

function rowInWords({ name, layer: own, wires }: StripRow, layer: number | null): string {
  if (own !== null) return `Layer ${own} · ${layerName(own)}`;
  return `Layer ${layer ?? '?'}, wire${wires && wires.first !== wires.last ? 's' : ''} ${name}`;
}

function columnInWords({ kind, reason, slice }: StripColumn): string[] {
  if (kind === 'gap') return [`gap: ${reason ?? 'nothing was counted here'}`];
  if (kind === 'waiting') return ['too few hits yet to be judged: it waits for the next look'];
  return slice?.gap ? [`begins later than the slice before ended: ${slice.gap}`] : [];
}

function cellInWords({ exists, layer }: StripRow, cell: StripCell | null): string[] {
  if (!exists || cell === null) return [layer === null ? 'no wire here' : 'no wires'];
  const { hits, ratio, isBad, isUnknown, tint } = cell;
  const counted = `${hits ?? 0} hits`;
  const share =
    ratio === null ? 'what to expect is not known' : `${Math.round(100 * ratio)} % of those expected`;
  const verdict = isBad
    ? 'bad'
    : isUnknown
      ? layer === null
        ? 'too few to say anything'
        : 'unknown: too few hits to judge'
      : tint === 0
        ? 'as usual, within what counting allows'
        : tint === null
          ? 'good'
          : '';
  return [`${counted}, ${share}`, verdict].filter(Boolean);
}
