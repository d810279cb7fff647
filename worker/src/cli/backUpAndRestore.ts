import path from 'node:path';
import { readConfig } from '../config/index.ts';
import { createLog } from '../log.ts';
import type { Manifest } from '../storage/backup/manifest.ts';
import { restoreBackup } from '../storage/backup/restoreBackup.ts';
import { takeBackup } from '../storage/backup/takeBackup.ts';
import { openStorage } from '../storage/storage.ts';

export async function backUp(folder: string): Promise<void> {
  await withDatabase(async (url) => say('Backed up', await takeBackup(url, path.resolve(folder))));
}

export async function restore(folder: string): Promise<void> {
  await withDatabase(async (url) => say('Restored', await restoreBackup(url, path.resolve(folder))));
}

async function withDatabase(work: (url: string) => Promise<void>): Promise<void> {
  const { databaseUrl, dataDirectory, logLevel, logFormat } = readConfig();
  const log = createLog({ level: logLevel, format: logFormat, stream: process.stderr });
  const storage = await openStorage({ databaseUrl, dataDirectory, log, connections: 2 });
  try {
    await work(storage.url);
  } finally {
    await storage.close();
  }
}

function say(what: string, { tables, takenAt }: Manifest): void {
  const rows = tables.reduce((sum, table) => sum + table.rows, 0);
  process.stdout.write(`${what} ${rows} rows of ${tables.length} tables, as of ${takenAt}.\n`);
}
