import * as contract from '@dtdqm/contract';
import {
  zodToOpenAPIRegistry,
  extendZodWithOpenApi,
  OpenApiGeneratorV31,
  OpenAPIRegistry,
} from '@asteasolutions/zod-to-openapi';
import { z } from 'zod';
import { readFileSync } from 'node:fs';
import { errorSchema } from '@dtdqm/contract';
import type { AnswerSpec, Route } from './route.ts';
import { allRoutes } from './app.ts';

type Node = Record<string, unknown>;

/** The document as other programs read JSON Schema, see below. */
function plain<T>(node: T): T {
  if (Array.isArray(node)) return node.map((each: unknown) => plain(each)) as T;
  if (typeof node !== 'object' || node === null) return node;
  const fields = Object.fromEntries(Object.entries(node).map(([name, value]) => [name, plain(value)]));
  return [plainNumber, plainNullable, plainText].reduce<Node>((made, make) => make(made), fields) as T;
}

/**
 * Whole numbers are accepted as their digits too, because that is how they stand in addresses. Saying so of every number
 * would bury the document, so it calls them integers.
 */
function plainNumber({ anyOf, ...rest }: Node): Node {
  if (anyOf === undefined) return rest;
  const [number, digits, ...more] = anyOf as Node[];
  const isEither = number?.['type'] === 'integer' && String(digits?.['pattern']).startsWith('^-?\\d');
  return isEither && more.length === 0 ? { ...number, ...rest } : { anyOf, ...rest };
}

/** The generator says "all of this schema, and of an object or null", which null never is. */
function plainNullable({ allOf, ...rest }: Node): Node {
  if (allOf === undefined) return rest;
  const [only, other, ...more] = allOf as Node[];
  const mayBeNull = Array.isArray(other?.['type']) && other['type'].includes('null');
  return mayBeNull && more.length === 0 ? { anyOf: [only, { type: 'null' }], ...rest } : { allOf, ...rest };
}

/** Patterns are always of whole characters there, and lengths stand by themselves, where programs look for them. */
function plainText(node: Node): Node {
  if (typeof node['pattern'] !== 'string') return node;
  const pattern = node['pattern'].replace(/\/u$/, '');
  const [, set, least, most] = /^\^(\[\^.*\])\{(\d+),(\d+)\}\$$/.exec(pattern) ?? [];
  if (set === undefined) return { ...node, pattern };
  const shortest = least === '0' ? {} : { minLength: Number(least) };
  return { ...node, ...shortest, maxLength: Number(most), pattern: `^${set}*$` };
}

/**
 * Gives every schema of the contract that describes an object the name it is exported by, so that the document refers to
 * it instead of repeating it: `runListSchema` becomes `RunList`.
 */
function nameContractSchemas(): void {
  for (const [name, schema] of Object.entries<unknown>(contract)) {
    const isNamed = name.endsWith('Schema') && schema instanceof z.ZodObject;
    if (!isNamed || zodToOpenAPIRegistry.has(schema)) continue;
    const bare = name.replace(/Schema$/, '');
    const refId = bare.charAt(0).toUpperCase() + bare.slice(1);
    zodToOpenAPIRegistry.add(schema, { _internal: { refId } });
  }
}

/** Paths of koa, `/runs/:run`, as OpenAPI has them, `/runs/{run}`. */
function documentPath(path: string): string {
  return path.replace(/:(\w+)/g, '{$1}');
}

/** The whole API as an OpenAPI 3.1 document, from the same declarations that answer. Pages for people are left out. */
export function openApiDocument(routes: readonly Route[]): object {
  extendZodWithOpenApi(z);
  nameContractSchemas();
  const registry = new OpenAPIRegistry();
  registry.registerComponent('securitySchemes', 'token', {
    type: 'http',
    scheme: 'bearer',
    description:
      'API_TOKEN. Beside it X-Dtdqm-Role (Viewer, Editor or Admin) states the role and X-Grafana-User the person.',
  });
  for (const route of routes.filter(({ page }) => !page)) registry.registerPath(operation(route));
  const document = new OpenApiGeneratorV31(registry.definitions).generateDocument({
    openapi: '3.1.0',
    info: {
      title: 'DT occupancy monitor',
      version: version(),
      description:
        'Occupancy of the CMS drift-tube chambers: runs, scores, faults and labels. Every error answers `{"error": {"id", "message", "details"}}`; ids are stable.',
    },
    servers: [{ url: '/' }],
  });
  return plain(document);
}

function operation(route: Route): Parameters<OpenAPIRegistry['registerPath']>[0] {
  const { method, path, tag, summary, role, params, query, body, bodyOptional = false, streams = [] } = route;
  const content = {
    ...(body === undefined ? {} : { 'application/json': { schema: body } }),
    ...Object.fromEntries(streams.map((type) => [type, { schema: z.string() }])),
  };
  return {
    method,
    path: documentPath(path),
    operationId: operationId(method, path),
    tags: [tag],
    summary,
    ...(role === null
      ? { security: [] }
      : { security: [{ token: [] }], description: `Needs the role ${role}.` }),
    request: {
      ...(params === undefined ? {} : { params: params as z.ZodObject }),
      ...(query === undefined ? {} : { query: query as z.ZodObject }),
      ...(Object.keys(content).length === 0 ? {} : { body: { content, required: !bodyOptional } }),
    },
    responses: {
      ...Object.fromEntries(
        Object.entries(route.answers).map(([status, spec]) => [status, response(Number(status), spec)]),
      ),
      default: { description: 'Any other error', content: { 'application/json': { schema: errorSchema } } },
    },
  };
}

function response(status: number, { description, schema, type = 'application/json' }: AnswerSpec) {
  const fallback = status >= 400 ? errorSchema : undefined;
  const shown = schema ?? (type === 'application/json' ? fallback : z.string());
  if (shown === undefined) return { description };
  return { description, content: Object.fromEntries([type].flat().map((each) => [each, { schema: shown }])) };
}

/** `getRunsByRunChambers` of `GET /api/v1/runs/:run/chambers`: stable, for programs that are made from the document. */
function operationId(method: string, path: string): string {
  const words = path
    .replace(/^\/api\/v1/, '')
    .split('/')
    .filter((part) => part !== '')
    .map((part) => part.replace(/^:/, 'by-').replace(/\W+(\w)/g, (_, first: string) => first.toUpperCase()))
    .map((part) => part.replace(/_(\w)/g, (_, first: string) => first.toUpperCase()))
    .map((part) => part.charAt(0).toUpperCase() + part.slice(1));
  return method + words.join('');
}

function version(): string {
  const file = new URL('../../package.json', import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}

/** What stands in contract/openapi.json. */
export function openApiText(): string {
  return `${JSON.stringify(openApiDocument(allRoutes), null, 2)}\n`;
}
