import { expect, test } from 'vitest';
import { createTestDatabase } from '../../../test/postgres/database.ts';
import { schemaText } from './schemaText.ts';

test('schema.sql says what the migrations add up to (npx vitest -u writes it anew)', async () => {
  const { database, drop } = await createTestDatabase();
  try {
    await expect(await schemaText(database)).toMatchFileSnapshot('./schema.sql');
  } finally {
    await drop();
  }
});
