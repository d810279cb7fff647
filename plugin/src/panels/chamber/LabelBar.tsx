import React from 'react';
import { css } from '@emotion/css';
import { useStyles2 } from '@grafana/ui';
import { KeyButton } from '../../components/controls.tsx';
import { bindingOf, type Intent } from '../../labelling/keys.ts';
import type { Session } from '../../labelling/session.ts';
import type { Theme } from '../../theme/theme.ts';

type Act = Parameters<typeof bindingOf>[0];

interface Props {
  session: Session<unknown>;
  act: (intent: Intent) => void;
}

/** Every action of labelling as a button that shows its key. */
export function LabelBar({ session, act }: Props) {
  const styles = useStyles2(getStyles);
  const { answer, steps, task, revealed } = session;
  const button = (name: Act, extra: Partial<React.ComponentProps<typeof KeyButton>> = {}) => {
    const { shown, label, intent } = bindingOf(name);
    return <KeyButton key={name} shown={shown} label={label} onClick={() => act(intent)} {...extra} />;
  };
  const marked = { fill: 'solid', variant: 'secondary' } as const;
  const quiet = { fill: 'outline', variant: 'secondary' } as const;
  return (
    <div className={styles.bar} role="toolbar" aria-label="Label this chamber">
      {button('all-good', { ...quiet, disabled: !task })}
      {button('all-bad', { ...quiet, disabled: !task })}
      {button('save', { variant: 'primary', disabled: !task })}
      {button('skip', { ...quiet, disabled: !task })}
      {button('undo', { ...quiet, disabled: steps.length === 0 })}
      {button('note', { ...(answer.note ? marked : quiet), disabled: !task })}
      {button('fault', { ...(answer.faultKind ? marked : quiet), disabled: !task })}
      {revealed ? button('saliency', quiet) : button('reveal', quiet)}
      {button('help', quiet)}
    </div>
  );
}

function getStyles({ spacing }: Theme) {
  return { bar: css({ display: 'flex', flexWrap: 'wrap', gap: spacing(1) }) };
}
