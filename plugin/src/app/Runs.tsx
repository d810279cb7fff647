import React, { useCallback, useState, type FormEvent } from 'react';
import { css } from '@emotion/css';
import { Alert, Button, ConfirmModal, Field, Input, useStyles2 } from '@grafana/ui';
import type { GrafanaTheme2 } from '@grafana/data';
import { runNumberSchema, type Run } from '@dtdqm/contract';
import type { MonitorApi } from '../api/monitorApi.ts';
import { asProblem, nextStep, type Problem } from '../api/problem.ts';
import { Message, ProblemMessage } from '../components/Message.tsx';
import { deleteLater, runCsv, saveFile, useRuns, type PendingDeletion } from './useRuns.ts';
import { RunTable } from './RunTable.tsx';

/** Runs for administrators: how each stands, live, and what can be done with it. */
export function Runs({ api, open }: { api: MonitorApi; open: (run: number) => void }) {
  const styles = useStyles2(getStyles);
  const { runs, problem, hasMore, more, refetch } = useRuns(api);
  const [failure, setFailure] = useState<Problem | null>(null);
  const [asked, setAsked] = useState<Run | null>(null);
  const [deletions, setDeletions] = useState<readonly PendingDeletion[]>([]);
  const attempt = useCallback(
    async (action: Promise<void>) => {
      try {
        await action;
        setFailure(null);
      } catch (thrown) {
        setFailure(asProblem(thrown));
      }
      refetch();
    },
    [refetch],
  );
  const forget = (run: number) => setDeletions((all) => all.filter((each) => each.run !== run));
  const exportRun = async (run: number) => saveFile(`run-${run}.csv`, runCsv(await api.chambers(run)));
  const exportLabels = async () => saveFile('labels.csv', await api.labelsCsv());
  const confirmDeletion = () => {
    if (!asked) return;
    const { run } = asked;
    const deletion = deleteLater(api, run, (thrown) => {
      forget(run);
      if (thrown) setFailure(asProblem(thrown));
      refetch();
    });
    setDeletions((all) => [...all, deletion]);
    setAsked(null);
  };
  if (problem && !runs) return <ProblemMessage problem={problem} retry={refetch} />;
  if (!runs) return <Message icon="sync" title="Loading the runs" />;
  return (
    <div className={styles.page}>
      <div className={styles.top}>
        <FetchForm fetchRun={(run) => attempt(api.fetchRun(run))} />
        <Button variant="secondary" fill="outline" icon="save" onClick={() => attempt(exportLabels())}>
          Export labels
        </Button>
      </div>
      {problem ? (
        <Alert severity="warning" title={nextStep[problem.kind].title}>
          What stands below may be out of date. {problem.message}
        </Alert>
      ) : null}
      {failure ? (
        <Alert severity="error" title={nextStep[failure.kind].title} onRemove={() => setFailure(null)}>
          {nextStep[failure.kind].advice} <code>{failure.message}</code>
        </Alert>
      ) : null}
      {deletions.map(({ run, cancel }) => (
        <Alert key={run} severity="info" title={`Run ${run} is about to be deleted`}>
          <Button
            size="sm"
            variant="secondary"
            onClick={() => {
              cancel();
              forget(run);
            }}
          >
            Keep it
          </Button>
        </Alert>
      ))}
      {runs.length === 0 ? (
        <Message icon="download-alt" title="No run is stored yet">
          <p>
            Runs appear here as soon as the monitor finds them at the DQM server. One can be fetched by its
            number above.
          </p>
        </Message>
      ) : (
        <RunTable
          runs={runs}
          leaving={deletions.map(({ run }) => run)}
          open={open}
          refetch={(run) => attempt(api.refetchRun(run))}
          reevaluate={(run) => attempt(api.reevaluate([run]))}
          exportRun={(run) => attempt(exportRun(run))}
          remove={setAsked}
        />
      )}
      {hasMore ? (
        <Button variant="secondary" fill="outline" onClick={() => attempt(more())} className={styles.more}>
          Older runs
        </Button>
      ) : null}
      <ConfirmModal
        isOpen={asked !== null}
        title={`Delete run ${asked?.run ?? ''}?`}
        body="Its histograms and scores go, from every panel. Labels stay: they are never deleted. You have a few seconds to change your mind afterwards."
        confirmText="Delete"
        onConfirm={confirmDeletion}
        onDismiss={() => setAsked(null)}
      />
    </div>
  );
}

function getStyles({ spacing }: GrafanaTheme2) {
  return {
    page: css({ display: 'flex', flexDirection: 'column', gap: spacing(2), padding: spacing(2) }),
    top: css({
      alignItems: 'flex-end',
      display: 'flex',
      flexWrap: 'wrap',
      gap: spacing(2),
      justifyContent: 'space-between',
    }),
    more: css({ alignSelf: 'center' }),
  };
}

/** Fetches one run by its number, before all others. */
function FetchForm({ fetchRun }: { fetchRun: (run: number) => Promise<void> }) {
  const styles = useStyles2(getFormStyles);
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

function getFormStyles({ spacing }: GrafanaTheme2) {
  return {
    form: css({ alignItems: 'flex-end', display: 'flex', gap: spacing(1) }),
    field: css({ marginBottom: 0 }),
  };
}
