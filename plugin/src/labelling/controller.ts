import type { LabelApi } from '../api/monitorApi.ts';
import type { ChamberOfRun } from '@dtdqm/contract';
import { asProblem, type Problem } from '../api/problem.ts';
import type { LabelPlace } from './address.ts';
import type { Intent } from './keys.ts';
import {
  backoffDelay,
  Outbox,
  type Clock,
  type Message,
  type OutboxStatus,
  type OutboxStore,
} from './outbox.ts';
import { Prefetch, type PrefetchOptions } from './prefetch.ts';
import {
  chamberKey,
  emptySession,
  isBlind,
  isInForce,
  labelOf,
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
  newKey: () => string;
  prefetch: PrefetchOptions;
}
export interface LabellingState {
  session: Session;
  outbox: OutboxStatus;
  /** Waiting for a chamber with nothing to show meanwhile. */
  waiting: boolean;
  problem: Problem | null;
}

const storageFull = 'This browser’s storage is full, so nothing was taken: free some, then save again.';

const nextIsComing = 'The next chamber is on its way: that key was not taken.';

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
  /** Chambers of which this session has sent something that the history at hand does not tell. */
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
    if (task) return this.#show(task);
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
      this.#show(late, null, late ? null : this.#prefetch.problem);
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
  async open({ chamber, answer, audit }: LabelPlace): Promise<void> {
    if (this.#isShown(chamber)) return;
    const request = (this.#latestRequest += 1);
    const ready = this.#prefetch.takeOut(chamber);
    // What is read from here on tells of all that was sent; what lay ready was read before.
    if (!ready && this.outbox.status.pending === 0) this.#answered.delete(chamberKey(chamber));
    this.#waiting = ready === null;
    this.#changed();
    const [opened] = await Promise.allSettled([ready ?? this.#prefetch.open(chamber, audit)]);
    if (request !== this.#latestRequest) return;
    if (opened.status === 'fulfilled') {
      this.#layAside();
      this.#show(opened.value, answer);
    } else {
      this.#problem = asProblem(opened.reason);
    }
    this.#waiting = false;
    this.#changed();
  }

  #isShown(chamber: ChamberOfRun): boolean {
    return this.#session.task !== null && chamberKey(this.#session.task.chamber) === chamberKey(chamber);
  }

  #layAside(): void {
    const { task, hold } = this.#session;
    if (!task || hold === 'taken' || this.#answered.has(chamberKey(task.chamber))) return;
    this.#prefetch.layAside(task);
  }

  /** Carries out what a key or a button means. The view of saliency is the panel's own and is ignored here. */
  act(intent: Intent): void {
    if (intent.type !== 'undo' && intent.type !== 'help' && this.#isOnItsWay()) return;
    switch (intent.type) {
      case 'toggle':
      case 'doubt':
        return this.#mark(intent);
      case 'all-good':
      case 'all-bad':
        return this.#mark({ type: 'all', verdict: intent.type === 'all-bad' ? 'bad' : 'good' });
      case 'accept':
        return this.#mark({ type: 'accept' });
      case 'save':
        return this.#save();
      case 'skip':
        return this.#skip();
      case 'undo':
        return this.#undo();
      case 'reveal':
        return this.#reveal();
      case 'note':
      case 'fault':
      case 'help':
        return this.#dispatch({ type: 'dialog', dialog: intent.type });
      case 'fault-kind':
        this.setAnswer({ faultKind: intent.kind });
        return void this.dismissDialog();
      case 'saliency':
      case 'held':
    }
  }

  /** What is still on display was answered, or left for another chamber: what comes now is meant for the one that is not there yet. */
  #isOnItsWay(): boolean {
    if (!this.#waiting || !this.#session.task) return false;
    this.#dispatch({ type: 'notice', notice: nextIsComing });
    return true;
  }

  /** Whether a dialog was open. */
  dismissDialog(): boolean {
    const { dialog } = this.#session;
    this.#dispatch({ type: 'dismiss-dialog' });
    return dialog !== null;
  }

  setAnswer(changes: Partial<Omit<Answer, 'verdicts'>>): void {
    if (this.#isOnItsWay()) return;
    this.#mark({ type: 'edit', changes });
  }

  close(): void {
    this.#closed = true;
    this.#cancelRetry?.();
    this.#listeners.clear();
    this.outbox.close();
    this.#layAside();
    void this.#prefetch.close();
  }

  /** An answer, or a part of one; the first leases the chamber. */
  #mark(action: SessionAction): void {
    if (this.#session.hold === 'taken') return;
    // To be told that the model's verdict is hidden is no mark.
    if (action.type !== 'accept' || !isBlind(this.#session)) this.#claim();
    this.#dispatch(action);
  }

  /** Leases the chamber on display. The expert goes on meanwhile. */
  #claim(): void {
    const { task, hold } = this.#session;
    if (!task || hold !== 'looking') return;
    this.#dispatch({ type: 'hold', chamber: task.chamber, hold: 'asked' });
    void this.#prefetch.claim(task).then((outcome) => {
      if (this.#answered.has(chamberKey(task.chamber))) return;
      if (!this.#closed && this.#isShown(task.chamber))
        this.#dispatch({ type: 'hold', chamber: task.chamber, ...outcome });
      else this.#prefetch.layAside({ ...task, lease: outcome.lease ?? null, reason: null });
    });
  }

  /** Shows what the model says. A random draw is answered first: what the estimate of the share of bad layers follows from is seen blind. */
  #reveal(): void {
    const { task, saved } = this.#session;
    if (!task || !isBlind(this.#session)) return;
    if (task.audit && !saved) {
      return this.#dispatch({
        type: 'notice',
        notice: 'Drawn at random: answer first, then the scores appear.',
      });
    }
    const refused = (thrown: unknown) =>
      this.#dispatch({ type: 'notice', notice: `No scores came: ${asProblem(thrown).message}` });
    // Nobody is told what the model says of a random draw before the answer has arrived.
    const asked = (task.audit ? this.#allSent() : Promise.resolve()).then(() =>
      this.#options.api.chamber(task.chamber),
    );
    void asked.then((data) => this.#dispatch({ type: 'reveal', data }), refused);
  }

  #allSent(): Promise<void> {
    return new Promise((resolve) => {
      const look = () => {
        if (this.outbox.status.pending > 0) return;
        stop();
        resolve();
      };
      const stop = this.outbox.subscribe(look);
      look();
    });
  }

  #save(): void {
    const { task, answer, saved, hold } = this.#session;
    if (!task) return;
    if (saved === answer || hold === 'taken') return this.next();
    const notice = whyNotReady(this.#session);
    if (notice) return this.#dispatch({ type: 'notice', notice });
    const isNew = this.#answered.has(chamberKey(task.chamber)) || !task.history?.mine;
    // The same label of another expert is a second opinion.
    if (!isNew && isInForce(this.#session)) return this.#dispatch({ type: 'stored' });
    this.#claim();
    // After an undo one's own events have moved the version on, so the answer no longer builds on the one that was read.
    const base = this.#answered.has(chamberKey(task.chamber)) ? undefined : task.history?.version;
    const now = this.#options.clock.now();
    const body = {
      ...labelOf(this.#session, task, now),
      ...(base === undefined ? {} : { baseVersion: base }),
    };
    if (!this.#answer(task, 'saved', { kind: 'label', body })) return;
    if (task.data) this.next();
    else this.#reveal();
  }

  #skip(): void {
    const { task, answer, hold } = this.#session;
    if (!task) return;
    if (hold === 'taken') return this.next();
    this.#claim();
    const body = { ...task.chamber, note: answer.note };
    if (this.#answer(task, 'skipped', { kind: 'skip', body })) this.next();
  }

  #answer({ chamber }: Task, kind: 'saved' | 'skipped', message: Message): boolean {
    const key = this.#send(message);
    if (key === null) return false;
    this.#answered.add(chamberKey(chamber));
    this.#dispatch({ type: 'done', kind, key });
    return true;
  }

  #undo(): void {
    const { steps, task, saved } = this.#session;
    for (const step of steps.slice(-1)) {
      if (!this.outbox.withdraw(step.key) && this.#send({ kind: 'undo', of: step.key }) === null) return;
      if (task && !saved && !this.#isShown(step.task.chamber)) this.#prefetch.putBack(task);
      this.#answered.add(chamberKey(step.task.chamber));
      this.#latestRequest += 1;
      this.#waiting = false;
    }
    this.#dispatch({ type: 'undo', now: this.#options.clock.now() });
  }

  /** Null when the browser could not store it. */
  #send(message: Message): string | null {
    const key = this.#options.newKey();
    try {
      this.outbox.add(key, message);
      return key;
    } catch {
      this.#dispatch({ type: 'notice', notice: storageFull });
      return null;
    }
  }

  #show(task: Task | null, answer: Answer | null = null, problem: Problem | null = null): void {
    this.#problem = problem;
    this.#dispatch({ type: 'show', task, answer, now: this.#options.clock.now() });
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
