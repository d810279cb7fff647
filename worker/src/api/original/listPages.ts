import { z } from 'zod';
import { listContamination } from '../../storage/labels/original/contamination.ts';
import {
  listNetScores,
  type NetScores,
  type NetScoresPage,
} from '../../storage/labels/original/scoreLists.ts';
import { html, type Html } from '../pages/html.ts';
import { page as layout } from '../pages/layout.ts';
import { htmlAnswer } from '../pages/routes.ts';
import { defineRoute, type Route } from '../route.ts';
import { linesPerPage, pageNumberSchema } from './lists.ts';

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
  ...paged('/data/net_scores', 'Scores, least certain chamber first', async (page, { database }) =>
    listPage('Scores, least certain first', '/data/net_scores/', page, {
      ...(await listNetScores(database, cut(page))),
      ratedBy: 'Certainty',
    }),
  ),
  ...paged(
    '/data/new_net_scores',
    'Scores of chambers that wait for a label, least certain first',
    async (page, { database }) =>
      listPage('Not labelled yet, least certain first', '/data/new_net_scores/', page, {
        ...(await listNetScores(database, { ...cut(page), openOnly: true })),
        ratedBy: 'Certainty',
      }),
  ),
  ...paged(
    '/data/contamination',
    'Labelled chambers, where model and label differ most first',
    async (page, { database }) =>
      listPage('Contamination', '/data/contamination/', page, {
        ...(await listContamination(database, cut(page))),
        ratedBy: 'Contamination',
        about:
          'Greatest difference between score and label of any layer: a fault of the model, or of the label.',
      }),
  ),
];

const cut = (page: number) => ({ limit: linesPerPage, offset: (page - 1) * linesPerPage });

function listPage(
  title: string,
  path: string,
  page: number,
  { count, lines, ratedBy, about }: NetScoresPage & { ratedBy: string; about?: string },
): string {
  return layout(
    title,
    html`${about !== undefined && html`<p class="quiet">${about}</p>`}
    ${lines.length === 0 ? html`<p>Nothing here: there is none yet, or this page is beyond the last.</p>` : table(lines, ratedBy)}
    ${pager(path, page, count)}`,
  );
}

function table(lines: readonly NetScores[], ratedBy: string): Html {
  return html`<table>
    <thead>
      <tr>
        <th scope="col">Run</th>
        <th scope="col">Wheel</th>
        <th scope="col">Sector</th>
        <th scope="col">Station</th>
        <th scope="col" class="number">${ratedBy}</th>
        <th scope="col">P(bad) of layers 1 to 12</th>
        <th scope="col">Label</th>
      </tr>
    </thead>
    <tbody>
      ${lines.map(
        (line) =>
          html`<tr>
            <td><a href="/eval/${line.run}/${line.wheel}/${line.sector}/${line.station}/">${line.run}</a></td>
            <td class="number">${line.wheel}</td>
            <td class="number">${line.sector}</td>
            <td class="number">${line.station}</td>
            <td class="number">${line.rating.toFixed(4)}</td>
            <td>${line.scores.map((score) => (score < 0 ? '–' : score.toFixed(2))).join(' ')}</td>
            <td class="quiet">${labelText(line)}</td>
          </tr>`,
      )}
    </tbody>
  </table>`;
}

function labelText({ verdicts, skipped }: NetScores): string {
  if (skipped) return 'skipped';
  if (verdicts === null) return '–';
  const bad = verdicts.flatMap((verdict, row) => (verdict === 'bad' ? [row + 1] : []));
  return bad.length === 0 ? 'no bad layer' : `bad ${bad.join(', ')}`;
}

function pager(path: string, page: number, count: number): Html {
  const pages = Math.max(1, Math.ceil(count / linesPerPage));
  return html`<p class="pager">
    ${page > 1 && html`<a href="${path}?page=${Math.min(page - 1, pages)}">Previous</a>`}
    <span class="quiet">page ${page} of ${pages}</span>
    ${page < pages && html`<a href="${path}?page=${page + 1}">Next</a>`}
  </p>`;
}
