import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ask, startApi, type ApiProcess } from './rig/apiProcess.ts';
import { openRig, type FaultRig } from './rig/rig.ts';
import { report } from './rig/size.ts';
import { startTcpProxy, type TcpProxy } from './rig/tcpProxy.ts';

let rig: FaultRig;
let proxy: TcpProxy;
beforeEach(async () => {
  rig = await openRig(0);
  proxy = await startTcpProxy(rig.databaseUrl);
});
afterEach(async () => {
  await proxy.close();
  await rig.close();
});

describe('the API, when the database', () => {
  let api: ApiProcess;
  beforeEach(async () => {
    api = await startApi(proxy.through(rig.databaseUrl));
  });
  afterEach(() => api.kill());

  test('falls silent on open connections, answers 503 with Retry-After in bounded time, and recovers', async () => {
    expect(await ask(`${api.url}/api/v1/runs`)).toMatchObject({ status: 200 });
    proxy.freeze();
    const silent = await Promise.all([
      ask(`${api.url}/api/v1/runs`),
      ask(`${api.url}/healthz/ready`),
      ask(`${api.url}/healthz/live`),
    ]);
    expect(silent.map(({ status }) => status)).toEqual([503, 503, 200]);
    expect(Number(silent[0].retryAfter)).toBeGreaterThan(0);
    for (const { seconds } of silent) expect(seconds).toBeLessThan(25);
    proxy.thaw();
    expect(await ask(`${api.url}/api/v1/runs`)).toMatchObject({ status: 200 });
    report('half-open connections', { apiSeconds: silent[0].seconds, readySeconds: silent[1].seconds });
  }, 120_000);

  test('is slow, is only slow itself', async () => {
    proxy.slow(150);
    expect(await ask(`${api.url}/api/v1/runs`)).toMatchObject({ status: 200 });
    expect(await ask(`${api.url}/healthz/live`)).toMatchObject({ status: 200 });
  });
});
