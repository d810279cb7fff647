import type { BarrelFrames, ChamberRow } from '../../frames/barrelFrames.ts';
import { allChambers, chamberLabel, formatChamber, type ChamberId } from '@dtdqm/contract';

export const layouts = { wheels: 'Wheels', grid: 'Unrolled', both: 'Both' } as const;
export const colourings = { alarm: 'Grey until bad', scale: 'By value' } as const;

/** Options of the panel, as dashboards store them. */
export interface BarrelOptions {
  layout: keyof typeof layouts;
  /** Name of the numeric column that colours the chambers; empty for the first one. */
  colourBy: string;
  /** At and above this value a chamber counts as bad. */
  alarm: number;
  /** `alarm`: grey until something is abnormal. `scale`: every chamber in the colour of its value. */
  colouring: keyof typeof colourings;
  /** Address opened by a click, with ${run}, ${wheel}, ${station}, ${sector}; empty: the click sets the variables. */
  link: string;
}

export const defaultOptions: BarrelOptions = {
  layout: 'both',
  colourBy: '',
  alarm: 1,
  colouring: 'alarm',
  link: '',
};

/** How a chamber stands, as far as it has to look different: in words, and by a sign that says the same where colour does not reach. */
export const conditionSigns = {
  good: { label: 'good', glyph: '' },
  bad: { label: 'bad', glyph: '!' },
  acknowledged: { label: 'acknowledged', glyph: '✓' },
  unknown: { label: 'unknown', glyph: '?' },
  unscored: { label: 'not scored yet', glyph: '·' },
  absent: { label: 'absent', glyph: '' },
};
export type Condition = keyof typeof conditionSigns;
export const conditions = Object.keys(conditionSigns) as Condition[];

/**
 * @param row what is known of the chamber; undefined when no frame speaks of it.
 * @param value of the field that colours the barrel.
 * @param alarm at or above which the value counts as bad.
 */
function conditionOf(row: ChamberRow | undefined, value: number | null, alarm: number): Condition {
  if (!row || row.state === 'absent' || row.state === 'failed') return 'absent';
  if (value === null) return row.verdict === 'unknown' ? 'unknown' : 'unscored';
  if (value >= alarm) return row.acknowledged ? 'acknowledged' : 'bad';
  return row.verdict === 'unknown' ? 'unknown' : 'good';
}

/** One chamber, ready to be drawn in either picture. */
export interface BarrelCell {
  key: string;
  chamber: ChamberId;
  condition: Condition;
  value: number | null;
  /** Place of the value between the least and the greatest, 0..1. */
  place: number;
  /** What stands in the chamber: the number where something is bad, else the sign of its condition. */
  glyph: string;
  /** For tooltip and screen readers, e.g. `W+1 MB2 S07: 3 bad layers`. */
  label: string;
}

/**
 * All 250 chambers, whether frames speak of them or not.
 *
 * @param colourBy name of the numeric column; the first one when empty or not there.
 * @param alarm value at and above which a chamber counts as bad.
 */
export function barrelModel(
  frames: BarrelFrames,
  colourBy: string,
  alarm: number,
  format: (value: number) => string,
): { cells: BarrelCell[]; column: string | null; counts: Record<Condition, number> } {
  const column = (frames.numeric.find(({ name }) => name === colourBy) ?? frames.numeric[0])?.name ?? null;
  const valueOf = (key: string) => frames.chambers.get(key)?.values.get(column ?? '') ?? null;
  const known = allChambers
    .map((chamber) => valueOf(formatChamber(chamber)))
    .filter((value) => value !== null);
  const [least, greatest] = [Math.min(0, ...known), Math.max(alarm, ...known)];
  const counts = Object.fromEntries(conditions.map((each) => [each, 0])) as Record<Condition, number>;
  const cells = allChambers.map((chamber): BarrelCell => {
    const key = formatChamber(chamber);
    const value = valueOf(key);
    const condition = conditionOf(frames.chambers.get(key), value, alarm);
    counts[condition] += 1;
    const said = value === null ? conditionSigns[condition].label : `${format(value)} ${wordsOf(column)}`;
    const extra = condition === 'good' || condition === 'bad' ? '' : `, ${conditionSigns[condition].label}`;
    return {
      key,
      chamber,
      condition,
      value,
      place: value === null || greatest === least ? 0 : (value - least) / (greatest - least),
      glyph: condition === 'bad' && value !== null ? shortNumber(value) : conditionSigns[condition].glyph,
      label: `${chamberLabel(chamber)}: ${said}${value === null ? '' : extra}`,
    };
  });
  return { cells, column, counts };
}

/** `bad_layers` as people write it. */
export function wordsOf(column: string | null): string {
  return (column ?? '').replaceAll('_', ' ');
}

/** At most three characters, for inside a chamber. */
function shortNumber(value: number): string {
  if (Number.isInteger(value)) return value > 99 ? '99+' : String(value);
  return value < 1 ? value.toFixed(1).slice(1) : value.toFixed(0);
}
