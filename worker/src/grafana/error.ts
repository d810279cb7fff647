/** What keeps Grafana from starting, in one line for people, with the next step. */
export class GrafanaError extends Error {
  override readonly name = 'GrafanaError';
}
