import { readFile } from 'node:fs/promises';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import fc from 'fast-check';

/** JSON Schema 2020-12, as far as the document uses it. */
export interface Schema {
  $ref?: string;
  type?: string | string[];
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  prefixItems?: Schema[];
  anyOf?: Schema[];
  oneOf?: Schema[];
  enum?: unknown[];
  const?: unknown;
  pattern?: string;
  format?: string;
  minimum?: number;
  maximum?: number;
  minItems?: number;
  maxItems?: number;
  minLength?: number;
  maxLength?: number;
}

export interface Parameter {
  name: string;
  in: 'path' | 'query';
  required: boolean;
  schema: Schema;
}

type Content = Record<string, { schema: Schema }>;

export interface Operation {
  /** Such as `get /api/v1/runs/{run}`. */
  name: string;
  method: string;
  path: string;
  parameters: Parameter[];
  requestBody?: { required?: boolean; content: Content };
  responses: Record<string, { content?: Content }>;
}

interface Document {
  paths: Record<
    string,
    Record<string, Omit<Operation, 'name' | 'method' | 'path' | 'parameters'> & { parameters?: Parameter[] }>
  >;
}

const document = JSON.parse(
  await readFile(new URL('../../contract/openapi.json', import.meta.url), 'utf8'),
) as Document;

/** Every operation of the published document. */
export const operations: readonly Operation[] = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({
    parameters: [],
    ...operation,
    name: `${method} ${path}`,
    method,
    path,
  })),
);

const ajv = new Ajv2020({
  strict: false,
  allErrors: true,
  formats: {
    'date-time': /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/,
    uuid: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i,
  },
});
ajv.addSchema({ $id: 'api', ...document });

/** Whether a value is what a schema of the document says, see `errors` of it for why not. */
export function validator(schema: Schema): ValidateFunction {
  // References are to the document, from wherever the schema stands.
  return ajv.compile(JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"api#/')) as object);
}

function resolve(schema: Schema): Schema {
  if (schema.$ref === undefined) return schema;
  const steps = schema.$ref.replace('#/', '').split('/');
  return resolve(
    steps.reduce<unknown>((node, step) => (node as Record<string, unknown>)[step], document) as Schema,
  );
}

/** Things that are there, by the name of the field or parameter: else nothing beyond the first check is reached. */
export type Known = Record<string, fc.Arbitrary<unknown>>;

/** Values that the schema takes. */
export function arbitraryOf(given: Schema, known: Known): fc.Arbitrary<unknown> {
  const schema = resolve(given);
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  const alternatives = schema.anyOf ?? schema.oneOf;
  if (alternatives !== undefined) return fc.oneof(...alternatives.map((each) => arbitraryOf(each, known)));
  if (Array.isArray(schema.type)) {
    return fc.oneof(...schema.type.map((type) => arbitraryOf({ ...schema, type }, known)));
  }
  switch (schema.type) {
    case 'object':
      return objectOf(schema, known);
    case 'array':
      return fc.array(arbitraryOf(schema.items ?? {}, known), {
        minLength: schema.minItems ?? 0,
        maxLength: Math.min(schema.maxItems ?? 12, 12),
      });
    case 'integer':
      return fc.integer({ min: schema.minimum ?? -1e9, max: schema.maximum ?? 1e9 });
    case 'number':
      return fc.double({ min: schema.minimum ?? -1e9, max: schema.maximum ?? 1e9, noNaN: true });
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    case 'string':
      return textOf(schema);
    default:
      return fc.jsonValue();
  }
}

function objectOf({ properties = {}, required = [] }: Schema, known: Known): fc.Arbitrary<unknown> {
  const fields = Object.entries(properties).map(
    ([name, schema]) => [name, known[name] ?? arbitraryOf(schema, known)] as const,
  );
  return fc.record(Object.fromEntries(fields), { requiredKeys: required as never[] });
}

function textOf(schema: Schema): fc.Arbitrary<string> {
  const { format, pattern, minLength = 0, maxLength = 40 } = schema;
  if (format === 'date-time')
    return fc
      .date({ min: new Date(0), max: new Date('2990-01-01'), noInvalidDate: true })
      .map((date) => date.toISOString());
  if (format === 'uuid') return fc.uuid();
  if (pattern !== undefined && schema.maxLength === undefined)
    return fc.stringMatching(new RegExp(pattern, 'u'));
  const fits = validator(schema);
  return fc
    .string({ unit: 'binary', minLength, maxLength: Math.min(maxLength, minLength + 60) })
    .filter((text) => fits(text));
}

/** What somebody may send by mistake or on purpose, as it stands in an address. */
const oddTexts = [
  'x',
  '-1',
  '0',
  '15',
  '1e3',
  '1.5',
  ' 1',
  '0x10',
  '99999999999999999999',
  '2147483648',
  'null',
  '[]',
  '\0',
  'é',
  '2026-13-45',
  '0000-01-01T00:00:00Z',
  '2026-01-01T00:00:00+99:00',
  'true ',
  'FINISHED,',
  'x'.repeat(5000),
];

/** The same in a body; digits are left out, which stand for numbers everywhere. */
const oddValues: unknown[] = [
  null,
  true,
  [],
  {},
  [null],
  { a: 1 },
  1.5,
  -1,
  13,
  1e300,
  -1e300,
  2_147_483_648,
  '',
  'x',
  'a\0b',
  '\ud800',
  'x'.repeat(5000),
  [[[]]],
  Number.MAX_SAFE_INTEGER,
];

/** Texts that the parameter's schema refuses. */
export function refusedTexts({ in: place, schema }: Parameter): string[] {
  const fits = validator(schema);
  const isInteger = resolve(schema).type === 'integer';
  const meant = (text: string) => (isInteger && /^-?\d{1,15}$/.test(text) ? Number(text) : text);
  return (place === 'query' ? ['', ...oddTexts] : oddTexts).filter((text) => !fits(meant(text)));
}

/** Bodies that the schema refuses, each a good one with a fault in one field, or something else altogether. */
export function refusedBodies(schema: Schema, good: unknown): unknown[] {
  const fits = validator(schema);
  const names = Object.keys(typeof good === 'object' && good !== null ? good : {});
  const damaged = names.flatMap((name) => oddValues.map((value) => ({ ...(good as object), [name]: value })));
  const without = names.map((name) =>
    Object.fromEntries(Object.entries(good as object).filter(([each]) => each !== name)),
  );
  return [...damaged, ...without, ...oddValues].filter((body) => !fits(body));
}
