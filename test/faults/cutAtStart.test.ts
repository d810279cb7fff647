import { afterEach, beforeEach, expect, test } from 'vitest';
import { dtdqm } from '../start/dtdqm.ts';
import { ask, startApi } from './rig/apiProcess.ts';
import { openRig, type FaultRig } from './rig/rig.ts';
import { startTcpProxy, type TcpProxy } from './rig/tcpProxy.ts';

let rig: FaultRig;
let proxy: TcpProxy;
beforeEach(async () => {
  rig = await openRig(1);
  proxy = await startTcpProxy(rig.databaseUrl);
});
afterEach(async () => {
  await proxy.close();
  await rig.close();
});

test(
  'a worker whose every statement of the start is cut off once starts all the same',
  { timeout: 120_000 },
  async () => {
    // The first look for a job comes once everything has started.
    proxy.cutAtFirst(/for update skip locked/i);
    const worker = dtdqm(['worker'], {
      env: {
        DATABASE_URL: proxy.through(rig.databaseUrl),
        DQM_URL: rig.simulator.url,
        DTDQM_LOG_FORMAT: 'json',
      },
    });
    try {
      const away = await worker.line('the database is unavailable; trying again until it is back');
      expect(String(away['error'])).toMatch(/terminated|ECONNRESET/);
      await worker.line('the database is back');
      await worker.line('the worker is ready');
      expect(proxy.cutOff().join('\n')).toMatch(
        /set statement_timeout[^]*dtdqm\.session[^]*pg_advisory_lock[^]*given_up/,
      );
      await expect
        .poll(async () => (await rig.database.query('select from run')).rowCount, { timeout: 60_000 })
        .toBe(1);
      expect(worker.process.exitCode).toBeNull();
    } finally {
      worker.process.kill('SIGKILL');
      await worker.ended;
    }
  },
);

test(
  'an API whose every statement of the start is cut off once starts, and takes requests for runs',
  { timeout: 120_000 },
  async () => {
    proxy.cutAtFirst(/insert into job/i);
    const api = await startApi(proxy.through(rig.databaseUrl));
    try {
      const headers = { 'content-type': 'application/json' };
      const enqueue = () => ask(`${api.url}/api/v1/runs`, { method: 'POST', headers, body: '{"run":7}' });
      let answer = await enqueue();
      for (let tries = 0; answer.status === 503 && tries < 50; tries++) answer = await enqueue();
      expect(answer.status).toBe(202);
      expect(proxy.cutOff().join('\n')).toMatch(/pg_advisory_lock[^]*insert into job/i);
    } finally {
      await api.kill();
    }
  },
);
