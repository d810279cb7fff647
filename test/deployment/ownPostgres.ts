import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { access, chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { chooseAccount } from '../../worker/src/storage/embedded/account.ts';
import { freePort } from '../../worker/src/storage/embedded/cluster.ts';

const run = promisify(execFile);

export interface OwnPostgres {
  url: string;
  /** Folder of psql, pg_dump and the like of the same version. */
  programs: string;
  stop(): Promise<void>;
}

/** Where this machine has a whole PostgreSQL, server and clients of one version; null when it has none. */
export async function findPostgres(): Promise<string | null> {
  for (const config of [
    'pg_config',
    ...[18, 17, 16, 15, 14].map((version) => `/usr/lib/postgresql/${version}/bin/pg_config`),
  ]) {
    const folder = await run(config, ['--bindir']).then(
      ({ stdout }) => stdout.trim(),
      () => null,
    );
    if (folder === null) continue;
    const programs = ['postgres', 'initdb', 'pg_ctl', 'psql', 'pg_dump', 'pg_restore'];
    const isWhole = await Promise.all(programs.map((name) => access(path.join(folder, name)))).then(
      () => true,
      () => false,
    );
    if (isWhole) return folder;
  }
  return null;
}

/** A server of this machine's own PostgreSQL, which unlike the embedded one comes with pg_dump. */
export async function startOwnPostgres(programs: string): Promise<OwnPostgres> {
  const folder = await mkdtemp(path.join(tmpdir(), 'dtdqm-own-postgres-'));
  const account = await chooseAccount([folder].map(path.dirname));
  const cluster = path.join(folder, 'cluster');
  const secret = path.join(folder, 'password');
  const password = randomBytes(12).toString('hex');
  await writeFile(secret, password);
  await mkdir(cluster);
  await chmod(folder, 0o755);
  if (account.owner !== undefined) {
    const { uid, gid } = account.owner;
    await run('chown', ['-R', `${uid}:${gid}`, folder]);
  }
  await account.run(path.join(programs, 'initdb'), [
    ...[
      '--pgdata',
      cluster,
      '--username',
      'owner',
      '--auth',
      'scram-sha-256',
      '--pwfile',
      secret,
      '--no-sync',
    ],
  ]);
  const port = await freePort();
  const options = `-p ${port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off -c max_connections=200`;
  const control = (...args: string[]) =>
    account.run(path.join(programs, 'pg_ctl'), ['--pgdata', cluster, '--wait', ...args]);
  await control('--options', options, '--log', path.join(folder, 'log'), 'start');
  return {
    url: `postgres://owner:${password}@127.0.0.1:${port}/postgres`,
    programs,
    async stop() {
      await control('--mode', 'fast', 'stop');
      await rm(folder, { recursive: true, force: true });
    },
  };
}
