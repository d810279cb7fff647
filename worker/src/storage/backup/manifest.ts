import { z } from 'zod';

export const manifestFile = 'manifest.json';

/** Written last: a folder without it is not a whole back-up. */
export const manifestSchema = z.strictObject({
  format: z.literal('dtdqm-backup-1'),
  takenAt: z.string(),
  /** Migrations of the database it was taken from, oldest first. */
  migrations: z.array(z.string()),
  tables: z.array(z.strictObject({ name: z.string(), columns: z.string(), rows: z.int().min(0) })),
});
export type Manifest = z.infer<typeof manifestSchema>;

export function fileOf(table: string): string {
  return `${table}.copy.gz`;
}
