import { enterCallerDirectory, reportFailure, createProgram } from './cli/program.ts';
import { endAtUnexpectedErrors, isStopping } from './cli/stopSignal.ts';

endAtUnexpectedErrors();
enterCallerDirectory();
try {
  const args = process.argv.slice(2);
  const program = await createProgram(args);
  await program.parseAsync(args, { from: 'user' });
} catch (error) {
  process.exitCode = reportFailure(error);
}
// Work that was given up may go on for a while; nobody waits for it.
if (isStopping()) process.exit();
