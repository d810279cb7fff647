import { pino, type Logger } from 'pino';

export interface LogOptions {
  level: string;
  /** `auto` is text when the stream is a terminal and JSON lines elsewhere. */
  format: 'auto' | 'json' | 'text';
  /** Standard output unless set: a service's log is its output. */
  stream?: NodeJS.WriteStream;
  /** Takes the text instead of the stream, e.g. to keep it apart from progress bars. */
  write?: (text: string) => void;
}

/** Names under which a secret could come into a line; pino replaces their values. */
const secretPaths = ['databaseUrl', 'apiToken', 'passphrase', 'password', 'authorization', 'cookie'].flatMap(
  (name) => [name, `*.${name}`, `*.*.${name}`],
);

/** The process's log. Times are UTC; errors lose their stack unless the level is debug. */
export function createLog({ level, format, stream = process.stdout, write }: LogOptions): Logger {
  const put = write ?? ((text: string) => void stream.write(text));
  const asText = format === 'text' || (format === 'auto' && stream.isTTY);
  const withStack = level === 'debug' || level === 'trace';
  const describe = (error: unknown) => (error instanceof Error ? describeError(error, withStack) : error);
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: secretPaths, censor: '(secret)' },
      serializers: {
        error: describe,
        err: describe,
      },
    },
    { write: (json: string) => put(asText ? asLine(json) : json) },
  );
}

function describeError(error: Error, withStack: boolean): string | object {
  return withStack ? { message: error.message, stack: error.stack } : error.message;
}

interface Line {
  level: string;
  time: string;
  msg?: string;
  [field: string]: unknown;
}

/** For people: local time, level where it matters, message, then the rest as name=value. */
function asLine(json: string): string {
  const { level, time, msg = '', ...fields } = JSON.parse(json) as Line;
  const clock = new Date(time).toLocaleTimeString('en-GB');
  const mark = level === 'info' ? '' : `${level.toUpperCase()} `;
  const rest = Object.entries(fields).map(([name, value]) => ` ${name}=${asWord(value)}`);
  return `${clock} ${mark}${msg}${rest.join('')}\n`;
}

function asWord(value: unknown): string {
  if (typeof value === 'string') return /^[^\s"]+$/.test(value) ? value : JSON.stringify(value);
  return JSON.stringify(value);
}
