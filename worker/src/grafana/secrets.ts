import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';

export interface GrafanaSecrets {
  /** Of the user admin, made at the first start; changed in Grafana afterwards. */
  adminPassword: string;
  /** Of the database role that reads the reporting views. */
  readerPassword: string;
  /** That Grafana's proxy shows to the API. */
  apiToken: string;
  /** With which Grafana encrypts what it stores. */
  secretKey: string;
}

const names: Record<keyof GrafanaSecrets, string> = {
  adminPassword: 'admin-password',
  readerPassword: 'reader-password',
  apiToken: 'api-token',
  secretKey: 'secret-key',
};

/** The secrets of the Grafana in this data directory, made when they are missing; only the owner can read the files. */
export async function grafanaSecrets(dataDirectory: string): Promise<GrafanaSecrets> {
  const folder = path.join(dataDirectory, 'grafana', 'secrets');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const entries = Object.entries(names).map(async ([key, name]) => [
    key,
    await readOrMake(path.join(folder, name)),
  ]);
  return Object.fromEntries(await Promise.all(entries)) as unknown as GrafanaSecrets;
}

async function readOrMake(file: string): Promise<string> {
  try {
    // Fails when the file is there, so that two starts at once agree on one secret.
    await writeFile(file, `${randomBytes(24).toString('base64url')}\n`, { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  return (await readFile(file, 'utf8')).trim();
}
