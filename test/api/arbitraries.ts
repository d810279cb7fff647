import fc from 'fast-check';
import { z } from 'zod';
import { type Known, type Schema, arbitraryOf } from './fromDocument.ts';

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
  const asked = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Schema;
  const sound = arbitraryOf(asked, known);
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

/** Chambers must exist most of the time, or nothing beyond the first check is reached. */
const known: Known = {
  run: fc.constantFrom<unknown>(380001, 380002, '380001', 7),
  wheel: fc.integer({ min: -2, max: 2 }),
  station: fc.integer({ min: 1, max: 4 }),
  sector: fc.integer({ min: 1, max: 12 }),
  lease: fc.uuid(),
  event: fc.nat(50).map(String),
  idempotencyKey: fc.oneof(fc.constantFrom('the-same-key', 'another-key'), fc.uuid()),
};
