import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { endsWithUs } from '../childProcess.ts';
import { type Config, readConfig } from '../config/index.ts';
import { locks, withAdvisoryLock } from '../storage/advisoryLocks.ts';
import type { Database } from '../storage/database.ts';
import { areThereNewLabels, retrain, type RetrainReport } from '../learning/retrain/retrain.ts';
import { localActor, say, withDatabase } from './commandLine.ts';

export interface RetrainCommand {
  seed?: number;
  runs?: number;
  epochs?: number;
  promote: boolean;
  scheduled?: boolean;
  report?: string;
}

/** @throws {Error} when another process retrains; `scheduled` says so and does nothing. */
export async function retrainNow(command: RetrainCommand): Promise<void> {
  if (readConfig().databaseUrl !== undefined) return retrainHere(command);
  await withDatabase(async ({ url }, _config, signal) => {
    process.exitCode = await sameCommand(url, signal);
  });
}

/**
 * Training hears no signal for a minute, and whoever has started the embedded database must: so a process of its own trains, which
 * can be ended at any moment.
 *
 * @param url of the database, in the child's environment, where other users of the machine cannot read it.
 * @returns its exit code.
 */
async function sameCommand(url: string, signal: AbortSignal): Promise<number> {
  const [node, ...args] = process.argv;
  const child = spawn(node ?? process.execPath, args, {
    env: { ...process.env, DATABASE_URL: url },
    stdio: 'inherit',
  });
  endsWithUs(child);
  signal.addEventListener('abort', () => child.kill('SIGKILL'), { once: true });
  const [code] = (await once(child, 'close')) as [number | null];
  signal.throwIfAborted();
  return code ?? 1;
}

/** Ends at once at a signal, as programs do that listen for none: nothing of ours would run on, and training would not hear it. */
async function retrainHere({ scheduled = false, ...command }: RetrainCommand): Promise<void> {
  const never = new AbortController().signal;
  await withDatabase(async ({ database }, config) => {
    if (scheduled && !(await areThereNewLabels(database))) return leaveOut('there are no new labels');
    const isAlone = await withAdvisoryLock(database, locks.retraining, async () => {
      // Another one may have come in between.
      if (scheduled && !(await areThereNewLabels(database))) return leaveOut('there are no new labels');
      await train(database, config, command, scheduled ? 'schedule' : localActor());
    });
    if (isAlone) return;
    if (!scheduled) throw new Error('another process is retraining; wait until it has ended');
    leaveOut('another process is retraining');
  }, never);
}

const leaveOut = (reason: string) => say(`Not retrained: ${reason}.`, { skipped: reason });

async function train(
  database: Database,
  { modelDirectory }: Config,
  { promote, report: file, ...settings }: RetrainCommand,
  actor: string,
): Promise<void> {
  const report = await retrain({
    database,
    actor,
    promote,
    adaptation: settings,
    onStage: (stage) => void process.stderr.write(`${stage}\n`),
    modelDirectory,
  });
  if (report === null) return leaveOut('nothing is labelled');
  if (file !== undefined) await writeFile(file, `${JSON.stringify(report, null, 2)}\n`);
  say(tell(report), report);
}

/** A screen holds as many; all that are kept stand in the report. */
const mostTold = 20;

function tell({
  candidate,
  current,
  labels,
  power,
  averagePrecision,
  foundAtEqualFalseAlarms: found,
  falseAlarms,
  doubted: { count, listed },
  decision,
  promoted,
}: RetrainReport): string {
  const figures = [
    ['average precision', averagePrecision],
    ['bad layers found at equal false alarms', found],
    ['false alarms', falseAlarms],
  ] as const;
  const outcome = promoted
    ? `${candidate} is in use now instead of ${current}.`
    : `${current} stays in use; ${candidate} is kept${decision.promote ? ', and passed the gate' : ''}.`;
  const told = listed.slice(0, mostTold);
  return [
    `Adapted to ${labels.bad} bad and ${labels.good} good layers of ${labels.chambers} labelled chambers; each was judged by what never saw its run.`,
    ...figures.flatMap(([name, { current: before, candidate: after, low, high }]) =>
      before === null || after === null
        ? []
        : [
            `  ${name} ${before.toFixed(4)} -> ${after.toFixed(4)}${low === null || high === null ? '' : ` (gain ${low.toFixed(4)} to ${high.toFixed(4)})`}`,
          ],
    ),
    `  ${power}`,
    outcome,
    ...decision.reasons.map((reason) => `  ${reason}`),
    ...(count === 0
      ? []
      : [
          `${count} labels did not teach: the model and the labels of other runs speak against them. Look at them again; what is said twice teaches:`,
        ]),
    ...told.map(
      ({ run, chamber, layer, label, expert, score, byOthers }) =>
        `  run ${run} ${chamber} layer ${layer}: ${label} by ${expert}, P(bad) ${score.toFixed(4)}, by other labels ${byOthers.toFixed(4)}`,
    ),
    ...(count > told.length ? [`  and ${count - told.length} more; the report lists the surest`] : []),
  ].join('\n');
}
