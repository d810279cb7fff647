import type { Route } from '../route.ts';
import { journalRoutes } from './journal.ts';
import { transferRoutes } from './transfer.ts';

export const labelRoutes: readonly Route[] = [...journalRoutes, ...transferRoutes];
