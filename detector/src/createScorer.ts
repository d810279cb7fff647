import { formatChamber, matrixSchema, noWire, rowsPerChamber } from '@dtdqm/contract';
import { defaultModelFolder, readModelFolder } from './model/modelFolder.ts';
import type { WholeExpectation } from './run/expectWhole.ts';
import type { BackendChoice, Scorer, ChamberVerdict, ScoreOptions, ScorerInput } from './scorer.ts';
import { ScoringPool } from './threads/pool.ts';

export interface ScorerSettings {
  /** A model folder; `models/default.json` points to the one that is used otherwise. */
  model?: string | undefined;
  backend?: BackendChoice | undefined;
  /** Worker threads; each costs about 100 MB. Default 1. */
  threads?: number | undefined;
  /** See {@link ScoreOptions}; what a call says itself goes before it. */
  hotIsBad?: boolean | undefined;
}

/**
 * Starts scoring threads with a model.
 *
 * @throws {ModelError} when the model folder cannot be used, {BackendError} when the backend asked for does not load.
 */
export async function createScorer({
  model,
  backend = 'auto',
  threads = 1,
  hotIsBad = false,
}: ScorerSettings = {}): Promise<Scorer> {
  const folder = model ?? (await defaultModelFolder());
  // A folder that is of no use is refused at once, not by threads that load TensorFlow.js first.
  await readModelFolder(folder);
  const { pool, report } = await ScoringPool.start(threads, { folder, backend });
  return {
    backend: report.backend,
    backendReason: report.backendReason,
    get model() {
      return pool.model;
    },
    get saliencyMethods() {
      return pool.saliencyMethods;
    },
    async score(chambers, options = {}, signal) {
      validateInputs(chambers);
      return pool.score(chambers, { hotIsBad, ...options }, signal);
    },
    async steps(chamber) {
      validateInputs([chamber]);
      return pool.steps(chamber);
    },
    replaceModel: (next) => pool.replaceModel(next),
    close: () => pool.close(),
  };
}

/**
 * Scores chambers and says by which model. When the model was replaced meanwhile some may be by the old one and some by the
 * new one, so they are scored once more: what is stored under a model's name is all its own.
 *
 * @throws {RangeError} as `Scorer.score`.
 */
export async function scoreByOneModel(
  scorer: Pick<Scorer, 'model' | 'score'>,
  chambers: readonly ScorerInput[],
  options?: ScoreOptions,
  signal?: AbortSignal,
): Promise<{ model: string; verdicts: ChamberVerdict[] }> {
  for (;;) {
    const { model } = scorer;
    const verdicts = await scorer.score(chambers, options, signal);
    if (scorer.model === model) return { model, verdicts };
  }
}

/** @throws {RangeError} when a matrix is not one; the message names the chamber, the field and the rule. */
function validateInputs(inputs: readonly ScorerInput[]): void {
  for (const { chamber, matrix, history = [], exposures, expected = [] } of inputs) {
    refuse(`${formatChamber(chamber)}: matrix`, matrix);
    history.forEach((past, index) => refuse(`${formatChamber(chamber)}: history.${index}`, past));
    if (exposures && !areExposures(exposures, history.length)) {
      throw new RangeError(
        `${formatChamber(chamber)}: exposures must hold one number above 0 for each matrix of the history`,
      );
    }
    if (!expected.every(isExpectation)) {
      throw new RangeError(
        `${formatChamber(chamber)}: expected must hold levels from 0 up and spreads above 0, as inputsOfRun gives them`,
      );
    }
  }
}

function isExpectation({ level, spread }: WholeExpectation): boolean {
  return Number.isFinite(level) && level >= 0 && Number.isFinite(spread) && spread > 0;
}

function areExposures(exposures: readonly number[], count: number): boolean {
  return exposures.length === count && exposures.every((value) => Number.isFinite(value) && value > 0);
}

function refuse(subject: string, matrix: unknown): void {
  if (isMatrix(matrix)) return;
  const parsed = matrixSchema.safeParse(matrix);
  if (parsed.success) return;
  const faults = parsed.error.issues.map(({ path, message }) =>
    [path.map((index) => `[${String(index)}]`).join(''), message].join(' ').trim(),
  );
  throw new RangeError(`${subject} ${faults.slice(0, 3).join('; ')}`);
}

/** Quickly passes what is surely a matrix: the schema, which knows what to say of others, takes longer than scoring. */
function isMatrix(matrix: unknown): boolean {
  if (!Array.isArray(matrix) || matrix.length !== rowsPerChamber) return false;
  const width = (matrix[0] as unknown[] | undefined)?.length ?? 0;
  return (
    width > 0 &&
    width <= ordinaryWidth &&
    matrix.every((row: unknown) => Array.isArray(row) && row.length === width && row.every(isHits))
  );
}

const isHits = (hits: unknown) => Number.isSafeInteger(hits) && (hits as number) >= noWire;
/** The widest row of the detector has 96 cells; what is wider goes the slow way. */
const ordinaryWidth = 100;
