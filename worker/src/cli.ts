import { enterCallerDirectory, reportFailure, createProgram } from './cli/program.ts';

enterCallerDirectory();
try {
  const args = process.argv.slice(2);
  const program = await createProgram(args);
  await program.parseAsync(args, { from: 'user' });
} catch (error) {
  process.exitCode = reportFailure(error);
}
