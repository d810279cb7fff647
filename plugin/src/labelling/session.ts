import {
  layerNumbers,
  layersOf,
  type ChamberData,
  type ChamberOfRun,
  type FaultKind,
  type LabelHistory,
  type LabelMark,
  type LabelVerdict,
} from '@dtdqm/contract';

/** A chamber to be labelled, with everything needed to draw it without another request. */
export interface Task {
  chamber: ChamberOfRun;
  data: ChamberData;
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

const emptyAnswer: Answer = {
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

export type Dialog = 'help' | 'note' | 'fault';

export interface Session {
  /** Null while nothing is there to label. */
  task: Task | null;
  answer: Answer;
  /** False while a blind first answer is wanted and not yet saved; what is saved until then counts as blind. */
  revealed: boolean;
  /** The answer as it was last saved on this display; null before. Pressing save again without a change goes on. */
  saved: Answer | null;
  /** When the chamber was first on display, ms since the epoch. */
  since: number;
  /** Newest last, at most {@link maxUndoSteps}. */
  steps: readonly Step[];
  dialog: Dialog | null;
  /** One line for the expert, e.g. which layers are not answered yet. */
  notice: string | null;
  /** Labels saved in this session and not undone. */
  count: number;
}

export const maxUndoSteps = 50;

export const emptySession: Session = {
  task: null,
  answer: emptyAnswer,
  revealed: true,
  saved: null,
  since: 0,
  steps: [],
  dialog: null,
  notice: null,
  count: 0,
};

export type SessionAction =
  | { type: 'show'; task: Task | null; blindFirst: boolean; now: number }
  | { type: 'toggle' | 'doubt'; layer: number }
  | { type: 'all'; verdict: 'good' | 'bad' }
  | { type: 'edit'; changes: Partial<Omit<Answer, 'verdicts'>> }
  | { type: 'reveal' }
  | { type: 'dialog'; dialog: Dialog }
  | { type: 'dismiss-dialog' }
  | { type: 'notice'; notice: string }
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
        answer: currentAnswer(action.task),
        revealed: !action.blindFirst,
        saved: null,
        since: action.now,
        dialog: null,
        notice: null,
      };
    case 'toggle': {
      const verdict = answer.verdicts[action.layer - 1] === 'bad' ? 'good' : 'bad';
      return withVerdicts(session, [action.layer], verdict);
    }
    case 'doubt': {
      const verdict = answer.verdicts[action.layer - 1] === 'not-sure' ? null : 'not-sure';
      return withVerdicts(session, [action.layer], verdict);
    }
    case 'all':
      return withVerdicts(session, layerNumbers, action.verdict);
    case 'edit':
      return { ...session, answer: { ...answer, ...action.changes } };
    case 'reveal':
      return { ...session, revealed: true };
    case 'dialog':
      return { ...session, dialog: session.dialog === action.dialog ? null : action.dialog };
    case 'dismiss-dialog':
      return session.dialog ? { ...session, dialog: null } : session;
    case 'notice':
      return { ...session, notice: action.notice };
    case 'done':
      if (!task) return session;
      return {
        ...session,
        saved: action.kind === 'saved' ? answer : null,
        steps: [...session.steps, { kind: action.kind, key: action.key, task, answer }].slice(-maxUndoSteps),
        count: session.count + (action.kind === 'saved' ? 1 : 0),
      };
    case 'undo': {
      const step = session.steps.at(-1);
      if (!step) return { ...session, notice: 'Nothing left to undo.' };
      return {
        ...session,
        task: step.task,
        answer: step.answer,
        revealed: true,
        saved: null,
        since: action.now,
        steps: session.steps.slice(0, -1),
        dialog: null,
        notice: `Undone: ${step.kind === 'saved' ? 'the label' : 'the skip'} of this chamber.`,
        count: session.count - (step.kind === 'saved' ? 1 : 0),
      };
    }
  }
}

/** Sets the verdicts of layers; those that were never built stay as they are. */
function withVerdicts(session: Session, layers: readonly number[], verdict: LabelVerdict | null): Session {
  const { task, answer } = session;
  if (!task) return session;
  const built = layersOf(task.chamber.station).filter((layer) => layers.includes(layer));
  // The same object, because an answer that was not changed since it was saved is not saved again.
  if (built.length === 0) return { ...session, notice: null };
  const verdicts = answer.verdicts.map((old, index) => (built.includes(index + 1) ? verdict : old));
  return { ...session, answer: { ...answer, verdicts }, notice: null };
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

/** What the label in force says, to be changed; nothing when there is none. */
function currentAnswer(task: Task | null): Answer {
  const current = task?.history?.current;
  if (!current?.verdicts) return emptyAnswer;
  const [mark] = current.marks;
  return {
    verdicts: current.verdicts,
    note: current.note,
    faultKind: mark?.kind ?? null,
    wires: mark?.wires ?? null,
  };
}
