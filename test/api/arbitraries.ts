import fc from 'fast-check';
import { z } from 'zod';

/** Values that a schema may or may not take, with a liking for those that just miss. */
export const valueNear: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    0,
    1,
    -1,
    13,
    380001,
    '',
    '0',
    '1',
    '380001',
    'good',
    'FINISHED',
    'margin',
    'csv',
  ),
  fc.integer(),
  fc.double(),
  fc.string({ maxLength: 30 }),
  fc.jsonValue({ maxDepth: 2 }),
);

/** Text of a body: mostly what the schema asks for, or that with faults, sometimes anything at all. */
export function bodyFor(schema: z.ZodType | undefined): fc.Arbitrary<string | undefined> {
  const anything = fc.oneof(
    fc.jsonValue().map((value) => JSON.stringify(value)),
    fc.string(),
    fc.constant(undefined),
  );
  if (schema === undefined) return anything;
  const sound = arbitraryOf(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as JsonSchema);
  return fc.oneof(
    { weight: 6, arbitrary: sound.map((value) => JSON.stringify(value)) },
    {
      weight: 3,
      arbitrary: fc
        .tuple(
          sound,
          fc.dictionary(fc.string({ maxLength: 8 }), valueNear, { maxKeys: 2 }),
          fc.nat(5),
          valueNear,
        )
        .map(([value, extra, place, wrong]) => JSON.stringify(damaged(value, extra, place, wrong))),
    },
    { weight: 1, arbitrary: anything },
  );
}

/** Adds fields, and puts something else in the place of one. */
function damaged(value: unknown, extra: object, place: number, wrong: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return wrong;
  const names = Object.keys(value);
  const name = names[place % Math.max(1, names.length)];
  return { ...value, ...extra, ...(name === undefined ? {} : { [name]: wrong }) };
}

interface JsonSchema {
  type?: string;
  properties?: Record<string, JsonSchema>;
  required?: string[];
  items?: JsonSchema;
  prefixItems?: JsonSchema[];
  anyOf?: JsonSchema[];
  oneOf?: JsonSchema[];
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

/** Chambers must exist most of the time, or nothing beyond the first check is reached. */
const known: Record<string, fc.Arbitrary<unknown>> = {
  run: fc.constantFrom<unknown>(380001, 380002, '380001', 7),
  wheel: fc.integer({ min: -2, max: 2 }),
  station: fc.integer({ min: 1, max: 4 }),
  sector: fc.integer({ min: 1, max: 12 }),
  lease: fc.uuid(),
  event: fc.nat(50).map(String),
  idempotencyKey: fc.oneof(fc.constantFrom('the-same-key', 'another-key'), fc.uuid()),
};

function arbitraryOf(schema: JsonSchema): fc.Arbitrary<unknown> {
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  const alternatives = schema.anyOf ?? schema.oneOf;
  if (alternatives !== undefined) return fc.oneof(...alternatives.map(arbitraryOf));
  switch (schema.type) {
    case 'object':
      return objectOf(schema);
    case 'array':
      return fc.array(arbitraryOf(schema.items ?? {}), {
        minLength: schema.minItems ?? 0,
        maxLength: Math.min(schema.maxItems ?? 12, 12),
      });
    case 'integer':
      return fc.integer({
        min: Math.max(schema.minimum ?? -20, -1e9),
        max: Math.min(schema.maximum ?? 20, 1e9),
      });
    case 'number':
      return fc.double({ min: schema.minimum ?? -10, max: schema.maximum ?? 10, noNaN: true });
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    case 'string':
      if (schema.pattern !== undefined) return fc.stringMatching(new RegExp(schema.pattern));
      return fc.string({
        minLength: schema.minLength ?? 0,
        maxLength: Math.min(schema.maxLength ?? 20, 200),
      });
    default:
      return valueNear;
  }
}

function objectOf({ properties = {}, required = [] }: JsonSchema): fc.Arbitrary<unknown> {
  const fields = Object.entries(properties).map(
    ([name, schema]) => [name, known[name] ?? arbitraryOf(schema)] as const,
  );
  return fc.record(Object.fromEntries(fields), { requiredKeys: required as never[] });
}
