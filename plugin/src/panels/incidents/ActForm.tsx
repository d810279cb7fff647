import React, { useEffect, useRef, type FormEvent } from 'react';
import { Button, Input, useStyles2 } from '@grafana/ui';
import type { ActFields } from '../../incidents/actForm.ts';
import type { ActBinding, ActNeeds } from '../../incidents/acts.ts';
import { getIncidentStyles } from './incidentStyles.ts';
import type { Acting } from './useActing.ts';

type TextField = Exclude<keyof ActFields, 'days'>;

/** Fields that an act asks for, in their order; a comment may go with every act. */
const fieldsOf: Record<ActNeeds, readonly TextField[]> = {
  nothing: [],
  comment: ['comment'],
  shelf: ['owner', 'reason'],
  other: ['other', 'comment'],
  part: ['layers', 'wires', 'comment'],
};

const labels: Record<TextField, string> = {
  comment: 'Comment',
  owner: 'Who looks after it',
  reason: 'Why it may be quiet',
  other: 'Number of the other incident',
  layers: 'Layers, e.g. 1, 3',
  wires: 'Wires, e.g. 10-20',
};

const durations = [
  [1, 'one day'],
  [7, 'one week'],
  [30, 'one month'],
  [180, 'half a year'],
] as const;

interface Props {
  binding: ActBinding;
  acting: Acting;
  leave: () => void;
}

/** What has to be said with an act. Enter sends it, Esc leaves it. */
export function ActForm({ binding, acting, leave }: Props) {
  const styles = useStyles2(getIncidentStyles);
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => form.current?.querySelector('input')?.focus(), [binding]);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    acting.send();
  };
  const cancel = () => {
    acting.cancel();
    leave();
  };
  return (
    <form ref={form} className={styles.form} aria-label={binding.label} onSubmit={submit}>
      {fieldsOf[binding.needs].map((name) => (
        <label key={name} className={styles.field}>
          {labels[name]}
          <Input
            value={acting.fields[name]}
            onChange={(event) => acting.change({ [name]: event.currentTarget.value })}
          />
        </label>
      ))}
      {binding.needs === 'shelf' ? (
        <label className={styles.field}>
          For
          <select
            className={styles.select}
            value={acting.fields.days}
            onChange={(event) => acting.change({ days: Number(event.currentTarget.value) })}
          >
            {durations.map(([days, label]) => (
              <option key={days} value={days}>
                {label}
              </option>
            ))}
          </select>
        </label>
      ) : null}
      <Button type="submit" size="sm" disabled={acting.isBusy}>
        {binding.label}
      </Button>
      <Button size="sm" variant="secondary" fill="outline" onClick={cancel}>
        Cancel
      </Button>
      {acting.fault ? (
        <span className={styles.fault} role="alert">
          {acting.fault}
        </span>
      ) : null}
    </form>
  );
}
