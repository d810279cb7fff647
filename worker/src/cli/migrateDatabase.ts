import { readConfig } from '../config/index.ts';
import { createLog } from '../log.ts';
import { createQueue } from '../pipeline/queue.ts';
import { openStorage } from '../storage/storage.ts';

/** Opening the storage migrates it; with the job queue's tables made too, whoever comes after needs to make none. */
export async function migrateDatabase(): Promise<void> {
  const config = readConfig();
  const log = createLog({ level: config.logLevel, format: config.logFormat, stream: process.stderr });
  const { databaseUrl, dataDirectory } = config;
  const storage = await openStorage({ databaseUrl, dataDirectory, log });
  try {
    const queue = createQueue(storage.database, log);
    await queue.start();
    await queue.stop();
  } finally {
    await storage.close();
  }
  process.stdout.write('The database schema is up to date.\n');
}
