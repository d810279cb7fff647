import { afterAll, beforeAll, expect, test } from 'vitest';
import { randomUUID } from 'node:crypto';
import { openDatabase } from '@dtdqm/worker/storage/database';
import { dtdqm } from '../start/dtdqm.ts';
import { openRig, type FaultRig } from '../faults/rig/rig.ts';

const writer = `writer_${randomUUID().slice(0, 8)}`;
let rig: FaultRig;
let url: string;
beforeAll(async () => {
  rig = await openRig(1);
  const asWriter = new URL(rig.databaseUrl);
  asWriter.username = writer;
  asWriter.password = 'writes';
  url = asWriter.href;
});
afterAll(async () => {
  await rig.database.query(`drop owned by ${writer}`);
  await rig.database.query(`drop role ${writer}`);
  await rig.close();
});

test(
  'a worker runs as a role that may read and write rows and change no table',
  { timeout: 120_000 },
  async () => {
    const migrated = dtdqm(['migrate'], { env: { DATABASE_URL: rig.databaseUrl } });
    expect(await migrated.ended).toBe(0);
    await rig.database.query(`create role ${writer} login password 'writes'`);
    await rig.database.query(`grant usage on schema public to ${writer}`);
    await rig.database.query(
      `grant select, insert, update, delete on all tables in schema public to ${writer}`,
    );
    await rig.database.query(`grant usage on all sequences in schema public to ${writer}`);
    const worker = dtdqm(['worker'], {
      env: { DATABASE_URL: url, DQM_URL: rig.simulator.url, DTDQM_LOG_FORMAT: 'json' },
    });
    try {
      await worker.line('the worker is ready');
      await expect
        .poll(async () => (await rig.database.query('select from run')).rowCount, { timeout: 60_000 })
        .toBe(1);
      const asWriter = await openDatabase({ url, log: { warn: () => undefined } });
      await expect(asWriter.query('create table mine ()')).rejects.toThrow(/permission denied/);
      await expect(asWriter.query('drop table run')).rejects.toThrow(/must be owner/);
      await expect(asWriter.query('truncate label_event')).rejects.toThrow(/permission denied/);
      await asWriter.end();
    } finally {
      worker.process.kill('SIGKILL');
      await worker.ended;
    }
  },
);
