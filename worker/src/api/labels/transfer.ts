import { Readable } from 'node:stream';
import { labelImportReportSchema } from '@dtdqm/contract';
import { exportLabels } from '../../storage/labels/transfer/exportLabels.ts';
import { importLabels } from '../../storage/labels/transfer/importLabels.ts';
import { defineRoute, type Route } from '../route.ts';
import { exportQuerySchema, importQuerySchema } from './schema.ts';

const tag = 'Labels';
const types = { jsonl: 'application/x-ndjson', csv: 'text/csv', original: 'text/csv' } as const;
const extensions = { jsonl: 'jsonl', csv: 'csv', original: 'csv' } as const;

export const transferRoutes: readonly Route[] = [
  defineRoute({
    method: 'get',
    path: '/api/v1/labels/export',
    tag,
    summary: 'All labels as a file, as they stood when the export began',
    role: 'viewer',
    query: exportQuerySchema,
    answers: { 200: { description: 'Lines of JSON, or CSV with a header', type: 'application/x-ndjson' } },
    async handle({ query: { format }, deps }) {
      const leave = await deps.transfers.take();
      return {
        body: Readable.from(exportLabels(deps.database, format)).once('close', leave),
        type: types[format],
        headers: { 'Content-Disposition': `attachment; filename="labels.${extensions[format]}"` },
      };
    },
  }),
  defineRoute({
    method: 'post',
    path: '/api/v1/labels/import',
    tag,
    summary: 'Take in a file of labels; the same file may come any number of times',
    role: 'admin',
    query: importQuerySchema,
    streams: ['text/csv', 'application/x-ndjson', 'application/jsonl', 'text/plain'],
    answers: {
      200: { description: 'What was taken, already there or refused', schema: labelImportReportSchema },
    },
    async handle({ query: { format, expert, strict }, caller, deps, ctx }) {
      const leave = await deps.transfers.take();
      try {
        const options = { format, strict, expert: expert ?? caller.name };
        return { body: await importLabels(deps.database, ctx.req, options) };
      } finally {
        leave();
      }
    },
  }),
];
