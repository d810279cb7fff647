import { readConfig } from '../config/index.ts';
import { createLog } from '../log.ts';
import { openStorage } from '../storage/storage.ts';

/** Opening the storage migrates it. */
export async function migrateDatabase(): Promise<void> {
  const config = readConfig();
  const log = createLog({ level: config.logLevel, format: config.logFormat, stream: process.stderr });
  const { databaseUrl, dataDirectory } = config;
  const storage = await openStorage({ databaseUrl, dataDirectory, log });
  await storage.close();
  process.stdout.write('The database schema is up to date.\n');
}
