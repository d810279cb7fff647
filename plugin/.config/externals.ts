/** Packages that Grafana gives to plugins: they must not be in the bundle, and nothing else may be left out of it. */
export const sharedByGrafana = [
  'react',
  'react-dom',
  'rxjs',
  '@emotion/css',
  '@grafana/data',
  '@grafana/runtime',
  '@grafana/ui',
] as const;
