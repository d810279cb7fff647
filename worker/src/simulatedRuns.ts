import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { runNumberSchema } from '@dtdqm/contract';
import {
  demoRuns,
  type DemoSettings,
  type HistogramSource,
  type RunsInProgress,
} from '@dtdqm/simulator/sources';
import { z } from 'zod';

/** What is remembered of simulated runs, so that those that are stored are served again as they were. */
const rememberedSchema = z.object({
  /** When the runs that were over at the beginning had ended, milliseconds since 1970. */
  end: z.number(),
  begun: z.array(z.object({ run: runNumberSchema, startedAt: z.number(), firstTrip: z.number() })),
});
type Remembered = z.output<typeof rememberedSchema>;

/** Of the newest; older ones are over for a week and asked for no more. */
const mostBegun = 100;

/**
 * Simulated runs that go on where they were when the monitor is started again: a file in the data directory says which began when. It is
 * read, and written where runs go on, with the first request: only then is it certain that no other monitor has the folder.
 *
 * @param settings.goesOn whether one of them is in progress.
 */
export function simulatedRuns(
  folder: string,
  settings: Pick<DemoSettings, 'runs' | 'dataset' | 'goesOn' | 'now'>,
): HistogramSource {
  const file = path.join(folder, 'simulated.json');
  let opened: RunsInProgress | undefined;
  const open = () => (opened ??= openRuns(file, settings));
  return {
    runs: () => open().runs(),
    chamber: (run, chamber) => open().chamber(run, chamber),
  };
}

function openRuns(
  file: string,
  { now = Date.now, goesOn = true, ...settings }: Parameters<typeof simulatedRuns>[1],
): RunsInProgress {
  const remembered = remember(file) ?? { end: now() - (goesOn ? 10 * 60_000 : 0), begun: [] };
  return demoRuns({
    ...settings,
    ...remembered,
    now,
    goesOn,
    onBegin(begun) {
      remembered.begun = [...remembered.begun, begun].slice(-mostBegun);
      keep(file, remembered);
    },
  });
}

/** Undefined where there is no such file, or it is of no use: then the world begins anew, under numbers that follow. */
function remember(file: string): Remembered | undefined {
  try {
    return rememberedSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return undefined;
  }
}

/** With a database elsewhere there may be no folder to write to: simulated runs then begin anew with the next start. */
function keep(file: string, remembered: Remembered): void {
  try {
    const folder = path.dirname(file);
    // Not with those above it: `recursive` tries for ever where the file system refuses with "no such file", as /proc does.
    if (!existsSync(folder)) mkdirSync(folder);
    writeFileSync(`${file}.new`, JSON.stringify(remembered));
    renameSync(`${file}.new`, file);
  } catch {
    return;
  }
}
