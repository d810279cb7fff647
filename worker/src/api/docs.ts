import path from 'node:path';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { defineRoutes, type Answer, type Route } from './route.ts';

const { get } = defineRoutes('Documentation');

/** swagger-ui-dist brings everything it needs in these files, so that the documentation works without the internet. */
const assets = { 'swagger-ui.css': 'css', 'swagger-ui-bundle.js': 'js', 'favicon-32x32.png': 'png' } as const;
const assetFolder = path.dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));

const documentFile = new URL('../../../contract/openapi.json', import.meta.url);

/** The page runs its own scripts and asks this API only. */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

const pageText = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>API · DT occupancy</title>
<link rel="stylesheet" href="/docs/swagger-ui.css"><link rel="icon" href="/docs/favicon-32x32.png"></head>
<body><div id="docs"></div><script src="/docs/swagger-ui-bundle.js"></script><script src="/docs/start.js"></script></body>
</html>
`;

const startText = `SwaggerUIBundle({ url: '/openapi.json', dom_id: '#docs', deepLinking: true, validatorUrl: null, docExpansion: 'none', filter: true });
`;

const file = (address: string, summary: string, type: string, answer: () => Promise<Answer> | Answer) =>
  get(address, {
    summary,
    role: null,
    page: true,
    answers: { 200: { description: summary, type } },
    handle: answer,
  });

export const docsRoutes: readonly Route[] = [
  file('/openapi.json', 'This API as an OpenAPI document', 'application/json', async () => ({
    body: await readFile(documentFile, 'utf8'),
    type: 'json',
    headers: { 'Cache-Control': 'no-cache' },
  })),
  file('/docs', 'This API, to try out', 'text/html', () => ({
    body: pageText,
    type: 'html',
    headers: { 'Content-Security-Policy': contentSecurityPolicy, 'Cache-Control': 'no-cache' },
  })),
  file('/docs/start.js', 'Starts the page', 'text/javascript', () => ({ body: startText, type: 'js' })),
  ...Object.entries(assets).map(([name, type]) =>
    file(`/docs/${name}`, name, type, async () => ({
      body: await readFile(path.join(assetFolder, name)),
      type,
      headers: { 'Cache-Control': 'public, max-age=86400' },
    })),
  ),
];
