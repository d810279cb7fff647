import type { LabelImportReport } from '@dtdqm/contract';
import type pg from 'pg';
import { transactionOnce, type Database } from '../../database.ts';
import { eventHeader, parseEvent, parseJson } from '../formats/event.ts';
import { originalHeader, parseOriginal } from '../formats/original.ts';
import { readRecords } from '../formats/records.ts';
import type { LabelFormat } from './exportLabels.ts';
import { decideEvents, storeEvents } from './importEvents.ts';
import { decideLayers, storeLayers } from './importLayers.ts';
import { refreshStates, reportOf } from './importOutcome.ts';
import { createStage, stage, type StagedLine } from './stage.ts';

export interface ImportOptions {
  format: LabelFormat;
  /** Whose labels those of the original form are; events name their own. */
  expert: string;
  /** Store nothing at all when any line is refused. */
  strict?: boolean;
}

/** Rolls the transaction back, but keeps the report. */
class Refused extends Error {
  readonly report: LabelImportReport;

  constructor(report: LabelImportReport) {
    super('refused');
    this.report = report;
  }
}

const batch = 2000;

/**
 * Takes labels in, in one transaction and in memory that does not grow with the file: lines are staged in the database, then
 * judged and stored there. What is there already is not stored again, so that the same file may come any number of times.
 *
 * @returns what became of the lines; those that were not simply taken one by one (the first 1,000).
 */
export async function importLabels(
  db: Database,
  chunks: AsyncIterable<Buffer | string>,
  { format, expert, strict = false }: ImportOptions,
): Promise<LabelImportReport> {
  try {
    return await transactionOnce(db, async (client) => {
      await client.query(`set local statement_timeout = '10min'`);
      await createStage(client);
      await stageAll(client, chunks, format);
      await client.query('analyze import_line');
      // Versions are worked out for many chambers at once: writers wait for the second that this takes.
      await client.query('lock table label_event in share row exclusive mode');
      await (format === 'original' ? decideLayers(client, expert) : decideEvents(client));
      const report = await reportOf(client);
      if (strict && report.refused > 0) throw new Refused({ ...report, stored: false });
      await (format === 'original' ? storeLayers(client, expert) : storeEvents(client));
      await refreshStates(client);
      return report;
    });
  } catch (error) {
    if (error instanceof Refused) return error.report;
    throw error;
  }
}

async function stageAll(
  client: pg.PoolClient,
  chunks: AsyncIterable<Buffer | string>,
  format: LabelFormat,
): Promise<void> {
  let lines: StagedLine[] = [];
  for await (const { line, text } of readRecords(chunks, { quotes: format !== 'jsonl' })) {
    if (line === 1 && isHeader(text)) continue;
    lines.push({ line, ...(text === null ? { reason: 'is too long' } : parse(format, text)) });
    if (lines.length < batch) continue;
    await stage(client, lines);
    lines = [];
  }
  await stage(client, lines);
}

function isHeader(text: string | null): boolean {
  const plain = text?.replaceAll(/["\s]/g, '');
  return plain === originalHeader || plain === eventHeader;
}

function parse(format: LabelFormat, text: string): Omit<StagedLine, 'line'> {
  const parsed = { jsonl: parseJson, csv: parseEvent, original: parseOriginal }[format](text);
  if ('reason' in parsed) return { reason: parsed.reason };
  return 'layer' in parsed ? { layer: parsed } : { event: parsed };
}
