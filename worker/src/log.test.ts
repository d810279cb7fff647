import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { createLog, type LogOptions } from './log.ts';

function captured(options: Partial<LogOptions> = {}) {
  const lines: string[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(chunk.toString());
      done();
    },
  });
  const log = createLog({
    level: 'info',
    format: 'json',
    ...options,
    stream: stream as unknown as NodeJS.WriteStream,
  });
  return { log, lines };
}

describe('the log', () => {
  it('is JSON lines with level, UTC time and message', () => {
    const { log, lines } = captured();
    log.info({ run: 380000 }, 'run stored');
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ level: 'info', run: 380000, msg: 'run stored' });
    expect(lines[0]).toMatch(/"time":"\d{4}-.*Z"/);
  });

  it('is readable as text', () => {
    const { log, lines } = captured({ format: 'text' });
    log.warn({ run: 380000, reason: 'no answer' }, 'run failed');
    expect(lines[0]).toMatch(/^\d\d:\d\d:\d\d WARN run failed run=380000 reason="no answer"\n$/);
  });

  it('hides secrets at any place', () => {
    const { log, lines } = captured();
    log.info({ apiToken: 'abc', headers: { authorization: 'abc' }, dqm: { tls: { passphrase: 'abc' } } });
    expect(lines.join()).not.toContain('abc');
  });

  it('shows stacks when debugging only', () => {
    const quiet = captured();
    quiet.log.error({ error: new Error('broken') }, 'oops');
    expect(quiet.lines.join()).not.toContain('log.test.ts');
    const loud = captured({ level: 'debug' });
    loud.log.error({ error: new Error('broken') }, 'oops');
    expect(loud.lines.join()).toContain('log.test.ts');
  });
});
