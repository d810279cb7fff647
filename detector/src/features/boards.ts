import { layersPerSuperlayer } from '@dtdqm/contract';
import type { SuperlayerView } from './chamberView.ts';
import { cellEvidence, greatestStretch, jointEvidence, lowCells, noStretch } from './evidence.ts';
import { logRatio } from './levels.ts';
import { accumulate, boardColumns, columnSpread, found, sideColumns, wanted } from './windows.ts';

/** Of the four layers of a superlayer together. */
export interface BoardFindings {
  /** Evidence of the stretch of columns that speaks most for two thirds, nats; and of those where the layer agrees. */
  columnLow: number;
  jointLow: number;
  /** Most that the columns of one board lack against those on both sides, sd; logarithm of what the layer itself has left there. */
  board: number;
  boardOwn: number;
  /** The greatest jump of the level between eight columns and the next eight, logarithm, less two standard deviations. */
  step: number;
}

const stretch = noStretch();
const both = new Float64Array(found.length);

/** @param own wires of the layer by column, as long as the columns. */
export function weighBoards(
  superlayer: SuperlayerView,
  own: Float64Array,
  perLayerNoise: number,
): BoardFindings {
  let inAllLayers = boardsOf.get(superlayer);
  if (!inAllLayers) boardsOf.set(superlayer, (inAllLayers = findBoard(superlayer)));
  const { low, columnLow, board, first, end, expected, step } = inAllLayers;
  const count = low.length;
  let jointLow = 0;
  if (columnLow > 0) {
    cellEvidence(own, superlayer.perLayer, perLayerNoise, lowCells, both);
    jointEvidence(low, both, count, both);
    greatestStretch(both, count, stretch);
    jointLow = stretch.evidence;
  }
  let left = 0;
  for (let column = first; column < end; column++) left += own[column]!;
  const boardOwn = end > first ? logRatio(left, expected / layersPerSuperlayer) : 0;
  return { columnLow, jointLow, board, boardOwn, step };
}

/** What its four layers have in common, found once and not for each of them. */
const boardsOf = new WeakMap<SuperlayerView, ReturnType<typeof findBoard>>();

function findBoard({ columns, profile, columnDispersion }: SuperlayerView) {
  const count = columns.length;
  const low = new Float64Array(count);
  cellEvidence(columns, profile.expected, columnDispersion, lowCells, low);
  greatestStretch(low, count, stretch);
  const columnLow = stretch.evidence;
  let board = 0;
  let place = { first: 0, end: 0, expected: 0 };
  accumulate(columns, profile.expected);
  for (const columnsOfBoard of boardColumns) {
    for (let first = 0; first + columnsOfBoard <= count; first++) {
      const end = first + columnsOfBoard;
      const left = Math.max(0, first - sideColumns);
      const right = Math.min(count, end + sideColumns);
      // What lies beside it lifts the profile to its level, or lowers it.
      const beside = found[first]! - found[left]! + found[right]! - found[end]!;
      const usual = wanted[first]! - wanted[left]! + wanted[right]! - wanted[end]!;
      const expected = usual > 0 ? ((wanted[end]! - wanted[first]!) * beside) / usual : 0;
      const missing = expected - (found[end]! - found[first]!);
      const noise = columnDispersion * expected * (1 + columnsOfBoard / (right - left - columnsOfBoard));
      const lacks = missing / Math.sqrt(noise + (columnSpread * expected) ** 2 + 1);
      if (lacks <= board) continue;
      board = lacks;
      place = { first, end, expected };
    }
  }
  return { low, columnLow, board, ...place, step: greatestStep(count, columnDispersion) };
}

const stepColumns = 8;

/** Of the columns that were accumulated last. A readout group at another level jumps where it ends; a weak superlayer does not. */
function greatestStep(count: number, dispersion: number): number {
  let greatest = 0;
  for (let at = stepColumns; at + stepColumns <= count; at++) {
    const before = found[at]! - found[at - stepColumns]! + 1;
    const after = found[at + stepColumns]! - found[at]! + 1;
    const jump = Math.abs(Math.log(after / before)) - 2 * Math.sqrt(dispersion / before + dispersion / after);
    if (jump > greatest) greatest = jump;
  }
  return greatest;
}
