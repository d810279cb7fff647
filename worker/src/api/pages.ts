import { STATUS_CODES } from 'node:http';
import type { Problem } from './problem.ts';

/**
 * The only pages that the API draws itself: a refusal, and where people find the monitor. Everything else is the workbench's. They
 * need no script and nothing from elsewhere, so they work under the strictest policy and while everything else is down.
 */
const style = `:root { color-scheme: dark light; }
body { font: 15px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 50em; padding: 20px 24px; }
h1 { font-size: 26px; font-weight: 600; }`;

/** @param body HTML; whatever others wrote in it has to be escaped. */
function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)} · DT occupancy</title><style>${style}</style></head>
<body><main><h1>${escapeHtml(title)}</h1>
${body}
</main></body>
</html>
`;
}

/** A refusal for people who followed a link. */
export function errorPage({ status, message, details = [] }: Problem): string {
  const faults = details.map(({ field, message: rule }) => `<li>${escapeHtml(`${field}: ${rule}`)}</li>`);
  return page(
    STATUS_CODES[status] ?? `Error ${status}`,
    `<p>${escapeHtml(message)}.</p>
${faults.length > 1 ? `<ul>${faults.join('')}</ul>` : ''}
<p><a href="/">To the newest run</a></p>`,
  );
}

/** @param address of Grafana, as people open it; without it there is no link. */
export function grafanaPage(address: string | undefined): string {
  const where =
    address === undefined
      ? 'Open the Grafana that stands in front of it'
      : `Open <a href="${escapeHtml(address)}">${escapeHtml(address)}</a>`;
  return page('The monitor runs behind Grafana', `<p>${where}: its users, roles and panels are there.</p>`);
}

const entities: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? '');
}
