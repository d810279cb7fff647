// Threads start from JavaScript: only after this hook can TypeScript be loaded.
import { register } from 'tsx/esm/api';

register();
await import('./thread.ts');
