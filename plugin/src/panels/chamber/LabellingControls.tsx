import React, { useEffect, useRef, useState, type ReactNode } from 'react';
import { css } from '@emotion/css';
import { Button, IconButton, TextArea, useStyles2 } from '@grafana/ui';
import type { GrafanaTheme2 } from '@grafana/data';
import { kindInWords } from '@dtdqm/contract';
import { KeyButton } from '../../components/controls.tsx';
import { faultChoices, type Intent, type KeyBinding, type Keys, useKeys } from '../../labelling/keys.ts';
import { isBlind, type Dialog, type Session } from '../../labelling/session.ts';
import { keyStyle } from '../../theme/theme.ts';
import type { Labelling } from './useLabelling.ts';

/** Every action of labelling as a button that shows its key. */
export function LabelBar({ session, act }: { session: Session; act: (intent: Intent) => void }) {
  const styles = useStyles2(getStyles);
  const { bindingOf } = useKeys();
  const { answer, saved, hold, steps, task } = session;
  const isDone = hold === 'taken' || (saved !== null && saved === answer);
  const button = (
    name: Parameters<Keys['bindingOf']>[0],
    props: Partial<React.ComponentProps<typeof KeyButton>>,
  ) => {
    const { shown, label, intent } = bindingOf(name);
    return <KeyButton key={name} shown={shown} label={label} onClick={() => act(intent)} {...props} />;
  };
  const marked = { fill: 'solid', variant: 'secondary' } as const;
  const quiet = { fill: 'outline', variant: 'secondary' } as const;
  return (
    <div className={styles.bar} role="toolbar" aria-label="Label this chamber">
      {button('all-good', { ...quiet, disabled: !task })}
      {button('all-bad', { ...quiet, disabled: !task })}
      {button('accept', { ...quiet, disabled: !task || isBlind(session) })}
      {button('save', { variant: 'primary', disabled: !task, ...(isDone ? { label: 'Next' } : {}) })}
      {button('skip', { ...quiet, disabled: !task })}
      {button('undo', { ...quiet, disabled: steps.length === 0 })}
      {button('note', { ...(answer.note ? marked : quiet), disabled: !task })}
      {button('fault', { ...(answer.faultKind ? marked : quiet), disabled: !task })}
      {button(isBlind(session) ? 'reveal' : 'saliency', quiet)}
      {button('help', quiet)}
    </div>
  );
}

const titles: Record<Dialog, string> = {
  help: 'Keys',
  note: 'Note about this chamber',
  fault: 'What kind of fault is it?',
};

interface LabelDialogProps {
  labelling: Labelling;
  /** Gives the focus back to the panel, so that its keys go on working. */
  focusPanel: () => void;
}

/** The list of keys, the note and the kinds of fault: over the picture, inside the panel, so that keys stay inside as well. */
export function LabelDialog({ labelling: { controller, state }, focusPanel }: LabelDialogProps) {
  const { dialog, answer } = state.session;
  const styles = useStyles2(getStyles);
  const frame = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const first = (selector: string) => frame.current?.querySelector<HTMLElement>(selector);
    if (dialog) (first('textarea, [aria-pressed="true"]') ?? first('button'))?.focus();
  }, [dialog]);
  if (!dialog) return null;
  const close = () => {
    controller.dismissDialog();
    focusPanel();
  };
  const contents: Record<Dialog, () => ReactNode> = {
    help: () => <KeyHelp />,
    note: () => (
      <TextArea
        aria-label={titles.note}
        rows={3}
        maxLength={4000}
        value={answer.note}
        placeholder="What should the next expert know? Enter keeps it, Shift+Enter breaks the line."
        onChange={(event) => controller.setAnswer({ note: event.currentTarget.value })}
        onKeyDown={(event) => {
          // Enter that ends a word of Japanese or Chinese belongs to the word.
          if (event.key === 'Enter' && !event.shiftKey && !event.nativeEvent.isComposing) {
            event.preventDefault();
            close();
          }
        }}
      />
    ),
    fault: () => (
      <div className={styles.kinds}>
        {faultChoices.map(({ kind, key }) => (
          <KeyButton
            key={key}
            shown={key}
            label={kind ? kindInWords(kind) : 'not said'}
            fill={answer.faultKind === kind ? 'solid' : 'outline'}
            variant={answer.faultKind === kind ? 'primary' : 'secondary'}
            aria-pressed={answer.faultKind === kind}
            onClick={() => {
              controller.act({ type: 'fault-kind', kind });
              focusPanel();
            }}
          />
        ))}
      </div>
    ),
  };
  return (
    <div ref={frame} className={styles.dialog} role="dialog" aria-label={titles[dialog]}>
      <div className={styles.head}>
        <span>{titles[dialog]}</span>
        <IconButton name="times" aria-label="Close" onClick={close} />
      </div>
      {contents[dialog]()}
    </div>
  );
}

const groups: readonly KeyBinding['group'][] = ['Chamber', 'Layers', 'View'];

/** All keys, from the list that the keyboard itself is read with. */
function KeyHelp() {
  const styles = useStyles2(getStyles);
  const { bindings } = useKeys();
  return (
    <div className={styles.groups}>
      {groups.map((group) => (
        <section key={group} className={styles.group}>
          <h2 className={styles.title}>{group}</h2>
          <dl className={styles.list}>
            {bindings
              .filter((binding) => binding.group === group && !binding.shift)
              .map(({ shown, label }) => (
                <React.Fragment key={shown}>
                  <dt>
                    <kbd className={styles.key}>{shown}</kbd>
                  </dt>
                  <dd>{label}</dd>
                </React.Fragment>
              ))}
          </dl>
          {group === 'Layers' ? <p className={styles.hint}>With Shift: not sure of that layer.</p> : null}
          {group === 'View' ? (
            <p className={styles.hint}>
              Esc closes; arrow keys walk the cells, space pins one. Kinds of fault have keys of their own in
              their list.
            </p>
          ) : null}
        </section>
      ))}
      <OwnKeys />
    </div>
  );
}

/** One's own keys as JSON, taken when they are right. */
function OwnKeys() {
  const styles = useStyles2(getStyles);
  const { own, choose, faults: storedFaults } = useKeys();
  const [text, setText] = useState(own);
  const [faults, setFaults] = useState(storedFaults);
  return (
    <details className={styles.own} open={storedFaults.length > 0}>
      <summary>Own keys</summary>
      <TextArea
        aria-label="Own keys"
        rows={3}
        value={text}
        placeholder='{"skip": "x", "layer-11": "o"}'
        onChange={(event) => setText(event.currentTarget.value)}
      />
      <p className={styles.hint}>
        JSON: actions (save, skip, undo, all-good, all-bad, accept, note, fault, saliency, reveal, help,
        layer-1 to layer-12) and their keys; what is not named stays. Kept in this browser.
      </p>
      {faults.map((fault) => (
        <p key={fault} role="alert" className={styles.fault}>
          {fault}
        </p>
      ))}
      <Button size="sm" variant="secondary" onClick={() => setFaults(choose(text))}>
        Use these keys
      </Button>
    </details>
  );
}

function getStyles(theme: GrafanaTheme2) {
  const { colors, shadows, spacing, typography, zIndex } = theme;
  const wrapping = { display: 'flex', flexWrap: 'wrap', gap: spacing(1) } as const;
  return {
    bar: css(wrapping),
    kinds: css(wrapping),
    dialog: css({
      background: colors.background.primary,
      border: `1px solid ${colors.border.medium}`,
      borderRadius: theme.shape.radius.default,
      bottom: '100%',
      boxShadow: shadows.z3,
      left: 0,
      marginBottom: spacing(1),
      // What lies over the top of a low window could not be reached.
      maxHeight: 'calc(100vh - 190px)',
      maxWidth: 700,
      overflowY: 'auto',
      padding: spacing(2),
      position: 'absolute',
      right: 0,
      zIndex: zIndex.modal,
    }),
    head: css({
      display: 'flex',
      fontWeight: typography.fontWeightMedium,
      justifyContent: 'space-between',
      marginBottom: spacing(1),
    }),
    groups: css({ ...wrapping, gap: spacing(1, 4) }),
    group: css({ maxWidth: 220 }),
    title: css({ ...typography.body, color: colors.text.secondary, margin: 0 }),
    list: css({
      display: 'grid',
      gridTemplateColumns: 'max-content 1fr',
      gap: spacing(0.5, 1),
      margin: 0,
      '& dd': { margin: 0 },
      '& dt': { fontWeight: 'normal' },
    }),
    key: css(keyStyle(theme)),
    own: css({ flexBasis: '100%' }),
    fault: css({ color: colors.error.text, margin: spacing(0.5, 0) }),
    hint: css({ color: colors.text.secondary, margin: spacing(1, 0, 0) }),
  };
}
