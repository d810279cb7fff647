import type { Run } from '@dtdqm/contract';
import { html } from './html.ts';
import { page } from './layout.ts';
import { statusText } from './runsPage.ts';

/** A run to be pulled by number, and what there is. */
export function fetchPage(runs: readonly Run[]): string {
  return page(
    'Pull a run',
    html`<form method="post" action="/fetch/">
        <label>Run <input name="run" inputmode="numeric" pattern="[0-9]{1,10}" required size="10" /></label>
        <button>Pull</button>
      </form>
      <p class="quiet">New runs come by themselves; this is for older ones.</p>
      <h2>Runs</h2>
      ${
        runs.length === 0
          ? html`<p>None yet.</p>`
          : html`<table>
              <tbody>
                ${runs.map(
                  (run) =>
                    html`<tr>
                      <td><a href="/eval/${run.run}/">${run.run}</a></td>
                      <td>${statusText(run)}</td>
                    </tr>`,
                )}
              </tbody>
            </table>`
      }`,
  );
}
