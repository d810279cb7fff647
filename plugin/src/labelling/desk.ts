import type { ChamberData, ChamberOfRun, FaultKind } from '@dtdqm/contract';
import { asProblem, type Problem } from '../api/problem.ts';
import { marksOf, type Answer } from './answer.ts';
import type { Intent } from './keys.ts';
import type { LabelApi } from './labelApi.ts';
import { Outbox, pauseAfter, type Clock, type OutboxStatus } from './outbox.ts';
import type { OutboxEntry } from './outboxEntry.ts';
import type { OutboxStore } from './outboxStore.ts';
import { Prefetch, taskKey } from './prefetch.ts';
import { emptySession, reduce, whyNotReady, type Action, type Dialog, type Session } from './session.ts';

export interface DeskOptions {
  api: LabelApi;
  store: OutboxStore;
  clock: Clock;
  newKey: () => string;
  prefetch: ConstructorParameters<typeof Prefetch>[1];
  blindFirst: boolean;
}

export interface DeskState {
  session: Session<ChamberData>;
  outbox: OutboxStatus;
  /** Waiting for a chamber with nothing to show meanwhile. */
  waiting: boolean;
  drained: boolean;
  problem: Problem | null;
}

/** Where an expert labels: brings together session, outbox and prefetching. The panel draws its state and passes on intents. */
export class Desk {
  readonly outbox: Outbox;
  readonly #options: DeskOptions;
  readonly #prefetch: Prefetch;
  readonly #listeners = new Set<() => void>();
  #session: Session<ChamberData> = emptySession();
  #waiting = false;
  /** Counts what the expert asked to see; a chamber that arrives for an earlier wish does not push aside what is shown. */
  #wish = 0;
  #problem: Problem | null = null;
  #failures = 0;
  #cancelRetry: (() => void) | null = null;
  #closed = false;
  readonly #redone = new Set<string>();
  #state: DeskState | null = null;

  constructor(options: DeskOptions) {
    this.#options = options;
    this.#prefetch = new Prefetch(options.api, options.prefetch);
    this.outbox = new Outbox(options.api, options.store, options.clock);
    this.outbox.subscribe(() => this.#changed());
  }

  get state(): DeskState {
    this.#state ??= {
      session: this.#session,
      outbox: this.outbox.status,
      waiting: this.#waiting,
      drained: this.#prefetch.drained,
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
    const wish = (this.#wish += 1);
    void this.#prefetch.takeOrWait().then((late) => {
      if (wish !== this.#wish) {
        if (late) this.#prefetch.putBack(late);
        return;
      }
      this.#waiting = false;
      this.#problem = late ? null : this.#prefetch.problem;
      this.#show(late);
      if (this.#problem?.passes) this.#retryLater(this.#problem);
      else this.#failures = 0;
    });
  }

  /** What passes by itself is not the expert's to deal with: asks again by itself, less and less often. */
  #retryLater(problem: Problem): void {
    if (this.#closed) return;
    this.#failures += 1;
    const pause = pauseAfter(this.#failures, problem, this.#options.clock.random());
    this.#cancelRetry = this.#options.clock.later(pause, () => this.next());
  }

  /** Shows a chamber at the expert's wish, for example one that was chosen in the dashboard. */
  async open(chamber: ChamberOfRun): Promise<void> {
    const shown = this.#session.task;
    if (shown && taskKey(shown.chamber) === taskKey(chamber)) return;
    const wish = (this.#wish += 1);
    this.#waiting = true;
    this.#changed();
    const [opened] = await Promise.allSettled([this.#prefetch.open(chamber)]);
    if (wish !== this.#wish) return;
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
    switch (intent.do) {
      case 'toggle':
      case 'doubt':
        return this.#do({ do: intent.do, layer: intent.layer });
      case 'all-good':
        return this.#do({ do: 'all', verdict: 'good' });
      case 'all-bad':
        return this.#do({ do: 'all', verdict: 'bad' });
      case 'save':
        return this.#save();
      case 'skip':
        return this.#skip();
      case 'undo':
        return this.#undo();
      case 'reveal':
        return this.#do({ do: 'reveal' });
      case 'note':
      case 'fault':
      case 'help':
        return this.#do({ do: 'dialog', dialog: intent.do });
      case 'saliency':
        return;
    }
  }

  note(note: string): void {
    this.#do({ do: 'note', note });
  }

  fault(kind: FaultKind | null): void {
    this.#do({ do: 'fault', kind });
  }

  brush(wires: Answer['wires']): void {
    this.#do({ do: 'wires', wires });
  }

  dialog(dialog: Dialog): void {
    if (this.#session.dialog !== dialog) this.#do({ do: 'dialog', dialog });
  }

  /** Decides a conflict or a refusal: `mine` says it again on top of what is there, otherwise the other answer stands. */
  decide(entry: OutboxEntry, mine: boolean): void {
    this.outbox.settle(entry.key);
    if (!mine || entry.kind !== 'label') return;
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
    const reason = whyNotReady(this.#session);
    if (reason) return this.#do({ do: 'notice', notice: reason });
    const seen = revealed
      ? { model: task.data.model ?? null, scores: task.data.scores }
      : { model: null, scores: null };
    // After an undo one's own events have moved the version on, so the answer no longer builds on the one that was read.
    const base = this.#redone.has(taskKey(task.chamber)) ? undefined : task.history?.version;
    const kept = this.#say((key) =>
      this.outbox.add(key, {
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
      }),
    );
    if (!kept) return;
    this.#redone.add(taskKey(task.chamber));
    this.#do({ do: 'done', kind: 'saved', key: kept });
    if (revealed) this.next();
    else this.#do({ do: 'reveal' });
  }

  #skip(): void {
    const { task, answer } = this.#session;
    if (!task) return;
    const kept = this.#say((key) =>
      this.outbox.add(key, { kind: 'skip', body: { ...task.chamber, note: answer.note } }),
    );
    if (!kept) return;
    this.#redone.add(taskKey(task.chamber));
    this.#do({ do: 'done', kind: 'skipped', key: kept });
    this.next();
  }

  #undo(): void {
    const { steps, task, saved } = this.#session;
    const step = steps.at(-1);
    if (step && task && task !== step.task && !saved) this.#prefetch.putBack(task);
    if (step && !this.outbox.withdraw(step.key)) {
      if (!this.#say((key) => this.outbox.add(key, { kind: 'undo', of: step.key }))) return;
    }
    if (step) {
      this.#wish += 1;
      this.#waiting = false;
    }
    this.#do({ do: 'back', now: this.#options.clock.now() });
  }

  /** The key under which something was put into the outbox, or null when the browser could not keep it. */
  #say(add: (key: string) => void): string | null {
    const key = this.#options.newKey();
    try {
      add(key);
      return key;
    } catch {
      const notice =
        'This browser keeps nothing more, so the answer was not taken. Free its storage, then save again.';
      this.#do({ do: 'notice', notice });
      return null;
    }
  }

  #show(task: Session<ChamberData>['task']): void {
    const { blindFirst, clock } = this.#options;
    const own = task?.history?.current !== null && task?.history?.current !== undefined;
    this.#do({ do: 'show', task, blindFirst: blindFirst && !own, now: clock.now() });
  }

  #do(action: Action<ChamberData>): void {
    this.#session = reduce(this.#session, action);
    this.#changed();
  }

  #changed(): void {
    this.#state = null;
    for (const listener of this.#listeners) listener();
  }
}
