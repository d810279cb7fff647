/** How the pictures of five wheels are laid out in the room there is. */
export interface Arrangement {
  /** Wheels side by side. */
  wheelColumns: number;
  /** Blocks of the unrolled grid side by side. */
  gridColumns: number;
  /** CSS pixels per unit of each picture. */
  wheelScale: number;
  gridScale: number;
}

interface Unit {
  width: number;
  height: number;
}

const columnCounts = [5, 3, 2, 1];

/**
 * Finds the numbers of columns that make the chambers of both pictures large together: a wall display is wide, a phone is not.
 *
 * @param wheel size of one wheel, and `block` of one block of the grid, in their own units; null for a picture that is not shown.
 */
export function arrange(
  room: { width: number; height: number },
  wheel: Unit | null,
  block: Unit | null,
): Arrangement {
  let best: Arrangement = { wheelColumns: 5, gridColumns: 5, wheelScale: 0, gridScale: 0 };
  let bestWorth = -Infinity;
  for (const wheelColumns of wheel ? columnCounts : [5]) {
    for (const gridColumns of block ? columnCounts : [5]) {
      const wheelFull = wheel ? room.width / (wheelColumns * wheel.width) : 0;
      const gridFull = block ? room.width / (gridColumns * block.width) : 0;
      const height =
        rowsOf(wheelColumns) * wheelFull * (wheel?.height ?? 0) +
        rowsOf(gridColumns) * gridFull * (block?.height ?? 0);
      const shrink = Math.min(1, room.height / height);
      const [wheelScale, gridScale] = [wheelFull * shrink, gridFull * shrink];
      const worth =
        (wheel ? Math.log(wheelScale * wheel.width) : 0) + (block ? Math.log(gridScale * block.width) : 0);
      if (worth > bestWorth) {
        bestWorth = worth;
        best = { wheelColumns, gridColumns, wheelScale, gridScale };
      }
    }
  }
  return best;
}

export function rowsOf(columns: number): number {
  return Math.ceil(5 / columns);
}
