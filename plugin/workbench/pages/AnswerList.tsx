import React, { useRef, useState } from 'react';
import { Alert, Button, ConfirmModal, useStyles2 } from '@grafana/ui';
import { chamberLabel, type ChamberId, type LabelListAnswer } from '@dtdqm/contract';
import { newKey } from '../../src/api/monitorApi.ts';
import { asProblem, nextStep, type Problem } from '../../src/api/problem.ts';
import { api } from '../../src/api/send.ts';
import { getListStyles } from './ScoresPage.tsx';

const answers = {
  good: {
    text: 'All layers good',
    body: 'Every layer that has a verdict is labelled good, whatever that verdict is.',
  },
  'as-judged': {
    text: 'As the detector says',
    body: 'Every layer is labelled as the detector judged it: bad where it is bad, good where it is good.',
  },
} as const;
type Answer = keyof typeof answers;

interface Props {
  run: number;
  /** Whose verdicts the list shows. */
  model: string;
  /** Those of the list, as it is filtered. */
  chambers: readonly ChamberId[];
  /** Something was stored or taken back. */
  answered: () => void;
}

type State =
  | { at: 'list' }
  | { at: 'asking'; answer: Answer }
  | { at: 'sending' }
  | { at: 'done'; outcome: LabelListAnswer; isUndone: boolean }
  | { at: 'failed'; problem: Problem };

/** Gives all chambers of a list one answer, after a question, and takes all of it back again. */
export function AnswerList({ run, model, chambers, answered }: Props) {
  const styles = useStyles2(getListStyles);
  const [state, setState] = useState<State>({ at: 'list' });
  // The same for every try of one answer, so that a line that failed in between stores nothing twice.
  const key = useRef(newKey());
  const send = async (request: () => Promise<LabelListAnswer>, isUndone: boolean) => {
    setState({ at: 'sending' });
    try {
      setState({ at: 'done', outcome: await request(), isUndone });
      key.current = newKey();
      answered();
    } catch (thrown) {
      setState({ at: 'failed', problem: asProblem(thrown) });
    }
  };
  const store = (answer: Answer) =>
    send(
      () => api.labelList({ run, chambers: [...chambers], answer, model, idempotencyKey: key.current }),
      false,
    );
  const undo = ({ events }: LabelListAnswer) =>
    send(() => api.undoList({ events: events.map(({ id }) => id), idempotencyKey: key.current }), true);
  const asked = state.at === 'asking' ? answers[state.answer] : null;
  return (
    <>
      <div className={styles.controls} role="group" aria-label="Label all chambers of this list">
        Label these {chambers.length} chambers:
        {(Object.keys(answers) as Answer[]).map((answer) => (
          <Button
            key={answer}
            size="sm"
            variant="secondary"
            disabled={state.at === 'sending' || chambers.length === 0}
            onClick={() => setState({ at: 'asking', answer })}
          >
            {answers[answer].text}
          </Button>
        ))}
      </div>
      {state.at === 'done' ? (
        <Alert
          severity={state.outcome.leftOut.length > 0 ? 'warning' : 'success'}
          title={outcomeInWords(state.outcome, state.isUndone)}
          onRemove={() => setState({ at: 'list' })}
        >
          {leftOutInWords(state.outcome)}
          {state.isUndone || state.outcome.events.length === 0 ? null : (
            <Button size="sm" variant="secondary" icon="history" onClick={() => void undo(state.outcome)}>
              Take all of it back
            </Button>
          )}
        </Alert>
      ) : null}
      {state.at === 'failed' ? (
        <Alert
          severity="error"
          title={
            state.problem.kind === 'conflict' ? 'Nothing was stored' : nextStep[state.problem.kind].title
          }
          onRemove={() => setState({ at: 'list' })}
        >
          {state.problem.kind === 'conflict' ? '' : nextStep[state.problem.kind].advice}{' '}
          <code>{state.problem.message}</code>
        </Alert>
      ) : null}
      <ConfirmModal
        isOpen={asked !== null}
        title={`Label ${chambers.length} chambers of run ${run}: ${asked?.text.toLowerCase() ?? ''}?`}
        body={`${asked?.body ?? ''} Chambers that are labelled already, and those without a verdict, are left as they are. It can be taken back.`}
        confirmText="Label them"
        confirmButtonVariant="primary"
        onConfirm={() => (state.at === 'asking' ? void store(state.answer) : undefined)}
        onDismiss={() => setState({ at: 'list' })}
      />
    </>
  );
}

const chambersOf = (count: number) => `${count} ${count === 1 ? 'chamber' : 'chambers'}`;

function outcomeInWords({ events, leftOut }: LabelListAnswer, isUndone: boolean): string {
  if (isUndone) return `The labels of ${chambersOf(events.length)} were taken back`;
  const left = leftOut.length > 0 ? `, ${leftOut.length} left as they are` : '';
  return `${chambersOf(events.length)} labelled${left}`;
}

/** By reason: which chambers were left as they are. */
function leftOutInWords({ leftOut }: LabelListAnswer): React.ReactNode {
  const reasons = [...new Set(leftOut.map(({ reason }) => reason))];
  return reasons.map((reason) => {
    const names = leftOut
      .filter((each) => each.reason === reason)
      .map((each) => chamberLabel(each as ChamberId));
    const some = names.slice(0, 8).join(', ') + (names.length > 8 ? ` and ${names.length - 8} more` : '');
    return (
      <p
        key={reason}
      >{`${chambersOf(names.length)} ${reason.replace(/^(is|has) /, (verb) => (names.length === 1 ? verb : verb === 'is ' ? 'are ' : 'have '))}: ${some}`}</p>
    );
  });
}
