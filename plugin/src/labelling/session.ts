import type { ChamberOfRun, FaultKind, LabelHistory } from '@dtdqm/contract';
import { allLayers, doubtLayer, noAnswer, toggleLayer, unansweredLayers, type Answer } from './answer.ts';

/** A chamber to be labelled, with everything needed to draw it without another request. */
export interface Task<Data> {
  chamber: ChamberOfRun;
  data: Data;
  /** Why the queue chose it; null when the expert did. */
  reason: string | null;
  lease: string | null;
  history: LabelHistory | null;
}

export type StepKind = 'saved' | 'skipped';

/** A step that can be undone: what was on display, what was said, and the key under which it was sent. */
export interface Step<Data> {
  kind: StepKind;
  key: string;
  task: Task<Data>;
  answer: Answer;
}

export type Dialog = 'help' | 'note' | 'fault' | null;

export interface Session<Data> {
  /** Null while nothing is there to label. */
  task: Task<Data> | null;
  answer: Answer;
  /** False while a blind first answer is wanted and not yet saved; what is saved until then counts as blind. */
  revealed: boolean;
  /** The answer as it was last saved on this display; null before. Pressing save again without a change goes on. */
  saved: Answer | null;
  /** When the chamber was first on display, ms since the epoch. */
  since: number;
  /** Newest last, at most {@link mostSteps}. */
  steps: readonly Step<Data>[];
  dialog: Dialog;
  /** One line for the expert, e.g. which layers are not answered yet. */
  notice: string | null;
  count: number;
}

export const mostSteps = 50;

export function emptySession<Data>(): Session<Data> {
  return {
    task: null,
    answer: noAnswer,
    revealed: true,
    saved: null,
    since: 0,
    steps: [],
    dialog: null,
    notice: null,
    count: 0,
  };
}

export type Action<Data> =
  | { do: 'show'; task: Task<Data> | null; blindFirst: boolean; now: number }
  | { do: 'toggle'; layer: number }
  | { do: 'doubt'; layer: number }
  | { do: 'all'; verdict: 'good' | 'bad' }
  | { do: 'note'; note: string }
  | { do: 'fault'; kind: FaultKind | null }
  | { do: 'wires'; wires: Answer['wires'] }
  | { do: 'reveal' }
  | { do: 'dialog'; dialog: Dialog }
  | { do: 'notice'; notice: string | null }
  | { do: 'done'; kind: StepKind; key: string }
  | { do: 'back'; now: number };

/** The whole of what labelling does, without time, network or storage: those come in with the actions. */
export function reduce<Data>(session: Session<Data>, action: Action<Data>): Session<Data> {
  const { task, answer } = session;
  switch (action.do) {
    case 'show':
      return {
        ...session,
        task: action.task,
        answer: answerInForce(action.task),
        revealed: !action.blindFirst,
        saved: null,
        since: action.now,
        dialog: null,
        notice: null,
      };
    case 'toggle':
      return task ? said(session, toggleLayer(answer, task.chamber, action.layer)) : session;
    case 'doubt':
      return task ? said(session, doubtLayer(answer, task.chamber, action.layer)) : session;
    case 'all':
      return task ? said(session, allLayers(answer, task.chamber, action.verdict)) : session;
    case 'note':
      return { ...session, answer: { ...answer, note: action.note } };
    case 'fault':
      return { ...session, answer: { ...answer, faultKind: action.kind } };
    case 'wires':
      return { ...session, answer: { ...answer, wires: action.wires } };
    case 'reveal':
      return { ...session, revealed: true };
    case 'dialog':
      return { ...session, dialog: session.dialog === action.dialog ? null : action.dialog };
    case 'notice':
      return { ...session, notice: action.notice };
    case 'done':
      return task
        ? {
            ...session,
            saved: action.kind === 'saved' ? answer : null,
            steps: [...session.steps, { kind: action.kind, key: action.key, task, answer }].slice(-mostSteps),
            count: session.count + (action.kind === 'saved' ? 1 : 0),
          }
        : session;
    case 'back': {
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

/** Why the answer cannot be saved yet, in words for the expert; null when it can. */
export function whyNotReady<Data>({ task, answer }: Session<Data>): string | null {
  if (!task) return 'There is no chamber to label.';
  const missing = unansweredLayers(answer, task.chamber);
  if (missing.length === 0) return null;
  return `Nothing said yet of layer${missing.length > 1 ? 's' : ''} ${missing.join(', ')}. Press a for all good, b for all bad.`;
}

function said<Data>(session: Session<Data>, answer: Answer): Session<Data> {
  return { ...session, answer, notice: null };
}

function answerInForce<Data>(task: Task<Data> | null): Answer {
  const current = task?.history?.current;
  if (!current?.verdicts) return noAnswer;
  const [mark] = current.marks;
  return {
    verdicts: current.verdicts,
    note: current.note,
    faultKind: mark?.kind ?? null,
    wires: mark?.wires ?? null,
  };
}
