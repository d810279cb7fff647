import {
  labelErrorIds,
  type ChamberOfRun,
  type Lease,
  type StrategyName,
  type WaitingChamber,
} from '@dtdqm/contract';
import type { LabelApi } from '../api/monitorApi.ts';
import { asProblem, type Problem } from '../api/problem.ts';
import { chamberKey, type Hold, type Task } from './session.ts';

export interface PrefetchOptions {
  /** Chambers to keep ready beside the one on display. */
  ahead: number;
  strategy: StrategyName | null;
  /** Whether what the model says is fetched after the answer only. */
  blindFirst: boolean;
  /** Asks about labels that did not teach instead of what the queue has; what is labelled already is answered anew. */
  secondOpinions?: boolean;
}

/** What the queue gave, with a lease or only to be looked at. */
type Drawn = Omit<WaitingChamber, 'reason'> & { reason: Pick<Lease['reason'], 'audit' | 'text'> } & Partial<
    Pick<Lease, 'lease'>
  >;

/**
 * Keeps the next chambers ready, data and all, so that going on waits for nothing. Until the expert begins it only looks at the one
 * that is next: to open a page holds no chamber from others.
 */
export class Prefetch {
  readonly #api: LabelApi;
  readonly #options: PrefetchOptions;
  readonly #ready: Task[] = [];
  /** Drawn, and not read yet. */
  readonly #drawn: Drawn[] = [];
  #hasBegun = false;
  readonly #seen = new Set<string>();
  #loading: Promise<void> | null = null;
  #problem: Problem | null = null;

  constructor(api: LabelApi, options: PrefetchOptions) {
    this.#api = api;
    this.#options = options;
  }

  /** Why the last loading failed; null when it went well, also when the queue had nothing left. */
  get problem(): Problem | null {
    return this.#problem;
  }

  /** The next chamber if one is ready; begins to load another in its place. */
  take(): Task | null {
    const task = this.#ready.shift() ?? null;
    if (this.#hasBegun) void this.fill();
    return task;
  }

  /** This chamber if it is among those that are ready, which then has one less. */
  takeOut(chamber: ChamberOfRun): Task | null {
    const at = this.#ready.findIndex((task) => chamberKey(task.chamber) === chamberKey(chamber));
    return at < 0 ? null : (this.#ready.splice(at, 1)[0] ?? null);
  }

  /** Returns a chamber that was taken and not dealt with, to be the next one again. */
  putBack(task: Task): void {
    this.#ready.unshift(task);
  }

  /** The next chamber, waited for; null when there is none or it could not be fetched (see `problem`). */
  async takeWhenReady(): Promise<Task | null> {
    if (this.#ready.length === 0) await this.fill();
    // Nothing came, so whoever asks decides when it is worth another request.
    return this.#ready.length > 0 ? this.take() : null;
  }

  /** One chamber with its labels, and with what the model says of it if that may be seen already. */
  async open(chamber: ChamberOfRun, audit = false, drawn: Drawn | null = null): Promise<Task> {
    const whole = () => this.#api.chamber(chamber);
    const { blindFirst, secondOpinions = false } = this.#options;
    const isBlind = audit || blindFirst;
    this.#seen.add(chamberKey(chamber));
    const [history, early] = await Promise.all([this.#api.history(chamber), isBlind ? null : whole()]);
    // What has a label has been answered, unless another answer is asked for.
    const data = early ?? (history.current && !secondOpinions ? await whole() : null);
    const { matrix } = data ?? (await this.#api.hits(chamber));
    const { reason, lease } = drawn ?? {};
    const asked = { reason: reason?.text ?? null, lease: lease?.id ?? null, isSecondOpinion: secondOpinions };
    return { chamber, matrix, data, audit, history, ...asked };
  }

  /**
   * Keeps others from a chamber, because its answer has begun, and leases ahead from here on.
   *
   * @returns what came of it, and what to say to the expert; never rejects, because an answer without a lease is an answer as well.
   */
  async claim({ chamber, audit }: Task): Promise<{ hold: Hold; lease?: string | null; notice?: string }> {
    this.#hasBegun = true;
    try {
      return { hold: 'held', lease: (await this.#api.lease({ ...chamber, audit }))?.id ?? null };
    } catch (thrown) {
      const { id, kind, message } = asProblem(thrown);
      if (id === labelErrorIds.leaseLost)
        return { hold: 'taken', notice: `Not yours: ${message}. Enter shows the next one.` };
      // What is in no queue can be labelled all the same; for the rest the next key asks again.
      if (kind === 'not-found') return { hold: 'held' };
      return { hold: 'looking', ...(kind === 'forbidden' ? { notice: message } : {}) };
    } finally {
      void this.fill();
    }
  }

  /** A chamber that was not answered comes again when the queue chose it, and waits for others when the expert did. */
  layAside(task: Task): void {
    if (task.lease === null) return;
    if (task.reason === null) void this.#api.release(task.lease).catch(() => undefined);
    else this.putBack(task);
  }

  /** Loads until enough are ready. Calls while loading join the one under way. */
  fill(): Promise<void> {
    this.#loading ??= this.#load().finally(() => {
      this.#loading = null;
    });
    return this.#loading;
  }

  /** Gives back what nobody will look at. */
  async close(): Promise<void> {
    const ready = this.#ready.splice(0).map(({ lease }) => lease);
    const leases = [...ready, ...this.#drawn.splice(0).map(({ lease }) => lease?.id ?? null)];
    await Promise.allSettled(leases.map((lease) => lease && this.#api.release(lease)));
  }

  async #load(): Promise<void> {
    const wanted = (this.#hasBegun ? this.#options.ahead : 1) - this.#ready.length;
    if (wanted <= 0) return;
    try {
      // What this page has shown already may come once more, as nobody knows yet that it is answered.
      for (let round = 0; round < 2 && this.#drawn.length < wanted; round += 1)
        await this.#draw(wanted - this.#drawn.length);
      await this.#openDrawn();
    } catch (thrown) {
      this.#problem = asProblem(thrown);
    }
  }

  async #draw(count: number): Promise<void> {
    const { strategy, blindFirst: blind, secondOpinions } = this.#options;
    if (secondOpinions) {
      const asked = (await this.#api.secondOpinions(blind)).filter(({ isAsked }) => isAsked);
      const drawn = asked.map(({ reason: text, ...each }) => ({ ...each, reason: { audit: false, text } }));
      this.#drawn.push(...this.#unseen(drawn).slice(0, count));
      return;
    }
    const query = { blind, ...(strategy ? { strategy } : {}) };
    // A look takes nothing out of the queue, so it finds what was shown before what was not.
    const drawn: Drawn[] = this.#hasBegun
      ? await this.#api.next({ ...query, count })
      : await this.#api.waiting({ ...query, count: Math.min(10, count + this.#seen.size) });
    this.#drawn.push(...this.#unseen(drawn).slice(0, count));
  }

  #unseen(drawn: readonly Drawn[]): Drawn[] {
    const known = new Set([...this.#seen, ...this.#drawn.map((each) => chamberKey(chamberOf(each)))]);
    return drawn.filter((each) => !known.has(chamberKey(chamberOf(each))));
  }

  /** A chamber that could not be read just now stays leased and is tried again; one that has vanished is left out. */
  async #openDrawn(): Promise<void> {
    const drawn = this.#drawn.splice(0);
    const opened = await Promise.allSettled(
      drawn.map((each) => this.open(chamberOf(each), each.reason.audit, each)),
    );
    this.#problem = null;
    for (const [index, outcome] of opened.entries()) {
      const each = drawn[index];
      if (outcome.status === 'fulfilled') {
        this.#ready.push(outcome.value);
      } else {
        this.#problem = asProblem(outcome.reason);
        if (this.#problem.isTransient && each) this.#drawn.push(each);
      }
    }
  }
}

function chamberOf({ run, wheel, station, sector }: Drawn): ChamberOfRun {
  return { run, wheel, station, sector } as ChamberOfRun;
}
