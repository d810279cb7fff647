import { stat, statfs } from 'node:fs/promises';
import path from 'node:path';
import type { Config } from '../../config/index.ts';
import { findingOf, type Finding } from './finding.ts';

/** A run takes about 1.5 MB with its scores and saliency (docs/scaling.md): room for a thousand, and for the database's log. */
const scarceBytes = 5e9;
const leastBytes = 1e9;

/** Room where the embedded database lies. A full disk stops PostgreSQL; nothing is lost, and nothing new is stored. */
export function lookAtDisk({ dataDirectory, databaseUrl }: Config): Promise<Finding> {
  return findingOf('disk', 'check DTDQM_DATA_DIR', async () => {
    if (databaseUrl !== undefined)
      return { state: 'skipped', found: 'the database is not on this machine or not ours' };
    const { bavail, bsize } = await statfs(await existingPart(dataDirectory));
    const free = bavail * bsize;
    const found = `${(free / 1e9).toFixed(1)} GB free for ${dataDirectory}`;
    const fix = 'make room, or move DTDQM_DATA_DIR to a larger disk while the monitor is stopped';
    if (free < leastBytes) return { state: 'failure', found, fix };
    return free < scarceBytes ? { state: 'warning', found, fix } : { state: 'ok', found };
  });
}

/** The folder, or the nearest one above it that exists. */
async function existingPart(directory: string): Promise<string> {
  const there = await stat(directory).then(
    () => true,
    () => false,
  );
  const above = path.dirname(directory);
  return there || above === directory ? directory : existingPart(above);
}
