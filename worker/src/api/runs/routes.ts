import type { Route } from '../route.ts';
import { runChangeRoutes } from './change.ts';
import { runEventRoutes } from './events.ts';
import { runReadRoutes } from './read.ts';

/** `/runs/events` and `/runs/reevaluate` stand before `/runs/:run`, which would take them for numbers. */
export const runRoutes: readonly Route[] = [...runEventRoutes, ...runChangeRoutes, ...runReadRoutes];
