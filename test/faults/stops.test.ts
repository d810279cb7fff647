import { once } from 'node:events';
import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { mean } from '@dtdqm/contract/numbers';
import { randomOf } from '@dtdqm/contract/random';
import { labelOf } from '../labels/labelled.ts';
import { isLong, report, sized } from './rig/size.ts';
import { dataDirectory, dtdqm, processesOf, type Started } from '../start/dtdqm.ts';

// Whole processes start here, which takes long where the machine is busy with other tests.
vi.setConfig({ testTimeout: isLong ? 3_600_000 : 600_000, hookTimeout: 180_000 });

let folder: string;
let remove: () => Promise<void>;
beforeAll(async () => {
  [folder, remove] = await dataDirectory();
});
// As for people who start it again: initdb and all migrations are only run where a test is about them.
afterEach(async () => {
  for (const { pid } of await processesOf(folder)) process.kill(pid, 'SIGKILL');
});
afterAll(() => remove());

const removeDatabase = () => rm(path.join(folder, 'postgres'), { recursive: true, force: true });

/** The moments that differ: a little after the start of the process, or after one of these lines of the log. */
const moments = [
  'the start',
  'initdb',
  'database schema brought up to date',
  'progress',
  'ready',
  'run stored',
] as const;

/** Waits until the process is where it shall be stopped. */
async function reached(moment: (typeof moments)[number], started: Started): Promise<void> {
  if (moment === 'the start') return;
  if (moment === 'initdb') {
    const isMaking = async () =>
      (await readdir(folder)).some((name) => name.startsWith('postgres.new-')) ||
      (await readdir(folder)).includes('postgres');
    while (!(await isMaking())) await delay(20);
    return;
  }
  await started.line(moment);
}

const stops = sized(5, 50);
/** Seconds that a person or a supervisor waits. */
const patience = 5;

describe(`a monitor that is told to end at ${stops} random moments under load`, () => {
  it(`ends within ${patience} s each time and leaves no process`, async () => {
    const random = randomOf('stops', stops);
    const seconds: number[] = [];
    const orphans: string[] = [];
    for (let stop = 0; stop < stops; stop++) {
      const npm = stop % 4 === 3;
      const moment = moments[Math.floor(random() * moments.length)] ?? 'ready';
      const signal = (['SIGINT', 'SIGTERM', 'SIGHUP'] as const)[Math.floor(random() * 3)];
      // The first moments are those of a new data directory: initdb and all migrations.
      if (moments.indexOf(moment) < 3) await removeDatabase();
      const started = dtdqm(npm ? ['--runs', '50'] : ['start', '--runs', '50'], {
        env: { DTDQM_DATA_DIR: folder, DTDQM_SCORING_THREADS: '2' },
        npm,
      });
      // Whoever waits for a line that the program does not come to is told by its end.
      await Promise.race([reached(moment, started), delay(60_000)]);
      await delay(random() * 2000);
      const asking = startRequests(started);
      const from = performance.now();
      tell(started, signal, npm);
      await started.ended;
      let left = await processesOf(folder);
      while (left.length > 0 && performance.now() - from < 2 * patience * 1000) {
        await delay(50);
        left = await processesOf(folder);
      }
      asking.abort();
      seconds.push((performance.now() - from) / 1000);
      orphans.push(
        ...left.map(({ command }) => `${signal} at "${moment}"${npm ? ' of npm' : ''}: ${command}`),
      );
      for (const { pid } of left) process.kill(pid, 'SIGKILL');
    }
    report('stops', {
      stops,
      orphans: orphans.length,
      slowestSeconds: Math.max(...seconds),
      meanSeconds: mean(seconds),
    });
    expect(orphans).toEqual([]);
    // With other tests beside it a machine may take longer over the same steps.
    if (isLong) expect(seconds.filter((each) => each > patience)).toEqual([]);
  });
});

/**
 * A terminal tells the whole process group of Ctrl-C and of its own end, a supervisor the one process that it started. npm passes SIGINT on to
 * a shell that waits for us and tells nobody, so SIGINT to npm alone ends nothing, whatever npm runs.
 */
function tell({ process: { pid = 0 } }: Started, signal: NodeJS.Signals | undefined, npm: boolean): void {
  process.kill(npm && signal !== 'SIGTERM' ? -pid : pid, signal);
}

/** Requests that are under way when the end comes, where the API listens by then. */
function startRequests(started: Started): AbortController {
  const stop = new AbortController();
  const url = /"runs":"(http:[^"]*)"/.exec(started.output())?.[1];
  const ask = async () => {
    while (!stop.signal.aborted) {
      const answer = await fetch(`${url}api/v1/labels/export`, { signal: stop.signal }).catch(
        () => undefined,
      );
      await answer?.text().catch(() => undefined);
      await delay(10);
    }
  };
  if (url !== undefined) for (let client = 0; client < 3; client++) void ask();
  return stop;
}

describe('the embedded database', () => {
  const env = () => ({ DTDQM_DATA_DIR: folder });

  /** Kills what runs there with these words in its command line. */
  async function kill(words: string): Promise<void> {
    const found = (await processesOf(folder)).filter(({ command }) => command.includes(words));
    expect(found.length).toBeGreaterThan(0);
    for (const { pid } of found) process.kill(pid, 'SIGKILL');
  }

  async function endsWithoutOrphans(started: Started): Promise<void> {
    started.process.kill('SIGTERM');
    expect(await started.ended).toBe(0);
    expect(await processesOf(folder)).toEqual([]);
  }

  it('of a monitor that was killed is taken over by the next one, which says so and stops it', async () => {
    const first = dtdqm(['api'], { env: env() });
    await first.line('the API listens');
    first.process.kill('SIGKILL');
    await first.ended;
    expect((await processesOf(folder)).length).toBeGreaterThan(0);
    const second = dtdqm(['api'], { env: env() });
    await second.line('a monitor that was killed left its database running; it is taken over');
    await endsWithoutOrphans(second);
  });

  it('is made whole by the next start when the one before was killed amid initdb', async () => {
    await removeDatabase();
    const first = dtdqm(['api'], { env: env() });
    while (!(await readdir(folder)).some((name) => name.startsWith('postgres.new-'))) await delay(10);
    first.process.kill('SIGKILL');
    await first.ended;
    const second = dtdqm(['api'], { env: env() });
    await second.line('the API listens');
    expect((await readdir(folder)).filter((name) => name.startsWith('postgres'))).toEqual(['postgres']);
    await endsWithoutOrphans(second);
  });

  it('is started again under a monitor that goes on, and answers as before', async () => {
    const started = dtdqm(['api'], { env: env() });
    const url = String((await started.line('the API listens'))['url']);
    await kill('bin/postgres -D');
    await started.line('the embedded PostgreSQL is back');
    while ((await fetch(`${url}/api/v1/runs`)).status !== 200) await delay(100);
    await endsWithoutOrphans(started);
  });

  it('is stopped when a retraining is ended, which hears no signal itself', async () => {
    await labelOneChamber();
    const started = dtdqm(['retrain'], { env: env() });
    const isAtWork = () => started.output().includes('simulating');
    await Promise.race([started.ended, vi.waitUntil(isAtWork, { timeout: 120_000 })]);
    expect(isAtWork(), started.output()).toBe(true);
    await delay(1000);
    started.process.kill('SIGINT');
    expect(await started.ended).toBe(130);
    expect(started.output()).toMatch(/dtdqm: stopped before it was done; nothing is left half-way\n$/);
    expect(await processesOf(folder)).toEqual([]);
  });
});

/** Without labels there is nothing to train. */
async function labelOneChamber(): Promise<void> {
  const started = dtdqm(['start', '--runs', '1'], { env: { DTDQM_DATA_DIR: folder } });
  const url = String((await started.line('the API listens'))['url']);
  const { run } = await started.line('run stored');
  const { status } = await fetch(`${url}/api/v1/labels`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(labelOf(Number(run), 0)),
  });
  expect(status).toBe(201);
  started.process.kill('SIGTERM');
  await started.ended;
}

/** Loaded into the process before the program: at SIGUSR2 something fails that nobody waits for. */
const failing = (failure: string) =>
  `import { isMainThread } from 'node:worker_threads';
   if (isMainThread) process.on('SIGUSR2', () => setTimeout(() => { ${failure} }));`;
const failures = {
  'an error in a timer': "throw new TypeError('bad luck')",
  'a rejection that nobody handles': "Promise.reject(new TypeError('bad luck'))",
  'something thrown that is no error': "throw 'TypeError: bad luck'",
};

describe('what nobody expected', () => {
  const preloaded = (failure: string) => ({
    NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(failing(failure))}`,
  });
  /** What the process says beside its log. */
  const said = (started: Started) => started.output().replace(/^\{.*\}\n/gm, '');

  it.each(Object.entries(failures))(
    '%s ends the monitor in order: one line, a code that tells of it, no process left',
    async (_what, failure) => {
      const started = dtdqm(['start', '--runs', '2'], {
        env: { DTDQM_DATA_DIR: folder, ...preloaded(failure) },
      });
      await started.line('the API listens');
      started.process.kill('SIGUSR2');
      expect(await started.ended).toBe(1);
      expect(said(started)).toMatch(/^dtdqm: .*TypeError: bad luck.*\n$/);
      expect(started.output()).toContain('"stopping"');
      expect(await processesOf(folder)).toEqual([]);
    },
  );

  it('ends a command that has no database in the same way', async () => {
    const env = { DTDQM_DATA_DIR: folder, ...preloaded(failures['an error in a timer']) };
    const started = dtdqm(['simulate'], { env });
    while (!started.output().includes('listening')) await delay(20);
    started.process.kill('SIGUSR2');
    expect(await started.ended).toBe(1);
    expect(said(started)).toMatch(/^dtdqm: .*TypeError: bad luck.*\n$/);
  });

  it('as when whoever reads the log goes away ends the monitor in order, and leaves no process', async () => {
    const started = dtdqm(['start', '--runs', '2'], { env: { DTDQM_DATA_DIR: folder } });
    await started.line('the API listens');
    started.process.stdout?.destroy();
    await once(started.process, 'exit');
    expect(started.process.exitCode).toBe(1);
    expect(said(started)).toBe('dtdqm: ended because nobody reads the output any more\n');
    expect(await processesOf(folder)).toEqual([]);
  });
});
