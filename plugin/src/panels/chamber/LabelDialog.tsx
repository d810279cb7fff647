import React, { useEffect, useRef, type ReactNode } from 'react';
import { css } from '@emotion/css';
import { Button, IconButton, TextArea, useStyles2 } from '@grafana/ui';
import { faultKinds } from '@dtdqm/contract';
import type { Desk } from '../../labelling/desk.ts';
import type { Dialog, Session } from '../../labelling/session.ts';
import { KeyHelp } from './KeyHelp.tsx';
import { cornerRadius, type Theme } from '../../theme/theme.ts';

const titles: Record<Exclude<Dialog, null>, string> = {
  help: 'Keys',
  note: 'Note about this chamber',
  fault: 'What kind of fault is it?',
};

interface Props {
  desk: Desk;
  session: Session<unknown>;
  /** Gives the focus back to the panel, so that its keys go on working. */
  focusPanel: () => void;
}

/** The list of keys, the note and the kinds of fault: over the picture, inside the panel, so that keys stay inside as well. */
export function LabelDialog({ desk, session: { dialog, answer }, focusPanel }: Props) {
  const styles = useStyles2(getStyles);
  const frame = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const first = (selector: string) => frame.current?.querySelector<HTMLElement>(selector);
    if (dialog) (first('textarea, [aria-pressed="true"]') ?? first('button'))?.focus();
  }, [dialog]);
  if (!dialog) return null;
  const close = () => {
    desk.dialog(null);
    focusPanel();
  };
  const contents: Record<Exclude<Dialog, null>, () => ReactNode> = {
    help: () => <KeyHelp />,
    note: () => (
      <TextArea
        aria-label={titles.note}
        rows={3}
        maxLength={4000}
        value={answer.note}
        placeholder="What should the next expert know? Enter keeps it, Shift+Enter breaks the line."
        onChange={(event) => desk.note(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && !event.shiftKey) {
            event.preventDefault();
            close();
          }
        }}
      />
    ),
    fault: () => (
      <div className={styles.kinds}>
        {[null, ...faultKinds].map((kind) => (
          <Button
            key={kind ?? 'none'}
            size="sm"
            fill={answer.faultKind === kind ? 'solid' : 'outline'}
            variant={answer.faultKind === kind ? 'primary' : 'secondary'}
            aria-pressed={answer.faultKind === kind}
            onClick={() => {
              desk.fault(kind);
              close();
            }}
          >
            {kind ? kind.replaceAll('-', ' ') : 'not said'}
          </Button>
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

function getStyles(theme: Theme) {
  const { colors, shadows, spacing, typography, zIndex } = theme;
  return {
    dialog: css({
      background: colors.background.primary,
      border: `1px solid ${colors.border.medium}`,
      borderRadius: cornerRadius(theme),
      bottom: '100%',
      boxShadow: shadows.z3,
      left: 0,
      marginBottom: spacing(1),
      maxWidth: 640,
      padding: spacing(2),
      position: 'absolute',
      right: 0,
      zIndex: zIndex.dropdown,
    }),
    head: css({
      display: 'flex',
      fontWeight: typography.fontWeightMedium,
      justifyContent: 'space-between',
      marginBottom: spacing(1),
    }),
    kinds: css({ display: 'flex', flexWrap: 'wrap', gap: spacing(1) }),
  };
}
