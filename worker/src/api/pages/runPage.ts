import { sectorsOf, stations, wheels, type ChamberSummary, type Run } from '@dtdqm/contract';
import { html, type Html } from './html.ts';
import { page } from './layout.ts';
import { statusText } from './runsPage.ts';

/** The whole barrel of one run: a table a wheel, stations down, sectors across. */
export function runPage(run: Run, chambers: readonly ChamberSummary[]): string {
  const byPlace = new Map(chambers.map((chamber) => [placeOf(chamber), chamber]));
  return page(
    `Run ${run.run}`,
    html`<p>
        ${statusText(run)}
        <span class="quiet"
          >${run.chambers} chambers, ${run.absentChambers} absent, ${run.failedChambers}
          failed${run.model !== null && `, model ${run.model}`}.</span
        >
      </p>
      <p class="quiet">A number is how many layers are bad; · is none; a dashed field has no data.</p>
      ${
        chambers.length === 0
          ? html`<p>Nothing of this run is stored yet. Reload this page in a few seconds.</p>`
          : wheels.map((wheel) => wheelTable(run.run, wheel, byPlace))
      }`,
  );
}

function wheelTable(run: number, wheel: number, chambers: ReadonlyMap<string, ChamberSummary>): Html {
  const sectors = sectorsOf(4);
  return html`<h2>Wheel ${wheel > 0 ? `+${wheel}` : wheel}</h2>
    <table class="barrel">
      <thead>
        <tr>
          <th scope="col">Sector</th>
          ${sectors.map((sector) => html`<th scope="col" class="number">${sector}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${stations.map(
          (station) =>
            html`<tr>
              <th scope="row">MB${station}</th>
              ${sectors.map((sector) => html`<td>${cell(run, chambers.get(`${wheel} ${station} ${sector}`))}</td>`)}
            </tr>`,
        )}
      </tbody>
    </table>`;
}

function cell(run: number, chamber: ChamberSummary | undefined): Html | null {
  if (chamber === undefined) return null;
  const { wheel, sector, station, state, reason, badLayers } = chamber;
  if (state !== 'present') return html`<span class="hatched" title="${reason ?? state}">–</span>`;
  const bad = (badLayers ?? 0) > 0;
  const name = `W${wheel} MB${station} S${sector}: ${badLayers ?? 0} bad layers`;
  return html`<a
    class="${bad && 'bad'}"
    title="${name}"
    aria-label="${name}"
    href="/eval/${run}/${wheel}/${sector}/${station}/"
    >${bad ? badLayers : '·'}</a
  >`;
}

function placeOf({ wheel, station, sector }: ChamberSummary): string {
  return `${wheel} ${station} ${sector}`;
}
