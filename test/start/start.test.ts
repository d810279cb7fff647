import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chamberDataSchema, runListSchema } from '@dtdqm/contract';
import { dataDirectory, dtdqm, type Started } from './dtdqm.ts';

let folder: string;
let remove: () => Promise<void>;
let first: Started;
let env: Record<string, string>;
let runs: string;

beforeAll(async () => {
  [folder, remove] = await dataDirectory();
  env = { DTDQM_DATA_DIR: folder };
  first = dtdqm(['start', '--runs', '2'], { env, fromSource: true });
  runs = String((await first.line('ready'))['runs']);
});
afterAll(async () => {
  first.process.kill('SIGKILL');
  await first.ended;
  await remove();
});

// The tests build on one another: each goes on with what the one before has left.
describe('dtdqm start on a bare machine', () => {
  it('pulls a run of 250 chambers and says where to look', async () => {
    const answer = await fetch(`${runs}api/v1/runs`);
    const [newest] = runListSchema.parse(await answer.json()).runs;
    expect(newest).toMatchObject({ chambers: 250, absentChambers: 0 });
    const page = String((await first.line('ready'))['chamber']);
    expect((await fetch(page, { headers: { accept: 'text/html' } })).status).toBe(200);
    const data = chamberDataSchema.parse(await (await fetch(page.replace('/eval/', '/data/'))).json());
    expect(data.scores).toHaveLength(12);
    expect(data.saliency.flat().some((value) => value !== 0 && value !== -1)).toBe(true);
  });

  it('refuses a second instance on the same data directory', async () => {
    const second = dtdqm(['start'], { env });
    expect(await second.ended).toBe(1);
    expect(second.output()).toBe(
      `dtdqm: another monitor is running on the data directory ${folder}; stop it, or set DTDQM_DATA_DIR to another folder\n`,
    );
  });

  it('names a port that is in use, and the fix', async () => {
    const { port } = new URL(runs);
    const second = dtdqm(['start'], { env: { ...env, API_PORT: port } });
    expect(await second.ended).toBe(1);
    expect(second.output()).toMatch(
      new RegExp(`^dtdqm: port ${port} on 127.0.0.1 is in use.*set API_PORT.*\n$`),
    );
  });

  it('shares its database with an API and a one-time fetch', async () => {
    const api = dtdqm(['api'], { env });
    const { url } = await api.line('the API listens');
    expect((await fetch(`${String(url)}/healthz/ready`)).status).toBe(200);
    api.process.kill('SIGTERM');
    expect(await api.ended).toBe(0);
    const once = dtdqm(['fetch', '380001'], { env });
    expect(await once.ended).toBe(0);
    expect(once.output()).toContain('380001');
    const none = dtdqm(['fetch', '999999'], { env });
    expect(await none.ended).toBe(1);
    expect(none.output()).toContain('there is no run 999999');
  });

  it('stops in order at SIGTERM and leaves nothing running', async () => {
    first.process.kill('SIGTERM');
    expect(await first.ended).toBe(0);
    expect(first.output()).toContain('"msg":"stopped"');
    expect(first.output()).not.toContain('lost a connection');
    await expect(fetch(`${runs}healthz/live`)).rejects.toThrow();
  });

  it('goes on with what is stored when it is started again, through npm too', async () => {
    const again = dtdqm(['--runs', '2'], { env, npm: true });
    const ready = await again.line('ready');
    const stored = runListSchema.parse(await (await fetch(`${String(ready['runs'])}api/v1/runs`)).json());
    expect(stored.runs.map(({ run }) => run)).toContain(999999);
    // The run that was in progress still is: none began anew under its number, nor another.
    const live = stored.runs.filter(({ run }) => run !== 999999)[0];
    expect(live).toMatchObject({ run: 380003, keptChambers: 0, coverage: null });
    expect(Date.now() - Date.parse(live?.startedAt ?? '')).toBeLessThan(3600_000);
    expect(again.output()).not.toContain('schema brought up to date');
    again.process.kill('SIGTERM');
    await again.line('stopped');
  });
});
