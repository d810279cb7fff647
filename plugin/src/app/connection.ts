import { monitorApi, type Send } from '../api/monitorApi.ts';
import { asProblem, nextStep, type ProblemKind } from '../api/problem.ts';
import { grafanaSend } from '../api/send.ts';

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
export async function testConnection(send: Send = grafanaSend): Promise<ConnectionVerdict> {
  try {
    const { runs } = await monitorApi(send).runs();
    const newest = runs[0];
    return {
      ok: true,
      title: 'Connected',
      text: newest
        ? `The newest run is ${newest.run} (${newest.status.toLowerCase()}).`
        : 'The API answers; it has no run yet.',
    };
  } catch (thrown) {
    const problem = asProblem(thrown);
    const text = `${whatToMend[problem.kind] ?? nextStep[problem.kind].advice} (${problem.message})`;
    return { ok: false, title: nextStep[problem.kind].title, text };
  }
}
