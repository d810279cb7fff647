import { execFile, spawn } from 'node:child_process';
import { chmod, chown, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterEach, expect, test } from 'vitest';
import { freePort } from '@dtdqm/worker/storage/embedded/cluster';
import { openStorage } from '@dtdqm/worker/storage/storage';
import { writeLabel } from '@dtdqm/worker/storage/labels/journal';
import { withAdvisoryLock, locks } from '@dtdqm/worker/storage/advisoryLocks';
import { openDatabase } from '@dtdqm/worker/storage/database';
import { labelOf } from '../labels/labelled.ts';
import { createTestDatabase } from '../postgres/database.ts';
import { createLog } from '@dtdqm/worker/log';

/** PgBouncer in front of the tests' PostgreSQL, where this machine has one (`apt install pgbouncer`), or DTDQM_PGBOUNCER names it. */
const program = process.env['DTDQM_PGBOUNCER'] ?? 'pgbouncer';
const isHere = await promisify(execFile)(program, ['--version']).then(
  () => true,
  () => false,
);
const log = { warn: () => undefined };
const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

/** @returns the address of a pooler that ignores what it is not told to know only where `ignores` says so. */
async function pooled(
  mode: 'session' | 'transaction',
  ignores = '',
): Promise<{ url: string; direct: string }> {
  const storage = await createTestDatabase();
  open.push(() => storage.drop());
  const behind = new URL(storage.url);
  const folder = await mkdtemp(path.join(tmpdir(), 'dtdqm-pooler-'));
  open.push(() => rm(folder, { recursive: true }));
  const users = path.join(folder, 'users.txt');
  const port = await freePort();
  await writeFile(users, `"${behind.username}" "${decodeURIComponent(behind.password)}"\n`);
  const ini = path.join(folder, 'pgbouncer.ini');
  await writeFile(
    ini,
    `[databases]
* = host=${behind.hostname} port=${behind.port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = plain
auth_file = ${users}
pool_mode = ${mode}
default_pool_size = 20
${ignores && `ignore_startup_parameters = ${ignores}`}
`,
  );
  await chmod(folder, 0o755);
  // It does not run as root.
  const nobody = 65_534;
  const asRoot = process.getuid?.() === 0;
  if (asRoot) for (const file of [folder, users, ini]) await chown(file, nobody, nobody);
  const pooler = spawn(program, [ini], {
    stdio: ['ignore', 'ignore', 'pipe'],
    ...(asRoot && { uid: nobody, gid: nobody }),
  });
  const ended = new Promise<void>((resolve) => pooler.once('exit', () => resolve()));
  open.push(async () => {
    pooler.kill('SIGKILL');
    await ended;
  });
  await new Promise<void>((resolve, reject) => {
    let said = '';
    pooler.once('exit', () => reject(new Error(`pgbouncer ended: ${said}`)));
    pooler.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      if (said.includes('process up')) resolve();
    });
  });
  behind.port = String(port);
  return { url: behind.href, direct: storage.url };
}

const advice =
  /cannot be used: a pooler shares its sessions \(pool_mode = transaction\).*Set pool_mode = session for it, or give the address of PostgreSQL itself in DATABASE_URL$/;

test.skipIf(!isHere)(
  'a pooler in transaction mode is refused with what to set, whatever it ignores',
  async () => {
    for (const ignores of ['', 'extra_float_digits,statement_timeout,idle_in_transaction_session_timeout']) {
      const { url } = await pooled('transaction', ignores);
      await expect(openDatabase({ url, log })).rejects.toThrow(advice);
    }
  },
  60_000,
);

test.skipIf(!isHere)(
  'behind a pooler in session mode all works as without one',
  async () => {
    const { url, direct } = await pooled('session');
    const storage = await openStorage({
      databaseUrl: url,
      dataDirectory: tmpdir(),
      log: createLog({ level: 'silent', format: 'json', stream: process.stderr }),
      statementTimeoutMs: 12_345,
    });
    open.push(() => storage.close());
    const { database } = storage;
    const { rows } = await database.query<{ limit: string }>(
      `select current_setting('statement_timeout') as limit`,
    );
    expect(rows).toEqual([{ limit: '12345ms' }]);
    // Prepared statements, on several connections.
    await Promise.all([0, 1, 2, 3, 4, 5].map((place) => writeLabel(database, 'ana', labelOf(1, place))));
    const other = await openDatabase({ url: direct, log });
    open.push(() => other.end());
    let inside: boolean | undefined;
    const work = async () => {
      inside = await withAdvisoryLock(other, locks.discovery, () => Promise.resolve());
    };
    expect(await withAdvisoryLock(database, locks.discovery, work)).toBe(true);
    expect(inside).toBe(false);
    expect(await withAdvisoryLock(other, locks.discovery, () => Promise.resolve())).toBe(true);
  },
  60_000,
);
