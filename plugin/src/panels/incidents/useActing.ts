import { useCallback, useState } from 'react';
import type { Incident, IncidentAct, IncidentDetail } from '@dtdqm/contract';
import { asProblem, type Problem } from '../../api/problem.ts';
import { actOf, emptyFields, type ActFields } from '../../incidents/actForm.ts';
import type { ActBinding } from '../../incidents/acts.ts';
import { newKey } from '../../api/monitorApi.ts';

export interface Acting {
  /** The incident that something is done to; null while nothing is. */
  incident: number | null;
  binding: ActBinding | null;
  fields: ActFields;
  /** Why it cannot be sent yet. */
  fault: string | null;
  problem: Problem | null;
  isBusy: boolean;
  /** The answer to the last act, with its history. */
  detail: IncidentDetail | null;
  begin: (incident: Incident, binding: ActBinding) => void;
  change: (fields: Partial<ActFields>) => void;
  /** Sends what the form holds; after a failure the very same act again, so that it counts once. */
  send: () => void;
  cancel: () => void;
}

type State = Pick<Acting, 'incident' | 'binding' | 'fields' | 'fault' | 'problem' | 'isBusy' | 'detail'> & {
  sent: IncidentAct | null;
};

const idle: State = {
  incident: null,
  binding: null,
  fields: emptyFields,
  fault: null,
  problem: null,
  isBusy: false,
  detail: null,
  sent: null,
};

/** What is being done to an incident: acts that need no words are sent at once, the others open a form. */
export function useActing(act: (incident: number, act: IncidentAct) => Promise<IncidentDetail>): Acting {
  const [state, setState] = useState<State>(idle);
  const deliver = useCallback(
    (from: State, what: IncidentAct) => {
      const { incident } = from;
      if (incident === null) return;
      setState({ ...from, sent: what, isBusy: true, fault: null, problem: null });
      act(incident, what).then(
        (detail) => setState({ ...idle, incident, detail }),
        (thrown: unknown) => setState({ ...from, sent: what, problem: asProblem(thrown) }),
      );
    },
    [act],
  );
  const submit = useCallback(
    (from: State) => {
      if (!from.binding) return;
      if (from.sent) return deliver(from, from.sent);
      const made = actOf(from.binding, from.fields, newKey(), Date.now());
      if ('act' in made) deliver(from, made.act);
      else setState({ ...from, fault: made.fault });
    },
    [deliver],
  );
  const begin = useCallback(
    ({ incident }: Incident, binding: ActBinding) => {
      const begun = { ...idle, incident, binding };
      if (binding.needs === 'nothing') submit(begun);
      else setState(begun);
    },
    [submit],
  );
  const { sent: _, ...shown } = state;
  return {
    ...shown,
    begin,
    // Another text is another act.
    change: (fields) =>
      setState((before) => ({ ...before, fields: { ...before.fields, ...fields }, fault: null, sent: null })),
    send: () => submit(state),
    cancel: useCallback(() => setState((before) => ({ ...idle, detail: before.detail })), []),
  };
}
