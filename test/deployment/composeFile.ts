import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { z } from 'zod';

export const root = fileURLToPath(new URL('../../', import.meta.url));

const dependsOn = z.record(
  z.string(),
  z.strictObject({
    condition: z.enum(['service_started', 'service_healthy', 'service_completed_successfully']),
  }),
);
const duration = z.string().regex(/^(\d+[smh])+$/);

/** What of the Compose specification we use; unknown keys are errors, because engines ignore or refuse them. */
const serviceSchema = z.strictObject({
  image: z.string(),
  pull_policy: z.literal('never').optional(),
  build: z.strictObject({ context: z.string(), target: z.string() }).optional(),
  profiles: z.array(z.string()).optional(),
  command: z.array(z.string()).optional(),
  entrypoint: z.array(z.string()).optional(),
  user: z.string(),
  restart: z.string().regex(/^(unless-stopped|on-failure:\d+)$/),
  init: z.literal(true),
  read_only: z.literal(true),
  cap_drop: z.tuple([z.literal('ALL')]),
  security_opt: z.array(z.string()),
  tmpfs: z.array(z.string()),
  shm_size: z.string().optional(),
  logging: z.strictObject({ driver: z.literal('json-file'), options: z.record(z.string(), z.string()) }),
  environment: z.record(z.string(), z.union([z.string(), z.number()])).optional(),
  secrets: z.array(z.string()),
  volumes: z.array(z.string()).optional(),
  networks: z.array(z.string()),
  ports: z.array(z.string()).optional(),
  depends_on: dependsOn.optional(),
  healthcheck: z
    .strictObject({
      test: z.array(z.string()).min(2),
      interval: duration,
      timeout: duration,
      retries: z.int(),
      start_period: duration.optional(),
    })
    .optional(),
  stop_grace_period: duration.optional(),
  deploy: z.strictObject({
    resources: z.strictObject({
      limits: z.strictObject({ cpus: z.string(), memory: z.string().regex(/^\d+[mg]$/) }),
    }),
  }),
});
export type Service = z.infer<typeof serviceSchema>;

const composeSchema = z.strictObject({
  name: z.string(),
  services: z.record(z.string(), serviceSchema),
  networks: z.record(z.string(), z.strictObject({ internal: z.boolean().optional() })),
  volumes: z.record(z.string(), z.strictObject({})),
  secrets: z.record(z.string(), z.strictObject({ file: z.string() })),
});

/** docker-compose.yml with merges done and our own x- parts taken away. */
export function readCompose(): z.infer<typeof composeSchema> {
  const content = parse(composeText(), { merge: true }) as Record<string, unknown>;
  const ours = Object.entries(content).filter(([key]) => !key.startsWith('x-'));
  return composeSchema.parse(Object.fromEntries(ours));
}

function composeText(): string {
  return readFileSync(`${root}docker-compose.yml`, 'utf8');
}

/** Variables that the compose file takes from .env, with their defaults. */
export function composeVariables(): Map<string, string> {
  const found = [...composeText().matchAll(/\$\{(\w+):-([^}]*)\}/g)];
  return new Map(found.map(([, name = '', fallback = '']) => [name, fallback]));
}

/** As the engine fills in variables when .env is empty. */
export function withDefaults(text: string | number): string {
  return String(text).replace(/\$\{\w+:-([^}]*)\}/g, (_, fallback: string) => fallback);
}
