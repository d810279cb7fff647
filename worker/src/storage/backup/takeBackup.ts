import { createWriteStream } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import pg from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import { StorageError } from '../error.ts';
import { schemaState } from '../migrate.ts';
import { fileOf, manifestFile, type Manifest } from './manifest.ts';
import { tablesToBackUp } from './tables.ts';

/**
 * Writes everything that is stored into a folder, as it stood at one moment, while work goes on. Needs no program but
 * this one: the embedded PostgreSQL comes without pg_dump.
 *
 * @param folder new or empty.
 * @throws {StorageError} when the folder holds something; what was written is then as it was.
 */
export async function takeBackup(url: string, folder: string): Promise<Manifest> {
  await mkdir(folder, { recursive: true });
  if ((await readdir(folder)).length > 0) {
    throw new StorageError(`${folder} is not empty; name a new folder for the back-up`);
  }
  const client = new pg.Client({ connectionString: url, application_name: 'dtdqm backup', keepAlive: true });
  client.on('error', () => undefined);
  await client.connect();
  try {
    // One snapshot for all tables, however long it takes.
    await client.query('begin isolation level repeatable read read only');
    await client.query('set local statement_timeout = 0');
    const { applied } = await schemaState(client);
    const tables: Manifest['tables'] = [];
    for (const { name, columns } of await tablesToBackUp(client)) {
      const copy = client.query(copyTo(`copy (select ${columns} from "${name}") to stdout`));
      await pipeline(
        copy,
        createGzip({ level: 1 }),
        createWriteStream(path.join(folder, fileOf(name)), { mode: 0o600 }),
      );
      tables.push({ name, columns, rows: copy.rowCount });
    }
    await client.query('commit');
    const manifest: Manifest = {
      format: 'dtdqm-backup-1',
      takenAt: new Date().toISOString(),
      migrations: applied,
      tables,
    };
    await writeFile(path.join(folder, manifestFile), `${JSON.stringify(manifest, null, 2)}\n`, {
      mode: 0o600,
    });
    return manifest;
  } finally {
    await client.end();
  }
}
