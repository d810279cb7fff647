import type { Problem } from '../problem.ts';
import { html } from './html.ts';
import { page } from './layout.ts';

const titles: Record<number, string> = {
  400: 'That address has a fault',
  401: 'Who are you?',
  403: 'Not for you',
  404: 'Nothing here',
  429: 'Too many requests',
  503: 'Not now',
};

/** A refusal for people who followed a link. */
export function errorPage({ status, message, details = [] }: Problem): string {
  return page(
    titles[status] ?? 'That went wrong',
    html`<p>${message}.</p>
      ${
        details.length > 1 &&
        html`<ul>
          ${details.map(({ field, message: rule }) => html`<li>${field}: ${rule}</li>`)}
        </ul>`
      }
      <p><a href="/">To the list of runs</a></p>`,
  );
}
