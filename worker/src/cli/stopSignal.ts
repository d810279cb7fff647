/** Exit code of a process that a signal ended, as shells count. */
const codes = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;
type StopName = keyof typeof codes;

/** npm passes Ctrl-C on to a child that the terminal has told already: both arrive together and are one. */
const echoMs = 300;

/**
 * Longest that an orderly end may take; supervisors and people wait 5 s. An embedded database that is still there by then is
 * stopped as the process exits, which takes a second more at most.
 */
const longestEndMs = 4000;

/** Why work was given up: somebody asked this process to end. */
export class StoppedError extends Error {
  override readonly name = 'StoppedError';
  readonly exitCode: number;

  constructor(signal: StopName) {
    super('stopped before it was done; nothing is left half-way');
    this.exitCode = codes[signal];
  }
}

/** Why work was given up: something happened that nobody expected. It was told when it came. */
export class UnexpectedError extends Error {
  override readonly name = 'UnexpectedError';
}

let stopping: AbortController | undefined;
let isUnexpectedTold = false;

/**
 * Aborts at the first Ctrl-C, SIGTERM or SIGHUP, and at an error that nobody expected; the second ends the process at once, and
 * so does an end that takes too long. Under npm the loss of the parent counts too: npm passes SIGTERM on to its shell, which dies
 * without telling us. A process has one such signal, however often this is called.
 */
export function stopSignal(): AbortSignal {
  if (stopping !== undefined) return stopping.signal;
  const controller = (stopping = new AbortController());
  let first = 0;
  controller.signal.addEventListener('abort', () => {
    first = performance.now();
    setTimeout(() => {
      process.stderr.write(
        `dtdqm: not everything had ended after ${longestEndMs / 1000} s; ended all the same\n`,
      );
      process.exit(1);
    }, longestEndMs).unref();
  });
  const onSignal = (signal: StopName) => {
    if (!controller.signal.aborted) controller.abort(new StoppedError(signal));
    else if (performance.now() - first > echoMs) process.exit(codes[signal]);
  };
  for (const signal of Object.keys(codes) as StopName[]) process.on(signal, onSignal);
  if (process.env['npm_lifecycle_event'] !== undefined) watchParent(() => onSignal('SIGTERM'));
  return controller.signal;
}

/**
 * Ends the process, in order where there is a stop signal, after an error that nobody expected, a rejection that nobody handled, or the loss of
 * whoever reads what is printed. Left to itself Node prints pages and ends at once, and an embedded database runs on. The first such error is told in
 * one line with the places it came through; those that follow from it, as when nobody can be told, are not.
 */
export function endAtUnexpectedErrors(): void {
  const end = (what: string, cause: unknown) => {
    process.exitCode = 1;
    if (isUnexpectedTold) return;
    isUnexpectedTold = true;
    process.stderr.write(`dtdqm: ${what.replace(/\s*\n\s*/g, ' < ')}\n`);
    if (stopping === undefined) process.exit();
    stopping.abort(new UnexpectedError(what, { cause }));
  };
  process.on('uncaughtException', (error: unknown) => {
    const told = error instanceof Error ? (error.stack ?? String(error)) : String(error);
    end(`ended by an error that nobody expected; what is stored stays. Please report it: ${told}`, error);
  });
  for (const output of [process.stdout, process.stderr])
    output.on('error', (error) => end('ended because nobody reads the output any more', error));
}

/** Whether this process was asked to end, or something has happened after which it must. */
export function isStopping(): boolean {
  return stopping?.signal.aborted ?? false;
}

/** Whether somebody asked for the end, other than an error. */
export function isOrderly(signal: AbortSignal): boolean {
  return signal.aborted && signal.reason instanceof StoppedError;
}

function watchParent(onLoss: () => void): void {
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    onLoss();
  }, 200);
  watch.unref();
}

/** Resolves when the signal aborts. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
