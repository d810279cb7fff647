/** Exit code of a process that a signal ended, as shells count. */
const codes = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

/** npm passes Ctrl-C on to a child that the terminal has told already: both arrive together and are one. */
const echoMs = 300;

/** Longest that an orderly end may take; a supervisor would kill us soon after. */
const longestEndMs = 4500;

/**
 * Aborts at the first Ctrl-C or SIGTERM; the second ends the process at once, and so does an end that takes too long.
 * Under npm the loss of the parent counts too: npm passes SIGTERM on to its shell, which dies without telling us.
 */
export function stopSignal(): AbortSignal {
  const stopping = new AbortController();
  let first = 0;
  const onSignal = (signal: keyof typeof codes) => {
    if (!stopping.signal.aborted) {
      first = performance.now();
      stopping.abort();
      setTimeout(() => process.exit(1), longestEndMs).unref();
    } else if (performance.now() - first > echoMs) {
      process.exit(codes[signal]);
    }
  };
  for (const signal of Object.keys(codes) as (keyof typeof codes)[]) process.on(signal, onSignal);
  if (process.env['npm_lifecycle_event'] !== undefined) watchParent(() => onSignal('SIGTERM'));
  return stopping.signal;
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
