import type { SourceRun } from '../sources/source.ts';

export const withSlash = (dataset: string) => `/${dataset.replace(/^\/+/, '')}`;

/** Body of `/data/json/samples`: runs whose number or dataset the regular expression finds. */
export function classicSamples(runs: readonly SourceRun[], match: string | null): string {
  const pattern = new RegExp(match ?? '');
  const items = runs
    .filter(({ run, dataset }) => pattern.test(String(run)) || pattern.test(withSlash(dataset)))
    .map(({ run, dataset }) => ({
      type: 'online_data',
      run: String(run),
      dataset: withSlash(dataset),
      version: '',
      importversion: 1,
    }));
  return JSON.stringify({ samples: items.length > 0 ? [{ type: 'online_data', items }] : [] }) + '\n';
}

/** Body of `/api/v1/samples`: both criteria are substrings, empty ones match all; `lumi` 0 is the whole run. */
export function newSamples(runs: readonly SourceRun[], query: URLSearchParams): string {
  const wantedRun = query.get('run') ?? '';
  const wantedDataset = query.get('dataset') ?? '';
  const data = runs
    .filter(
      ({ run, dataset }) => String(run).includes(wantedRun) && withSlash(dataset).includes(wantedDataset),
    )
    .map(({ run, dataset }) => ({ run, lumi: 0, dataset: withSlash(dataset) }));
  return JSON.stringify({ data });
}

/** Body of `/api/v1/latest_runs`: newest first. */
export function latestRuns(runs: readonly SourceRun[], search: string | null): string {
  const numbers = runs.map(({ run }) => run).filter((run) => String(run).includes(search ?? ''));
  return JSON.stringify({ runs: [...new Set(numbers)].sort((a, b) => b - a) });
}
