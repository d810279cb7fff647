import { readFile, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import path from 'node:path';
import { isErrno } from '../error.ts';

export interface Postmaster {
  pid: number;
  port: number;
}

/** What `postmaster.pid` says: line 1 is the process, line 4 the port (PostgreSQL, "Database File Layout"). */
export async function readPostmaster(cluster: string): Promise<Postmaster | undefined> {
  const text = await readFile(pidFile(cluster), 'utf8').catch((error: unknown) => {
    if (isErrno(error, 'ENOENT')) return '';
    throw error;
  });
  const lines = text.split('\n');
  const pid = Number(lines[0]);
  const port = Number(lines[3]);
  return Number.isInteger(pid) && pid > 0 ? { pid, port: Number.isInteger(port) ? port : 0 } : undefined;
}

/**
 * Removes a pid file whose process number now belongs to something else. PostgreSQL itself clears the file of a
 * process that is gone, but refuses to start when the number was given away again, as it is in every restarted container.
 */
export async function clearBorrowedPid(cluster: string): Promise<void> {
  const postmaster = await readPostmaster(cluster);
  if (postmaster !== undefined && !(await isPostgres(postmaster.pid))) {
    await rm(pidFile(cluster), { force: true });
  }
}

export async function isPostgres(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (!isErrno(error, 'EPERM')) return false;
  }
  const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => undefined);
  // Where there is no /proc we cannot tell, and PostgreSQL's own caution is the safe answer.
  return command === undefined || command.includes('postgres');
}

/** A port of 127.0.0.1 that is free now. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

function pidFile(cluster: string): string {
  return path.join(cluster, 'postmaster.pid');
}
