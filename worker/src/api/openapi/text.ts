import { allRoutes } from '../routes.ts';
import { openApiDocument } from './document.ts';

/** What stands in contract/openapi.json. */
export function openApiText(): string {
  return `${JSON.stringify(openApiDocument(allRoutes), null, 2)}\n`;
}
