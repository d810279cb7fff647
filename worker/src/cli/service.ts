import type { Logger } from 'pino';
import { readConfig, type Config } from '../config/index.ts';
import { createLog } from '../log.ts';
import type { PipelineEvent } from '../pipeline/events.ts';
import { startMonitor, type Monitor, type MonitorOptions } from '../main.ts';
import { aborted, stopSignal } from './stopSignal.ts';
import { createProgress } from './terminal/progress.ts';

export interface ServiceOptions extends Omit<MonitorOptions, 'config' | 'log'> {
  /** Changes to what the environment says, from options of the command. */
  settings?: Partial<Config>;
  /** Called once everything runs. */
  onReady(monitor: Monitor, say: (text: string) => void, log: Logger): Promise<void> | void;
}

/** Runs parts of the monitor until somebody stops it. */
export async function runService({ settings, onReady, ...options }: ServiceOptions): Promise<void> {
  const stopping = stopSignal();
  const config = { ...readConfig(), ...settings };
  const { stdout } = process;
  let write: (text: string) => void = (text) => void stdout.write(text);
  const log = createLog({
    level: config.logLevel,
    format: config.logFormat,
    stream: stdout,
    write: (text) => write(text),
  });
  const progress = createProgress(stdout, (event) => log.info(event, 'progress'));
  write = (text) => progress.write(text);

  const onEvent = (event: PipelineEvent) => progress.show(event);
  const monitor = await startMonitor({ ...options, config, log, onEvent, signal: stopping }).catch(
    (error: unknown) => {
      if (stopping.aborted) return undefined;
      throw error;
    },
  );
  if (monitor === undefined) return log.info('stopped before everything had started');
  try {
    announceWorker(monitor, log);
    await Promise.race([onReady(monitor, write, log), aborted(stopping)]);
    await aborted(stopping);
    progress.end();
    log.info('stopping');
  } finally {
    progress.end();
    await monitor.stop();
  }
  log.info('stopped');
}

function announceWorker({ worker }: Monitor, log: Logger): void {
  if (worker === undefined) return;
  log.info({ source: worker.source }, 'runs come from');
  log.info({ model: worker.scorer.model, by: worker.scorer.backendReason }, 'scores come from');
}
