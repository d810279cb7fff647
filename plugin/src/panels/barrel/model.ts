import {
  allChambers,
  chamberConditions,
  chamberLabel,
  faultyConditions,
  formatChamber,
  kindInWords,
  type ChamberCondition,
  type ChamberId,
  type Standing,
} from '@dtdqm/contract';
import type { BarrelFrames, ChamberRow } from '../../frames/barrelFrames.ts';
import { standingSigns } from '../incidents/model.ts';

/** In words, and the sign that says the same where colour does not reach; a bad chamber shows the number of its bad layers when it is known. */
const conditionSigns: Record<ChamberCondition, string> = {
  failed: '×',
  absent: '',
  dead: '†',
  bad: '!',
  unknown: '?',
  good: '',
};

/**
 * How a chamber is drawn.
 * - `loud`: bad or dead, and nobody has answered; also where it is not said whether somebody has
 * - `unconfirmed`: bad or dead, seen once
 * - `muted`: bad or dead, and somebody has answered, or it has healed since
 * - otherwise its condition
 */
export const looks = ['loud', 'unconfirmed', 'muted', 'failed', 'absent', 'unknown', 'good'] as const;
type Look = (typeof looks)[number];

function lookOf(condition: ChamberCondition, standing: Standing | null): Look {
  if (!isFaulty(condition)) return condition;
  if (standing === null || standing === 'new') return 'loud';
  return standing === 'unconfirmed' ? 'unconfirmed' : 'muted';
}

function isFaulty(condition: ChamberCondition): condition is (typeof faultyConditions)[number] {
  return (faultyConditions as readonly string[]).includes(condition);
}

/** A fault that this run does not show is marked by the sign of its standing; one that is over by none. */
function signOf(condition: ChamberCondition, standing: Standing | null): string {
  const answered = standing === 'acknowledged' || standing === 'shelved' || standing === 'healed';
  if (isFaulty(condition)) return answered ? standingSigns[standing].glyph : conditionSigns[condition];
  return standing === null || standing === 'healed'
    ? conditionSigns[condition]
    : standingSigns[standing].glyph;
}

/** `bad, acknowledged`; `good, new: not in this run`. */
function standInWords(condition: ChamberCondition, standing: Standing | null, inRun: boolean | null): string {
  const said = standing === null ? condition : `${condition}, ${standing}`;
  return inRun === false && standing !== 'healed' ? `${said}: not in this run` : said;
}

/** One chamber, ready to be drawn in either picture. */
export interface BarrelCell {
  key: string;
  chamber: ChamberId;
  condition: ChamberCondition;
  look: Look;
  /** Of a chamber that is not bad, a fault that nobody has answered stands behind the sign. */
  isLoudMark: boolean;
  /** Place of the tint between least and greatest, 0..1; null where there is no tint. */
  tint: number | null;
  /** What stands in the chamber. */
  sign: string;
  /** How it stands, in the words of the legend. */
  stand: string;
  /** For tooltip and screen readers, e.g. `W+1 MB2 S07: bad, new; dead layer since run 380001`. */
  label: string;
}

/** The tint of the good chambers: by which column, and what its lightest and strongest mean. */
export interface Tint {
  column: string;
  least: number;
  greatest: number;
}

export interface BarrelModel {
  cells: BarrelCell[];
  tint: Tint | null;
  /** Chambers in each condition. */
  counts: Record<ChamberCondition, number>;
}

/**
 * All 250 chambers, whether frames speak of them or not: of which nothing is said, nothing is known.
 *
 * @param tintBy name of the numeric column that tints good chambers; none when empty or not there.
 */
export function barrelModel(frames: BarrelFrames, tintBy: string): BarrelModel {
  const rowOf = (chamber: ChamberId) => frames.chambers.get(formatChamber(chamber));
  const conditionOf = (row: ChamberRow | undefined) => row?.condition ?? 'unknown';
  const column = frames.numeric.find(({ name }) => name === tintBy)?.name ?? null;
  const valueOf = (row: ChamberRow | undefined) =>
    column !== null && conditionOf(row) === 'good' ? (row?.values.get(column) ?? null) : null;
  const values = allChambers.map((chamber) => valueOf(rowOf(chamber))).filter((value) => value !== null);
  const tint =
    column === null || values.length === 0
      ? null
      : { column, least: Math.min(...values), greatest: Math.max(...values) };
  const counts = Object.fromEntries(chamberConditions.map((each) => [each, 0])) as BarrelModel['counts'];
  const cells = allChambers.map((chamber): BarrelCell => {
    const row = rowOf(chamber);
    const condition = conditionOf(row);
    const standing = row?.standing ?? null;
    counts[condition] += 1;
    const value = valueOf(row);
    const look = lookOf(condition, standing);
    const sign = signOf(condition, standing);
    const badLayers = row?.values.get('bad_layers') ?? null;
    const stand = standInWords(condition, standing, row?.inRun ?? null);
    return {
      key: formatChamber(chamber),
      chamber,
      condition,
      look,
      isLoudMark: !isFaulty(condition) && standing === 'new',
      tint: value === null || tint === null ? null : placeOf(value, tint),
      sign: sign === conditionSigns.bad && badLayers ? String(badLayers) : sign,
      stand,
      label: [
        `${chamberLabel(chamber)}: ${row ? stand : `${stand}, nothing is said of it`}`,
        faultInWords(row),
        column === null || !row ? '' : valueInWords(column, row.values.get(column) ?? null),
      ]
        .filter(Boolean)
        .join('; '),
    };
  });
  return { cells, tint, counts };
}

function placeOf(value: number, { least, greatest }: Tint): number {
  return greatest === least ? 1 : (value - least) / (greatest - least);
}

/** `dead layer since run 380001`; '' where no fault is told. */
function faultInWords(row: ChamberRow | undefined): string {
  if (!row || row.standing === null) return '';
  const kind = row.kind === null ? '' : kindInWords(row.kind);
  return [kind, row.sinceRun === null ? '' : `since run ${row.sinceRun}`].filter(Boolean).join(' ');
}

function valueInWords(column: string, value: number | null): string {
  return value === null ? '' : `${wordsOf(column)} ${shortNumber(value)}`;
}

/** `bad_layers` as people write it. */
export function wordsOf(column: string): string {
  return column.replaceAll('_', ' ');
}

const thousands = new Intl.NumberFormat('en', { notation: 'compact', maximumSignificantDigits: 3 });

/** `12.3K`, `7`, `0.05`: at most three digits. */
export function shortNumber(value: number): string {
  return thousands.format(value);
}
