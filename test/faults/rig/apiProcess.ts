import { dtdqm } from '../../start/dtdqm.ts';

export interface ApiProcess {
  url: string;
  process: ReturnType<typeof dtdqm>['process'];
  ended: Promise<number | null>;
  output(): string;
  kill(): Promise<void>;
}

/** `dtdqm api` in a process of its own. */
export async function startApi(databaseUrl: string, env: Record<string, string> = {}): Promise<ApiProcess> {
  const started = dtdqm(['api'], { env: { DATABASE_URL: databaseUrl, DTDQM_LOG_FORMAT: 'json', ...env } });
  const { url } = await started.line('the API listens');
  return {
    url: String(url),
    process: started.process,
    ended: started.ended,
    output: started.output,
    async kill() {
      started.process.kill('SIGKILL');
      await started.ended;
    },
  };
}

export interface Timed {
  status: number;
  retryAfter: string | null;
  id: string | undefined;
  seconds: number;
}

/** Status, Retry-After and error id of an answer, and how long it took. */
export async function ask(url: string, init?: RequestInit): Promise<Timed> {
  const started = performance.now();
  const answer = await fetch(url, init);
  const text = await answer.text();
  const body = (text.startsWith('{') ? JSON.parse(text) : {}) as { error?: { id: string } };
  return {
    status: answer.status,
    retryAfter: answer.headers.get('Retry-After'),
    id: body.error?.id,
    seconds: (performance.now() - started) / 1000,
  };
}
