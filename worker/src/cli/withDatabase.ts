import { userInfo } from 'node:os';
import { readConfig, type Config } from '../config/index.ts';
import { createLog } from '../log.ts';
import { openStorage, type Storage } from '../storage/storage.ts';

/** Opens the database that the configuration names for one command, and closes it afterwards. */
export async function withDatabase<T>(work: (storage: Storage, config: Config) => Promise<T>): Promise<T> {
  const config = readConfig();
  const { databaseUrl, dataDirectory, logFormat } = config;
  const log = createLog({ level: 'warn', format: logFormat, stream: process.stderr });
  const storage = await openStorage({ databaseUrl, dataDirectory, log, connections: 4 });
  try {
    return await work(storage, config);
  } finally {
    await storage.close();
  }
}

/** Who acts, for journals: the account on this machine. */
export function localActor(): string {
  try {
    return userInfo().username;
  } catch {
    return 'local';
  }
}

/** One line of JSON where a program reads, the words where a person does. */
export function say(words: string, data: object): void {
  process.stdout.write(process.stdout.isTTY ? `${words}\n` : `${JSON.stringify(data)}\n`);
}
