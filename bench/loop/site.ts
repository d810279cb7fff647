import { inputsOfRun, type Scorer } from '@dtdqm/detector';
import { takeInScores } from '@dtdqm/worker/learning/queue/queueRefresher';
import { registerFolder } from '@dtdqm/worker/learning/retrain/modelChoice';
import { ModelFollower } from '@dtdqm/worker/learning/startLearning';
import { PipelineEvents, type PipelineContext } from '@dtdqm/worker/pipeline/events';
import { reevaluateRun } from '@dtdqm/worker/pipeline/reevaluate';
import type { Database } from '@dtdqm/worker/storage/database';
import { claimJob, requestReevaluation } from '@dtdqm/worker/storage/jobs';
import { countPastRuns, goodHistory } from '@dtdqm/worker/storage/past';
import { saveRunResult, type ChamberResult } from '@dtdqm/worker/storage/results';
import { kinds, type Kind, type World, type WorldChamber } from './world.ts';

const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };

/**
 * Stores the runs of a world one after the other as the pipeline does, each judged beside its past by the model in use, and takes them into the
 * queue. Straight through the pipeline's own functions: fetching over HTTP would add time and no truth.
 */
export async function storeRuns(
  database: Database,
  scorer: Scorer,
  folder: string,
  world: World,
  see: (run: number, chambers: readonly WorldChamber[]) => void,
): Promise<void> {
  const { model } = await registerFolder(database, folder);
  for (const run of world.runs) {
    const chambers = world.chambersOf(run);
    see(run, chambers);
    const pastRuns = await countPastRuns(database, run);
    const inputs = inputsOfRun(chambers, await goodHistory(database, run));
    const judged = await scorer.score(inputs, { saliency: false });
    const now = Date.now();
    await saveRunResult(database, {
      ...{ run, model, pastRuns, dataset: 'bench', error: null, lumisections: world.lumisections(run) },
      life: { state: 'final', reason: 'over', since: now, grewAt: now, overAt: now, lookAt: null },
      chambers: chambers.map(({ chamber, matrix }, index): ChamberResult => ({
        ...chamber,
        state: 'present',
        matrix,
        verdict: judged[index]!,
      })),
    });
  }
  await takeInScores(database);
}

/** Goes over to the model that the gate put in use, if it did, and re-evaluates all runs by it. @returns whether it did. */
export async function followModel(
  database: Database,
  scorer: Scorer,
  follower: ModelFollower,
): Promise<boolean> {
  if (!(await follower.look())) return false;
  const context = {
    database,
    scorer,
    log: quiet,
    events: new PipelineEvents(),
  } as unknown as PipelineContext;
  await requestReevaluation(database, { model: scorer.model });
  for (;;) {
    const job = await claimJob(database, crypto.randomUUID());
    if (job === null) break;
    const outcome = await reevaluateRun(context, job, new AbortController().signal);
    if (outcome !== 'reevaluated') throw new Error(`run ${job.run} was not re-evaluated: ${outcome}`);
  }
  await takeInScores(database);
  return true;
}

export const followerOf = (database: Database, scorer: Scorer, modelDirectory: string) =>
  new ModelFollower({ database, scorer, log: quiet, modelDirectory });

/** What a model says of the held-out runs, by the truth. */
export interface Judged {
  found: Record<Kind, number>;
  bad: Record<Kind, number>;
  good: number;
  falseAlarms: number;
}

/** Judges the held-out runs beside the past that the database has; nothing is stored. */
export async function judgeHeldOut(
  database: Database,
  scorer: Pick<Scorer, 'score'>,
  world: World,
): Promise<Judged> {
  const none = () => Object.fromEntries(kinds.map((kind) => [kind, 0])) as Record<Kind, number>;
  const judged: Judged = { found: none(), bad: none(), good: 0, falseAlarms: 0 };
  const past = await goodHistory(database, world.heldOut[0]!);
  for (const run of world.heldOut) {
    const chambers = world.chambersOf(run);
    const said = await scorer.score(inputsOfRun(chambers, past), { saliency: false });
    chambers.forEach(({ truth }, index) =>
      truth.forEach((kind, row) => {
        if (kind === undefined) return;
        const flagged = said[index]!.verdicts[row] === 'bad';
        if (kind === null) {
          judged.good += 1;
          if (flagged) judged.falseAlarms += 1;
        } else {
          judged.bad[kind] += 1;
          if (flagged) judged.found[kind] += 1;
        }
      }),
    );
  }
  return judged;
}
