import { z } from 'zod';
import { chamberOfRunSchema, layersOf, type ChamberOfRun } from '@dtdqm/contract';
import { formatCsv, parseCsv } from './csv.ts';

/** First line of the original tool's file of labels. */
export const originalHeader = 'wheel,station,sector,run,layer,good';

/** One layer that an expert judged. */
export interface OriginalLine extends ChamberOfRun {
  layer: number;
  bad: boolean;
}

const goodValues: ReadonlyMap<string, boolean> = new Map([
  ['1', true],
  ['0', false],
  ['true', true],
  ['false', false],
]);
const layerSchema = z
  .string()
  .regex(/^\d{1,2}$/)
  .transform(Number);

/** Reads one line; a reason when it is refused. */
export function parseOriginal(record: string): OriginalLine | { reason: string } {
  const fields = parseCsv(record)?.map((field) => field.trim());
  if (fields?.length !== 6) return { reason: `must have the six fields ${originalHeader}` };
  const [wheel, station, sector, run, layerText, goodText] = fields as [
    string,
    string,
    string,
    string,
    string,
    string,
  ];
  const chamber = chamberOfRunSchema.safeParse({ wheel, station, sector, run });
  if (!chamber.success) {
    const issue = chamber.error.issues[0];
    return { reason: `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'invalid'}` };
  }
  const layer = layerSchema.safeParse(layerText);
  if (!layer.success || !layersOf(chamber.data.station).includes(layer.data)) {
    return { reason: `layer: station ${chamber.data.station} has no layer "${layerText.slice(0, 20)}"` };
  }
  const good = goodValues.get(goodText.toLowerCase());
  if (good === undefined) return { reason: 'good: must be 1, 0, true or false' };
  return { ...chamber.data, layer: layer.data, bad: !good };
}

export function formatOriginal({ wheel, station, sector, run, layer, bad }: OriginalLine): string {
  return formatCsv([wheel, station, sector, run, layer, bad ? 0 : 1]);
}
