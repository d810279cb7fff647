import { useReducer } from 'react';
import type { ChamberOfRun, LabelHistory, SliceSum, SpanLabel } from '@dtdqm/contract';
import { newKey } from '../../api/monitorApi.ts';
import type { Intent, Keys } from '../../labelling/keys.ts';
import {
  emptySession,
  labelOf,
  sessionReducer,
  whyNotReady,
  type Session,
  type Task,
} from '../../labelling/session.ts';
import type { OpenOutbox } from '../../labelling/useOutbox.ts';

/** The answer to one span of a run. `session.task` is null while nobody answers. */
export interface SpanLabelling {
  session: Session;
  open: () => void;
  /** Whether anything was open. */
  close: () => boolean;
  /** What a key or a button means; false for what is no act of this. */
  act: (intent: Intent) => boolean;
}

/** Of labelling chambers what makes sense for a span: there is no queue to skip in, and nothing to be blind to. */
const spanActs: readonly Intent['type'][] = [
  'toggle',
  'doubt',
  'all-good',
  'all-bad',
  'accept',
  'save',
  'held',
];

/** {@link Keys.intentOf} as far as it is about a span. */
export function spanIntentOf({ intentOf }: Keys, press: Parameters<Keys['intentOf']>[0]): Intent | null {
  const intent = intentOf(press);
  return intent && spanActs.includes(intent.type) ? intent : null;
}

/**
 * Labels a span by the rules of a chamber: every layer gets a verdict, or the label in force is begun with.
 *
 * @param part what was counted in the span, and what the model says of it.
 */
export function useSpanLabelling(
  chamber: ChamberOfRun,
  part: SliceSum | null,
  labels: readonly SpanLabel[],
  outbox: OpenOutbox | null,
): SpanLabelling {
  const [session, dispatch] = useReducer(sessionReducer, emptySession);
  const close = () => {
    if (session.task) dispatch({ type: 'show', task: null, now: Date.now() });
    return session.task !== null;
  };
  const save = () => {
    const { task } = session;
    if (!task || !part || !outbox) return;
    const notice = whyNotReady(session);
    if (notice) return dispatch({ type: 'notice', notice });
    try {
      const body = { ...labelOf(session, task, Date.now()), span: part.span };
      outbox.outbox.add(newKey(), { kind: 'label', body });
      close();
    } catch {
      dispatch({
        type: 'notice',
        notice: 'This browser’s storage is full, so nothing was taken: free some, then save again.',
      });
    }
  };
  return {
    session,
    close,
    open: () => {
      if (part && !session.task)
        dispatch({ type: 'show', task: taskOf(chamber, part, labels), now: Date.now() });
    },
    act: (intent) => {
      if (!session.task) return false;
      if (intent.type === 'toggle' || intent.type === 'doubt') dispatch(intent);
      else if (intent.type === 'all-good') dispatch({ type: 'all', verdict: 'good' });
      else if (intent.type === 'all-bad') dispatch({ type: 'all', verdict: 'bad' });
      else if (intent.type === 'accept') dispatch({ type: 'accept' });
      else if (intent.type === 'save') save();
      return spanActs.includes(intent.type);
    },
  };
}

function taskOf(chamber: ChamberOfRun, part: SliceSum, labels: readonly SpanLabel[]): Task {
  const { params, matrix, scores, verdicts, faults, model, span } = part;
  const current = labels.find((label) => isSame(label.span, span)) ?? null;
  const history: LabelHistory = { version: 0, current, mine: current?.mine ?? false, events: [], spans: [] };
  const data = {
    params,
    matrix,
    scores,
    saliency: [],
    verdicts,
    faults,
    ...(model === null ? {} : { model }),
  };
  return { chamber, matrix, data, audit: false, isSecondOpinion: false, reason: null, lease: null, history };
}

/** Two spans are the same when their times are. */
function isSame(a: SliceSum['span'], b: SliceSum['span']): boolean {
  return a.to.at === b.to.at && a.from?.at === b.from?.at;
}
