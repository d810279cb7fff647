import { z } from 'zod';
import { contaminationByLayer, contaminationByRun } from '../../storage/labels/original/contamination.ts';
import { listNetScores, type NetScores } from '../../storage/labels/original/scoreLists.ts';
import { html, type Html } from '../pages/html.ts';
import { page as layout } from '../pages/layout.ts';
import { htmlAnswer } from '../pages/routes.ts';
import { defineRoute, type Route } from '../route.ts';
import { linesPerPage, pageNumberSchema } from './schema.ts';

const pageSpec = { 200: { description: 'A page', type: 'text/html' } };

/** The page number stands in the query or, as the original has it, at the end of the path. */
function paged(
  path: string,
  summary: string,
  render: (page: number, deps: Deps) => Promise<string>,
): Route[] {
  const fields = { method: 'get', tag: 'Original tool', summary, role: 'viewer', page: true } as const;
  return [
    defineRoute({
      ...fields,
      path,
      query: z.object({ page: pageNumberSchema.default(1) }),
      answers: pageSpec,
      handle: async ({ query, deps }) => htmlAnswer(await render(query.page, deps)),
    }),
    defineRoute({
      ...fields,
      path: `${path}/page/:page`,
      params: z.object({ page: pageNumberSchema }),
      answers: pageSpec,
      handle: async ({ params, deps }) => htmlAnswer(await render(params.page, deps)),
    }),
  ];
}

type Deps = Parameters<Route['handle']>[0]['deps'];

export const listPageRoutes: readonly Route[] = [
  ...paged('/data/net_scores', 'Scores, least certain chamber first', (page, deps) =>
    netScoresPage('Scores, least certain first', '/data/net_scores/', page, deps, false),
  ),
  ...paged('/data/new_net_scores', 'Scores of chambers without a label, least certain first', (page, deps) =>
    netScoresPage('Not labelled yet, least certain first', '/data/new_net_scores/', page, deps, true),
  ),
  ...paged('/data/contamination', 'Share of bad layers among the labelled ones', contaminationPage),
];

async function netScoresPage(
  title: string,
  path: string,
  page: number,
  { database }: Deps,
  unlabelledOnly: boolean,
): Promise<string> {
  const offset = (page - 1) * linesPerPage;
  const found = await listNetScores(database, { limit: linesPerPage + 1, offset, unlabelledOnly });
  const lines = found.slice(0, linesPerPage);
  return layout(
    title,
    html`${lines.length === 0 ? html`<p>Nothing here: no chamber has been scored, or this page is beyond the last.</p>` : scoreTable(lines)}
    ${pager(path, page, found.length > linesPerPage)}`,
  );
}

function scoreTable(lines: readonly NetScores[]): Html {
  return html`<table>
    <thead>
      <tr>
        <th scope="col">Run</th>
        <th scope="col">Wheel</th>
        <th scope="col">Sector</th>
        <th scope="col">Station</th>
        <th scope="col" class="number">Certainty</th>
        <th scope="col">P(bad) of layers 1 to 12</th>
        <th scope="col">Label</th>
      </tr>
    </thead>
    <tbody>
      ${lines.map(
        ({ run, wheel, sector, station, certainty, scores, labelled }) =>
          html`<tr>
            <td><a href="/eval/${run}/${wheel}/${sector}/${station}/">${run}</a></td>
            <td class="number">${wheel}</td>
            <td class="number">${sector}</td>
            <td class="number">${station}</td>
            <td class="number">${certainty.toFixed(4)}</td>
            <td>${scores.map((score) => (score < 0 ? '–' : score.toFixed(2))).join(' ')}</td>
            <td class="quiet">${labelled ? 'yes' : 'no'}</td>
          </tr>`,
      )}
    </tbody>
  </table>`;
}

async function contaminationPage(page: number, { database }: Deps): Promise<string> {
  const offset = (page - 1) * linesPerPage;
  const found = await contaminationByRun(database, { limit: linesPerPage + 1, offset });
  const byLayer = await contaminationByLayer(database);
  const share = (value: number) => `${(100 * value).toFixed(2)} %`;
  return layout(
    'Contamination',
    html`<p class="quiet">Share of bad layers among those that labels in force call good or bad.</p>
      ${
        found.length === 0
          ? html`<p>Nothing has been labelled yet.</p>`
          : html`<table>
              <thead>
                <tr>
                  <th scope="col">Run</th>
                  <th scope="col" class="number">Labelled</th>
                  <th scope="col" class="number">Bad</th>
                  <th scope="col" class="number">Share</th>
                </tr>
              </thead>
              <tbody>
                ${found.slice(0, linesPerPage).map(
                  (line) =>
                    html`<tr>
                      <td><a href="/eval/${line.run}/">${line.run}</a></td>
                      <td class="number">${line.labelled}</td>
                      <td class="number">${line.bad}</td>
                      <td class="number">${share(line.share)}</td>
                    </tr>`,
                )}
              </tbody>
            </table>`
      }
      ${pager('/data/contamination/', page, found.length > linesPerPage)}
      ${
        byLayer.length > 0 &&
        html`<h2>By station and layer</h2>
          <table>
            <thead>
              <tr>
                <th scope="col">Station</th>
                <th scope="col" class="number">Layer</th>
                <th scope="col" class="number">Labelled</th>
                <th scope="col" class="number">Bad</th>
                <th scope="col" class="number">Share</th>
              </tr>
            </thead>
            <tbody>
              ${byLayer.map(
                (line) =>
                  html`<tr>
                    <td>MB${line.station}</td>
                    <td class="number">${line.layer}</td>
                    <td class="number">${line.labelled}</td>
                    <td class="number">${line.bad}</td>
                    <td class="number">${share(line.share)}</td>
                  </tr>`,
              )}
            </tbody>
          </table>`
      }`,
  );
}

function pager(path: string, page: number, more: boolean): Html {
  return html`<p class="pager">
    ${page > 1 && html`<a href="${path}?page=${page - 1}">Previous</a>`}
    ${more && html`<a href="${path}?page=${page + 1}">Next</a>`}
  </p>`;
}
