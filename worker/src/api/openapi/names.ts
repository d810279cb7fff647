import * as contract from '@dtdqm/contract';
import { zodToOpenAPIRegistry } from '@asteasolutions/zod-to-openapi';
import { z } from 'zod';

/**
 * Gives every schema of the contract that describes an object the name it is exported by, so that the document refers to
 * it instead of repeating it: `runListSchema` becomes `RunList`.
 */
export function nameContractSchemas(): void {
  for (const [name, schema] of Object.entries<unknown>(contract)) {
    const isNamed = name.endsWith('Schema') && schema instanceof z.ZodObject;
    if (!isNamed || zodToOpenAPIRegistry.has(schema)) continue;
    const bare = name.replace(/Schema$/, '');
    const refId = bare.charAt(0).toUpperCase() + bare.slice(1);
    zodToOpenAPIRegistry.add(schema, { _internal: { refId } });
  }
}
