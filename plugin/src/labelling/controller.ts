import type { ChamberOfRun } from '@dtdqm/contract';
import type { LabelApi } from '../api/monitorApi.ts';
import { asProblem, type Problem } from '../api/problem.ts';
import type { Intent } from './keys.ts';
import {
  backoffDelay,
  Outbox,
  type Clock,
  type Message,
  type OutboxEntry,
  type OutboxStatus,
  type OutboxStore,
} from './outbox.ts';
import { chamberKey, Prefetch, type PrefetchOptions } from './prefetch.ts';
import {
  emptySession,
  marksOf,
  sessionReducer,
  whyNotReady,
  type Answer,
  type Session,
  type SessionAction,
  type Task,
} from './session.ts';

export interface ControllerOptions {
  api: LabelApi;
  store: OutboxStore;
  clock: Clock;
  /** A new idempotency key. */
  newKey: () => string;
  prefetch: PrefetchOptions;
  blindFirst: boolean;
}

export interface LabellingState {
  session: Session;
  outbox: OutboxStatus;
  /** Waiting for a chamber with nothing to show meanwhile. */
  waiting: boolean;
  problem: Problem | null;
}

/** Brings together session, outbox and prefetching. The panel draws its state and passes on intents. */
export class LabellingController {
  readonly outbox: Outbox;
  readonly #options: ControllerOptions;
  readonly #prefetch: Prefetch;
  readonly #listeners = new Set<() => void>();
  #session: Session = emptySession;
  #waiting = false;
  /** Counts what the expert asked to see; a chamber that arrives for an earlier request does not replace what is shown. */
  #latestRequest = 0;
  #problem: Problem | null = null;
  #failures = 0;
  #cancelRetry: (() => void) | null = null;
  #closed = false;
  /** Chambers of which this session has sent something. */
  readonly #answered = new Set<string>();
  #state: LabellingState | null = null;

  constructor(options: ControllerOptions) {
    this.#options = options;
    this.#prefetch = new Prefetch(options.api, options.prefetch);
    this.outbox = new Outbox(options.api, options.store, options.clock);
    this.outbox.subscribe(() => this.#changed());
  }

  get state(): LabellingState {
    this.#state ??= {
      session: this.#session,
      outbox: this.outbox.status,
      waiting: this.#waiting,
      problem: this.#problem,
    };
    return this.#state;
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Shows the next chamber: at once when one is ready. */
  next(): void {
    if (this.#waiting) return;
    const task = this.#prefetch.take();
    if (task) {
      this.#problem = null;
      this.#show(task);
      return;
    }
    this.#waiting = true;
    this.#cancelRetry?.();
    this.#changed();
    const request = (this.#latestRequest += 1);
    void this.#prefetch.takeWhenReady().then((late) => {
      if (request !== this.#latestRequest) {
        if (late) this.#prefetch.putBack(late);
        return;
      }
      this.#waiting = false;
      this.#problem = late ? null : this.#prefetch.problem;
      this.#show(late);
      if (this.#problem?.isTransient) this.#retryLater(this.#problem);
      else this.#failures = 0;
    });
  }

  /** A transient problem needs nothing of the expert: asks again by itself, less and less often. */
  #retryLater(problem: Problem): void {
    if (this.#closed) return;
    this.#failures += 1;
    const delay = backoffDelay(this.#failures, problem, this.#options.clock.random());
    this.#cancelRetry = this.#options.clock.schedule(delay, () => this.next());
  }

  /** Shows a chamber that the expert asked for, for example one that was chosen in the dashboard. */
  async open(chamber: ChamberOfRun): Promise<void> {
    const shown = this.#session.task;
    if (shown && chamberKey(shown.chamber) === chamberKey(chamber)) return;
    const request = (this.#latestRequest += 1);
    this.#waiting = true;
    this.#changed();
    const [opened] = await Promise.allSettled([this.#prefetch.open(chamber)]);
    if (request !== this.#latestRequest) return;
    if (opened.status === 'fulfilled') {
      this.#problem = null;
      this.#show(opened.value);
    } else {
      this.#problem = asProblem(opened.reason);
    }
    this.#waiting = false;
    this.#changed();
  }

  /** Carries out what a key or a button means. The view of saliency is the panel's own and is ignored here. */
  act(intent: Intent): void {
    switch (intent.type) {
      case 'toggle':
      case 'doubt':
        return this.#dispatch({ type: intent.type, layer: intent.layer });
      case 'all-good':
        return this.#dispatch({ type: 'all', verdict: 'good' });
      case 'all-bad':
        return this.#dispatch({ type: 'all', verdict: 'bad' });
      case 'save':
        return this.#save();
      case 'skip':
        return this.#skip();
      case 'undo':
        return this.#undo();
      case 'reveal':
        return this.#dispatch({ type: 'reveal' });
      case 'note':
      case 'fault':
      case 'help':
        return this.#dispatch({ type: 'dialog', dialog: intent.type });
      case 'saliency':
        return;
    }
  }

  /** Changes the note, the kind of fault or the wires of the answer. */
  setAnswer(changes: Partial<Omit<Answer, 'verdicts'>>): void {
    this.#dispatch({ type: 'edit', changes });
  }

  /** Closes the dialog, and tells whether one was open. */
  dismissDialog(): boolean {
    const wasOpen = this.#session.dialog !== null;
    this.#dispatch({ type: 'dismiss-dialog' });
    return wasOpen;
  }

  /** Resolves a conflict or a refusal: `mine` sends it again on top of what is there, `theirs` drops it. */
  resolve(entry: OutboxEntry, keep: 'mine' | 'theirs'): void {
    this.outbox.withdraw(entry.key);
    if (keep === 'theirs' || entry.kind !== 'label') return;
    const baseVersion = entry.conflict?.current.version;
    const { baseVersion: _stale, ...body } = entry.body;
    this.outbox.add(this.#options.newKey(), {
      kind: 'label',
      body: { ...body, ...(baseVersion === undefined ? {} : { baseVersion }) },
    });
  }

  close(): void {
    this.#closed = true;
    this.#cancelRetry?.();
    this.#listeners.clear();
    this.outbox.close();
    void this.#prefetch.close();
  }

  #save(): void {
    const { task, answer, saved, revealed, since } = this.#session;
    if (!task) return;
    if (saved === answer) return this.next();
    const notice = whyNotReady(this.#session);
    if (notice) return this.#dispatch({ type: 'notice', notice });
    const seen = revealed
      ? { model: task.data.model ?? null, scores: task.data.scores }
      : { model: null, scores: null };
    // After an undo one's own events have moved the version on, so the answer no longer builds on the one that was read.
    const base = this.#answered.has(chamberKey(task.chamber)) ? undefined : task.history?.version;
    const key = this.#send({
      kind: 'label',
      body: {
        ...task.chamber,
        verdicts: [...answer.verdicts],
        marks: marksOf(answer),
        note: answer.note,
        blind: !revealed,
        seen,
        queueReason: task.reason,
        seconds: Math.min(86_400, Math.max(0, (this.#options.clock.now() - since) / 1000)),
        ...(base === undefined ? {} : { baseVersion: base }),
      },
    });
    if (key === null) return;
    this.#answered.add(chamberKey(task.chamber));
    this.#dispatch({ type: 'done', kind: 'saved', key });
    if (revealed) this.next();
    else this.#dispatch({ type: 'reveal' });
  }

  #skip(): void {
    const { task, answer } = this.#session;
    if (!task) return;
    const key = this.#send({ kind: 'skip', body: { ...task.chamber, note: answer.note } });
    if (key === null) return;
    this.#answered.add(chamberKey(task.chamber));
    this.#dispatch({ type: 'done', kind: 'skipped', key });
    this.next();
  }

  #undo(): void {
    const { steps, task, saved } = this.#session;
    const step = steps.at(-1);
    if (step) {
      if (!this.outbox.withdraw(step.key) && this.#send({ kind: 'undo', of: step.key }) === null) return;
      if (task && task !== step.task && !saved) this.#prefetch.putBack(task);
      this.#latestRequest += 1;
      this.#waiting = false;
    }
    this.#dispatch({ type: 'undo', now: this.#options.clock.now() });
  }

  /** The key under which something was put into the outbox, or null when the browser could not store it. */
  #send(message: Message): string | null {
    const key = this.#options.newKey();
    try {
      this.outbox.add(key, message);
      return key;
    } catch {
      const notice =
        'This browser’s storage is full, so the answer was not taken. Free some, then save again.';
      this.#dispatch({ type: 'notice', notice });
      return null;
    }
  }

  #show(task: Task | null): void {
    const { blindFirst, clock } = this.#options;
    const isLabelled = (task?.history?.current ?? null) !== null;
    this.#dispatch({ type: 'show', task, blindFirst: blindFirst && !isLabelled, now: clock.now() });
  }

  #dispatch(action: SessionAction): void {
    this.#session = sessionReducer(this.#session, action);
    this.#changed();
  }

  #changed(): void {
    this.#state = null;
    for (const listener of this.#listeners) listener();
  }
}
