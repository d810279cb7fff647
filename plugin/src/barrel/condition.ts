import type { ChamberRow } from '../frames/barrelFrames.ts';

/** How a chamber stands, as far as it has to look different. */
export const conditions = ['good', 'bad', 'acknowledged', 'unknown', 'unscored', 'absent'] as const;
export type Condition = (typeof conditions)[number];

/** In words, and the sign that says the same where colour does not reach. */
export const conditionSigns: Record<Condition, { label: string; glyph: string }> = {
  good: { label: 'good', glyph: '' },
  bad: { label: 'bad', glyph: '!' },
  acknowledged: { label: 'acknowledged', glyph: '✓' },
  unknown: { label: 'unknown', glyph: '?' },
  unscored: { label: 'not scored yet', glyph: '·' },
  absent: { label: 'absent', glyph: '' },
};

/**
 * @param row what is known of the chamber; undefined when no frame speaks of it.
 * @param value of the field that colours the barrel.
 * @param alarm at or above which the value counts as bad.
 */
export function conditionOf(row: ChamberRow | undefined, value: number | null, alarm: number): Condition {
  if (!row || row.state === 'absent' || row.state === 'failed') return 'absent';
  if (value === null) return row.verdict === 'unknown' ? 'unknown' : 'unscored';
  if (value >= alarm) return row.acknowledged ? 'acknowledged' : 'bad';
  return row.verdict === 'unknown' ? 'unknown' : 'good';
}
