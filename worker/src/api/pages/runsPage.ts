import type { Run } from '@dtdqm/contract';
import { html, type Html } from './html.ts';
import { page } from './layout.ts';

/** Runs, newest first, a page of them. */
export function runsPage(runs: readonly Run[], nextCursor: string | null): string {
  if (runs.length === 0) {
    return page(
      'Runs',
      html`<p>No run has been pulled yet. The first come within seconds of the start; reload this page.</p>`,
    );
  }
  return page(
    'Runs',
    html`<table>
        <thead>
          <tr>
            <th scope="col">Run</th>
            <th scope="col">Status</th>
            <th scope="col" class="number">Bad layers</th>
            <th scope="col" class="number">Chambers</th>
            <th scope="col" class="number">Absent</th>
            <th scope="col">Stored (UTC)</th>
          </tr>
        </thead>
        <tbody>
          ${runs.map(runLine)}
        </tbody>
      </table>
      <p class="pager">
        ${nextCursor !== null && html`<a href="/eval/?cursor=${nextCursor}">Older runs</a>`}
      </p>`,
  );
}

function runLine(run: Run): Html {
  return html`<tr>
    <td><a href="/eval/${run.run}/">${run.run}</a></td>
    <td>${statusText(run)}</td>
    <td class="number ${(run.badLayers ?? 0) > 0 && 'bad'}">${run.badLayers ?? '–'}</td>
    <td class="number">${run.chambers}</td>
    <td class="number">${run.absentChambers}</td>
    <td class="quiet">${run.updatedAt.slice(0, 16).replace('T', ' ')}</td>
  </tr>`;
}

export function statusText({ status, error, closed }: Run): Html {
  if (status === 'ERROR') return html`<span class="bad">✕ ERROR</span> <span class="quiet">${error}</span>`;
  if (status === 'LOADING') return html`<span class="unknown">… LOADING</span>`;
  return html`<span>${status}${!closed && ', still growing'}</span>`;
}
