import React, { useEffect, useRef, useState, type FormEvent } from 'react';
import { css } from '@emotion/css';
import { useStyles2 } from '@grafana/ui';
import type { GrafanaTheme2 } from '@grafana/data';
import { inputStyle } from '../src/theme/theme.ts';
import { goTo } from './host.ts';
import { addressOf } from './search.ts';

/** The way to a chamber, run or incident, on every page; `/` leads there. */
export function Search() {
  const styles = useStyles2(getStyles);
  const input = useRef<HTMLInputElement>(null);
  const [isUnknown, setIsUnknown] = useState(false);
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      const isTyping =
        event.target instanceof HTMLElement &&
        event.target.matches('input, textarea, select, [contenteditable]');
      if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey || isTyping) return;
      event.preventDefault();
      input.current?.focus();
    };
    document.addEventListener('keydown', onKeyDown);
    return () => document.removeEventListener('keydown', onKeyDown);
  }, []);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const address = addressOf(input.current?.value ?? '');
    setIsUnknown(address === null);
    if (address === null || !input.current) return;
    input.current.value = '';
    input.current.blur();
    goTo(address);
  };
  return (
    <form role="search" className={styles.form} onSubmit={submit}>
      <input
        ref={input}
        type="search"
        className={styles.input}
        aria-label="Search a chamber, run or incident"
        aria-keyshortcuts="/"
        aria-invalid={isUnknown}
        placeholder="/ W+1 MB3 2, run, incident"
        onChange={() => setIsUnknown(false)}
        onKeyDown={({ key, currentTarget }) => (key === 'Escape' ? currentTarget.blur() : undefined)}
      />
      {isUnknown ? (
        <span className={styles.unknown} role="alert">
          no chamber, run or incident
        </span>
      ) : null}
    </form>
  );
}

function getStyles(theme: GrafanaTheme2) {
  const { colors, spacing, typography } = theme;
  return {
    form: css({ alignItems: 'center', display: 'flex', gap: spacing(1) }),
    input: css({
      ...inputStyle(theme),
      fontSize: typography.bodySmall.fontSize,
      height: spacing(3.5),
      width: 190,
      '&::placeholder': { color: colors.text.secondary, opacity: 1 },
    }),
    unknown: css({ color: colors.error.text, fontSize: typography.bodySmall.fontSize }),
  };
}
