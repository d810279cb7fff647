import React, { useState, type FormEvent } from 'react';
import { css } from '@emotion/css';
import { Button, Field, Input, useStyles2 } from '@grafana/ui';
import { runNumberSchema } from '@dtdqm/contract';
import type { Theme } from '../theme/theme.ts';

/** Fetches one run by its number, before all others. */
export function FetchForm({ fetchRun }: { fetchRun: (run: number) => Promise<void> }) {
  const styles = useStyles2(getStyles);
  const [text, setText] = useState('');
  const [isBusy, setIsBusy] = useState(false);
  const parsed = runNumberSchema.safeParse(text);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (!parsed.success) return;
    setIsBusy(true);
    await fetchRun(parsed.data);
    setIsBusy(false);
    setText('');
  };
  return (
    <form className={styles.form} onSubmit={(event) => void submit(event)}>
      <Field
        label="Fetch a run"
        className={styles.field}
        invalid={text !== '' && !parsed.success}
        error="must be a run number, e.g. 302635"
      >
        <Input
          id="dtdqm-fetch-run"
          width={24}
          inputMode="numeric"
          placeholder="Run number"
          value={text}
          onChange={(event) => setText(event.currentTarget.value.trim())}
        />
      </Field>
      <Button type="submit" icon="download-alt" disabled={isBusy || !parsed.success}>
        Fetch
      </Button>
    </form>
  );
}

function getStyles({ spacing }: Theme) {
  return {
    form: css({ alignItems: 'flex-end', display: 'flex', gap: spacing(1) }),
    field: css({ marginBottom: 0 }),
  };
}
