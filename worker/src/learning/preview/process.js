// Processes start from JavaScript: only after this hook can TypeScript be loaded.
import os from 'node:os';
import { register } from 'tsx/esm/api';

// Scoring and requests come first.
os.setPriority(os.constants.priority.PRIORITY_BELOW_NORMAL);
register();
const { foretellForParent } = await import('./process.ts');
foretellForParent();
