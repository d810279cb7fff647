import { runNumberSchema } from '@dtdqm/contract';
import { wrong } from './cells.ts';
import { bareDataset } from './dialect.ts';

/** A field of a JSON value; undefined when the value is no object or has none of that name. */
export function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined;
}

/** @throws {DqmError} wrong-shape, naming the field. */
export function listOf(value: unknown, name: string): unknown[] {
  if (!Array.isArray(value)) throw wrong(`listing of runs: ${name} must be a list`, {});
  return value;
}

/** @throws {DqmError} wrong-shape, naming the place in the listing. */
export function runNumber(value: unknown, place: string): number {
  const parsed = runNumberSchema.safeParse(value);
  if (!parsed.success) throw wrong(`listing of runs: run of ${place} must be a run number`, {});
  return parsed.data;
}

/** @throws {DqmError} wrong-shape, naming the place in the listing. */
export function datasetOf(value: unknown, place: string): string {
  if (typeof value !== 'string') throw wrong(`listing of runs: dataset of ${place} must be text`, {});
  return bareDataset(value);
}
