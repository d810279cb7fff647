// Runs apart from the installer; writes the greatest difference of scores, or why there is none.
import { register } from 'tsx/esm/api';

register();
const { compareBackends } = await import('./nativeBinding.ts');
try {
  process.stdout.write(`${await compareBackends()}\n`);
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
