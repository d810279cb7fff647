import { chamberIdSchema, matrixSchema, runNumberSchema, type ChamberId, type Matrix } from '@dtdqm/contract';
import { z } from 'zod';

export interface RecordedChamber {
  readonly run: number;
  readonly chamber: ChamberId;
  readonly matrix: Matrix;
}

/** A line of a recording that is not one; the message names the line, each field and its rule. */
export class LineError extends Error {
  override readonly name = 'LineError';

  constructor(line: number, reason: string) {
    super(`line ${line}: ${reason}`);
  }
}

const lineSchema = z.looseObject({ run: runNumberSchema, matrix: matrixSchema });

/** @throws {LineError} when the text is not `{run, wheel, station, sector, matrix}`. Further fields are ignored. */
export function readLine(text: string, number: number): RecordedChamber {
  const value = parseJson(text, number);
  const line = lineSchema.safeParse(value);
  const chamber = chamberIdSchema.safeParse(value);
  if (line.success && chamber.success) {
    return { run: line.data.run, chamber: chamber.data, matrix: line.data.matrix };
  }
  const issues = [...(chamber.error?.issues ?? []), ...(line.error?.issues ?? [])];
  const faults = issues.map(
    ({ path, message }) => `${path.join('.')} ${path.length > 0 ? '' : 'it '}${message}`,
  );
  const shown = [...new Set(faults)].slice(0, 4);
  throw new LineError(number, shown.join('; ') + (faults.length > shown.length ? '; and more' : ''));
}

function parseJson(text: string, number: number): unknown {
  try {
    const value = JSON.parse(text) as unknown;
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  } catch (cause) {
    throw new LineError(number, `it is not JSON (${(cause as Error).message})`);
  }
  throw new LineError(number, 'it must be a JSON object');
}
