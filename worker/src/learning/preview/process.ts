import { createLog } from '../../log.ts';
import { openDatabase, type Database } from '../../storage/database.ts';
import { savePreview } from '../../storage/preview.ts';
import { Foreteller, type ForetellOptions } from './foretell.ts';

/** What the parent asks for: the first time with all that is needed for it. */
export interface Wanted extends Omit<ForetellOptions, 'database'> {
  /** Holds the password: sent to the process, where no other user of the machine can read it. */
  databaseUrl: string;
}

/** What it is told: that the preview is stored, or why it is not. */
export interface Told {
  problem: string | null;
}

/** Works out and stores a preview whenever the parent asks, and ends with it, however that ends. */
export function foretellForParent(): void {
  process.once('disconnect', () => process.exit());
  let kept: Promise<{ database: Database; foreteller: Foreteller }> | undefined;
  process.on('message', (wanted: Wanted) => {
    kept ??= open(wanted);
    const told = kept
      .then(async ({ database, foreteller }) => savePreview(database, await foreteller.foretell()))
      .then(
        (): Told => ({ problem: null }),
        (error: unknown): Told => ({ problem: error instanceof Error ? error.message : String(error) }),
      );
    void told.then((message) => process.send?.(message));
  });
}

async function open({ databaseUrl: url, ...options }: Wanted) {
  const log = createLog({ level: 'warn', format: 'json', stream: process.stderr });
  const database = await openDatabase({ url, log, applicationName: 'dtdqm preview', connections: 2 });
  return { database, foreteller: new Foreteller({ database, ...options }) };
}
