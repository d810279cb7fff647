import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { chamberIdSchema, layersOf, matrixSchema, runNumberSchema } from '@dtdqm/contract';
import type { Example } from './examples.ts';

/** `badLayers`: layers 1..12 that are bad, [] when none is; null or absent when that is not known. */
const lineSchema = z
  .object({
    run: runNumberSchema,
    matrix: matrixSchema,
    badLayers: z.array(z.int().min(1).max(12)).nullish(),
    history: z.array(matrixSchema).default([]),
  })
  .and(chamberIdSchema);

/**
 * Reads chambers with known truth, one JSON object a line: `{run, wheel, station, sector, matrix, badLayers, history?}`. Lines
 * whose truth is not known are left out.
 *
 * @throws {Error} naming file, line, field and rule when a line is malformed.
 */
export async function readLabelled(file: string): Promise<Example[]> {
  const examples: Example[] = [];
  let number = 0;
  try {
    for await (const line of createInterface({
      input: createReadStream(file, 'utf8'),
      crlfDelay: Infinity,
    })) {
      number += 1;
      if (line.trim() === '') continue;
      const example = toExample(line);
      if (example) examples.push(example);
    }
  } catch (cause) {
    throw new Error(`${file}${number > 0 ? ` line ${number}` : ''}: ${(cause as Error).message}`, { cause });
  }
  return examples;
}

function toExample(line: string): Example | undefined {
  const parsed = lineSchema.safeParse(JSON.parse(line));
  if (!parsed.success) {
    const faults = parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'line'} ${message}`);
    throw new RangeError(faults.slice(0, 3).join('; '));
  }
  const { run, matrix, badLayers, history, wheel, station, sector } = parsed.data;
  if (!badLayers) return undefined;
  const layers = layersOf(station);
  const bad = matrix.map((_, row) =>
    layers.includes(row + 1) ? (badLayers.includes(row + 1) ? 1 : 0) : null,
  );
  return { run, chamber: { wheel, station, sector }, matrix, history, bad, faults: [] };
}
