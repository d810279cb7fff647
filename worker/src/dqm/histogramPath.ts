import type { ChamberId } from '@dtdqm/contract';

/**
 * Where the occupancy of a chamber lies below the dataset, with `{wheel}`, `{station}` and `{sector}`. Plots were renamed and moved
 * over the years, of all of DT in 2022.
 */
export const usualHistogram =
  'DT/01-Digi/Wheel{wheel}/Sector{sector}/Station{station}/OccupancyAllHits_perCh_W{wheel}_St{station}_Sec{sector}';

const names = ['wheel', 'station', 'sector'] as const;

/** What is wrong with a template, in words that go behind its name; null when nothing is. */
export function faultOfTemplate(template: string): string | null {
  const used = [...template.matchAll(/\{([^{}]*)\}/g)].map(([, name]) => name ?? '');
  const unknown = used.find((name) => !names.some((each) => each === name));
  if (unknown !== undefined) return `names {${unknown}}; it may name {wheel}, {station} and {sector}`;
  const missing = names.filter((name) => !used.includes(name)).map((name) => `{${name}}`);
  if (missing.length > 0) return `must name ${missing.join(', ')}: without it chambers share a histogram`;
  if (/[{}]/.test(template.replaceAll(/\{\w+\}/g, ''))) return 'has a brace without its other half';
  if (/^\/|\/$|\/\/|[?#\s]|(^|\/)\.\.?(\/|$)/.test(template))
    return 'must be a path below the dataset, such as DT/01-Digi/…, without a slash at its ends, ? or #';
  return null;
}

/** Path of a chamber's histogram. */
export function histogramPath(template: string, chamber: ChamberId): string {
  return names.reduce((path, name) => path.replaceAll(`{${name}}`, String(chamber[name])), template);
}

/** The folder that all chambers have in common, without what differs from one to the next. */
export function commonFolder(template: string): string {
  const parts = template.split('/');
  return parts
    .slice(
      0,
      parts.findIndex((part) => part.includes('{')),
    )
    .join('/');
}
