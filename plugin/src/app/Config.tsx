import React, { useState } from 'react';
import { css } from '@emotion/css';
import type { AppPluginMeta, PluginConfigPageProps, GrafanaTheme2 } from '@grafana/data';
import { getBackendSrv } from '@grafana/runtime';
import { Alert, Button, Field, Input, SecretInput, useStyles2 } from '@grafana/ui';
import { firstValueFrom } from 'rxjs';
import { asProblem, nextStep, type ProblemKind } from '../api/problem.ts';
import { api } from '../api/send.ts';

export interface Settings {
  apiUrl?: string;
}

type Props = PluginConfigPageProps<AppPluginMeta<Settings>>;

/** Where the API is and the token to show it; tested with one click. */
export function Config({ plugin: { meta } }: Props) {
  const styles = useStyles2(getStyles);
  const [apiUrl, setApiUrl] = useState(meta.jsonData?.apiUrl ?? '');
  const [token, setToken] = useState('');
  const [hasToken, setHasToken] = useState(Boolean(meta.secureJsonFields?.['apiToken']));
  const [verdict, setVerdict] = useState<ConnectionVerdict | null>(null);
  const [isBusy, setIsBusy] = useState(false);
  const fault = faultOf(apiUrl);
  const save = async () => {
    setIsBusy(true);
    try {
      await saveSettings(meta, apiUrl.replace(/\/+$/, ''), hasToken ? null : token);
      setHasToken(true);
      setVerdict(await testConnection());
    } catch (thrown) {
      setVerdict({ ok: false, title: 'The settings were not saved', text: asProblem(thrown).message });
    }
    setIsBusy(false);
  };
  const test = async () => {
    setIsBusy(true);
    setVerdict(await testConnection());
    setIsBusy(false);
  };
  return (
    <div className={styles.page}>
      <Field
        label="API address"
        description="As Grafana's server reaches it, e.g. http://api:8080"
        invalid={apiUrl !== '' && fault !== null}
        error={fault}
      >
        <Input
          id="dtdqm-api-address"
          width={60}
          value={apiUrl}
          placeholder="http://api:8080"
          onChange={(event) => setApiUrl(event.currentTarget.value)}
        />
      </Field>
      <Field
        label="Token"
        description="The same text as in the API's setting API_TOKEN. Kept encrypted by Grafana and never sent to browsers."
      >
        <SecretInput
          id="dtdqm-api-token"
          width={60}
          isConfigured={hasToken}
          value={token}
          onChange={(event) => setToken(event.currentTarget.value)}
          onReset={() => {
            setHasToken(false);
            setToken('');
          }}
        />
      </Field>
      <div className={styles.buttons}>
        <Button
          disabled={isBusy || fault !== null || (!hasToken && token === '')}
          onClick={() => void save()}
        >
          Save and test
        </Button>
        <Button variant="secondary" disabled={isBusy || !hasToken} onClick={() => void test()}>
          Test connection
        </Button>
      </div>
      {verdict ? (
        <Alert severity={verdict.ok ? 'success' : 'error'} title={verdict.title} className={styles.verdict}>
          {verdict.text}
        </Alert>
      ) : null}
    </div>
  );
}

function faultOf(address: string): string | null {
  try {
    return /^https?:$/.test(new URL(address).protocol) ? null : 'must begin with http:// or https://';
  } catch {
    return 'must be an address such as http://api:8080';
  }
}

/** @param token null leaves the one that is stored. */
async function saveSettings(
  meta: AppPluginMeta<Settings>,
  apiUrl: string,
  token: string | null,
): Promise<void> {
  const data = {
    enabled: true,
    pinned: meta.pinned ?? true,
    jsonData: { ...meta.jsonData, apiUrl },
    ...(token === null ? {} : { secureJsonData: { apiToken: token } }),
  };
  const request = { url: `/api/plugins/${meta.id}/settings`, method: 'POST', data, showErrorAlert: false };
  await firstValueFrom(getBackendSrv().fetch(request));
}

function getStyles({ spacing }: GrafanaTheme2) {
  return {
    page: css({ maxWidth: 720 }),
    buttons: css({ display: 'flex', gap: spacing(1) }),
    verdict: css({ marginTop: spacing(2) }),
  };
}

export interface ConnectionVerdict {
  ok: boolean;
  title: string;
  text: string;
}

/** What a failure means on the configuration page, where the reader can mend it. */
const whatToMend: Partial<Record<ProblemKind, string>> = {
  unreachable:
    "Grafana's server cannot reach the address. Check host and port, and that the API runs and may be reached from there.",
  unauthorised: 'The API is there but refuses the token. Copy it again from the API’s settings.',
  'not-found': 'Something answers at this address, but it is not the monitor’s API. Check the address.',
  unreadable:
    'Something answers at this address, but not as the monitor’s API does. Check the address and both versions.',
};

/** Asks the API through Grafana's proxy, as the panels do, and says in words how that went. */
async function testConnection(): Promise<ConnectionVerdict> {
  try {
    return { ok: true, title: 'Connected', text: `The monitor says: ${(await api.state()).headline}.` };
  } catch (thrown) {
    const problem = asProblem(thrown);
    const text = `${whatToMend[problem.kind] ?? nextStep[problem.kind].advice} (${problem.message})`;
    return { ok: false, title: nextStep[problem.kind].title, text };
  }
}
