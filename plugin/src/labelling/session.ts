import {
  formatChamber,
  layerNumbers,
  layersOf,
  type ChamberData,
  type ChamberOfRun,
  type FaultKind,
  type LabelHistory,
  type LabelMark,
  type LabelVerdict,
  type LabelWrite,
  type Matrix,
} from '@dtdqm/contract';

/** Key of a chamber of a run, for sets and maps. */
export function chamberKey(chamber: ChamberOfRun): string {
  return `${chamber.run} ${formatChamber(chamber)}`;
}

/** A chamber to be labelled, with everything needed to draw it without another request. */
export interface Task {
  chamber: ChamberOfRun;
  matrix: Matrix;
  /** What the model says of it; null while a blind answer is wanted, and then it is nowhere in the page. */
  data: ChamberData | null;
  /** Drawn at random: is answered blind, whatever the expert prefers. */
  audit: boolean;
  /** It has a label, and is answered anew without it: what was said first leads nobody. */
  isSecondOpinion: boolean;
  /** Why the queue chose it; null when the expert did. */
  reason: string | null;
  lease: string | null;
  history: LabelHistory | null;
}

/** The expert's answer so far for the chamber on display; verdicts of layers 1..12. */
export interface Answer {
  verdicts: readonly (LabelVerdict | null)[];
  note: string;
  faultKind: FaultKind | null;
  /** Where the bad layers are bad, wires from 1, both ends included; null for all along. */
  wires: { first: number; last: number } | null;
}

export const emptyAnswer: Answer = {
  verdicts: layerNumbers.map(() => null),
  note: '',
  faultKind: null,
  wires: null,
};

type StepKind = 'saved' | 'skipped';

/** A step that can be undone: what was on display, the answer, and the key under which it was sent. */
interface Step {
  kind: StepKind;
  key: string;
  task: Task;
  answer: Answer;
}

/** `looking`: nobody is kept from it; `asked` for a lease, which is `held` or was `taken` by another expert. */
export type Hold = 'looking' | 'asked' | 'held' | 'taken';

export type Dialog = 'help' | 'note' | 'fault';

export interface Session {
  /** Null while nothing is there to label. */
  task: Task | null;
  answer: Answer;
  hold: Hold;
  /** The answer as it was last saved on this display; null before. Pressing save again without a change goes on. */
  saved: Answer | null;
  /** When the chamber was first on display, ms since the epoch. */
  since: number;
  /** Newest last, at most {@link maxUndoSteps}. */
  steps: readonly Step[];
  dialog: Dialog | null;
  /** One line for the expert, e.g. which layers are not answered yet. */
  notice: string | null;
}

export const maxUndoSteps = 50;

export const emptySession: Session = {
  task: null,
  answer: emptyAnswer,
  hold: 'looking',
  saved: null,
  since: 0,
  steps: [],
  dialog: null,
  notice: null,
};

export type SessionAction =
  /** With an answer that was begun earlier; what the label in force says when there is none. */
  | { type: 'show'; task: Task | null; answer?: Answer | null; now: number }
  | { type: 'hold'; chamber: ChamberOfRun; hold: Hold; lease?: string | null; notice?: string }
  | { type: 'toggle' | 'doubt'; layer: number }
  | { type: 'all'; verdict: 'good' | 'bad' }
  | { type: 'edit'; changes: Partial<Omit<Answer, 'verdicts'>> }
  | { type: 'accept' }
  | { type: 'reveal'; data: ChamberData }
  | { type: 'dialog'; dialog: Dialog }
  | { type: 'dismiss-dialog' }
  | { type: 'notice'; notice: string }
  /** The answer is what is stored already. */
  | { type: 'stored' }
  | { type: 'done'; kind: StepKind; key: string }
  | { type: 'undo'; now: number };

/** The whole of what labelling does, without time, network or storage: those come in with the actions. */
export function sessionReducer(session: Session, action: SessionAction): Session {
  const { task, answer } = session;
  switch (action.type) {
    case 'show':
      return {
        ...session,
        task: action.task,
        answer: action.answer ?? currentAnswer(action.task),
        hold: action.task?.lease ? 'held' : 'looking',
        saved: null,
        since: action.now,
        dialog: null,
        notice: null,
      };
    case 'hold': {
      if (!task || chamberKey(task.chamber) !== chamberKey(action.chamber)) return session;
      const { hold, lease = task.lease, notice = session.notice } = action;
      return { ...session, task: { ...task, lease }, hold, notice };
    }
    case 'toggle':
      return withVerdicts(session, [action.layer], (before) => (before === 'bad' ? 'good' : 'bad'));
    case 'doubt':
      return withVerdicts(session, [action.layer], (before) => (before === 'not-sure' ? null : 'not-sure'));
    case 'all':
      return withVerdicts(session, layerNumbers, () => action.verdict);
    case 'accept': {
      if (!task) return session;
      if (!task.data) return { ...session, notice: 'What the model says is hidden until you have answered.' };
      const { verdicts = [] } = task.data;
      // Of what the model does not know the expert has to say something.
      return withVerdicts(session, layerNumbers, (_, layer) => {
        const verdict = verdicts[layer - 1];
        return verdict === 'unknown' ? null : (verdict ?? null);
      });
    }
    case 'edit':
      return { ...session, answer: { ...answer, ...action.changes } };
    case 'reveal': {
      const { data } = action;
      const key = chamberKey(data.params as ChamberOfRun);
      const revealed = (each: Task) => (chamberKey(each.chamber) === key ? { ...each, data } : each);
      // In what can be undone as well: who has seen the scores does not answer blind when the chamber comes back.
      const steps = session.steps.map((step) => ({ ...step, task: revealed(step.task) }));
      return { ...session, task: task && revealed(task), steps };
    }
    case 'dialog':
      return { ...session, dialog: session.dialog === action.dialog ? null : action.dialog };
    case 'dismiss-dialog':
      return session.dialog ? { ...session, dialog: null } : session;
    case 'notice':
      return { ...session, notice: action.notice };
    case 'stored':
      return {
        ...session,
        saved: answer,
        notice: 'Already so: your label says this, and nothing new was stored. Enter shows the next one.',
      };
    case 'done':
      if (!task) return session;
      return {
        ...session,
        saved: action.kind === 'saved' ? answer : null,
        steps: [...session.steps, { kind: action.kind, key: action.key, task, answer }].slice(-maxUndoSteps),
      };
    case 'undo': {
      const step = session.steps.at(-1);
      if (!step) return { ...session, notice: 'Nothing left to undo.' };
      return {
        ...session,
        task: step.task,
        answer: step.answer,
        hold: 'held',
        saved: null,
        since: action.now,
        steps: session.steps.slice(0, -1),
        dialog: null,
        notice: `Undone: ${step.kind === 'saved' ? 'the label' : 'the skip'} of this chamber.`,
      };
    }
  }
}

/** Sets the verdicts of layers; those that were never built stay as they are. */
function withVerdicts(
  session: Session,
  layers: readonly number[],
  verdictOf: (before: LabelVerdict | null, layer: number) => LabelVerdict | null,
): Session {
  const { task, answer } = session;
  if (!task) return session;
  const built = layersOf(task.chamber.station).filter((layer) => layers.includes(layer));
  // The same object, because an answer that was not changed since it was saved is not saved again.
  if (built.length === 0) return { ...session, notice: null };
  const verdicts = answer.verdicts.map((old, index) =>
    built.includes(index + 1) ? verdictOf(old, index + 1) : old,
  );
  return { ...session, answer: { ...answer, verdicts }, notice: null };
}

/** Whether the expert answers before anything that the model or others say is shown. */
export function isBlind({ task }: Session): boolean {
  return task !== null && task.data === null;
}

/** What would be lost if the page went away now; null when there is nothing. */
export function unsavedAnswer({ task, answer, saved }: Session): Answer | null {
  return task && !isInForce({ task, answer }) && answer !== saved ? answer : null;
}

/** Whether the answer is what the label in force says, or nothing where there is none. */
export function isInForce({ task, answer }: Pick<Session, 'task' | 'answer'>): boolean {
  return JSON.stringify(answer) === JSON.stringify(currentAnswer(task));
}

/** Why the answer cannot be saved yet, in words for the expert; null when it can: every layer of the station has a verdict. */
export function whyNotReady({ task, answer }: Session): string | null {
  if (!task) return 'There is no chamber to label.';
  const missing = layersOf(task.chamber.station).filter((layer) => answer.verdicts[layer - 1] === null);
  if (missing.length === 0) return null;
  return `No verdict yet for layer${missing.length > 1 ? 's' : ''} ${missing.join(', ')}. Press a for all good, b for all bad.`;
}

/** The fault kind and the wires apply to the layers that are not good; without either there is nothing to mark. */
export function marksOf({ verdicts, faultKind, wires }: Answer): LabelMark[] {
  const layers = layerNumbers.filter((layer) => {
    const verdict = verdicts[layer - 1];
    return verdict === 'bad' || verdict === 'not-sure';
  });
  return layers.length && (faultKind || wires) ? [{ layers, kind: faultKind, wires }] : [];
}

/** The answer as the API takes it. @param now ms since the epoch. */
export function labelOf(
  { answer, since }: Session,
  { chamber, data, reason }: Task,
  now: number,
): Omit<LabelWrite, 'idempotencyKey' | 'baseVersion'> {
  return {
    ...chamber,
    verdicts: [...answer.verdicts],
    marks: marksOf(answer),
    note: answer.note,
    blind: data === null,
    seen: data ? { model: data.model ?? null, scores: data.scores } : { model: null, scores: null },
    queueReason: reason,
    seconds: Math.min(86_400, Math.max(0, (now - since) / 1000)),
  };
}

/** What the label in force says, to be changed; nothing when there is none, or when a second opinion of it is asked for. */
function currentAnswer(task: Task | null): Answer {
  const current = task?.history?.current;
  if (!current?.verdicts || task?.isSecondOpinion) return emptyAnswer;
  const [mark] = current.marks;
  return {
    verdicts: current.verdicts,
    note: current.note,
    faultKind: mark?.kind ?? null,
    wires: mark?.wires ?? null,
  };
}
