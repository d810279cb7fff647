import type { z } from 'zod';

/** One environment variable: the only place where its name, rule, default and meaning are written down. */
export interface Setting<Value> {
  name: string;
  group: SettingGroup;
  /** From the text of the variable to its value; never sees an absent or empty variable. */
  schema: z.ZodType<Value, string>;
  /** Value of an absent variable; undefined when there is none. */
  fallback: Value;
  /** One sentence for people. */
  about: string;
  /** How the absent value reads in the documentation, where the value itself says too little. */
  fallbackText?: string;
  /** Never printed, and may be given as a file instead: `<name>_FILE`. */
  secret?: boolean;
}

export type SettingGroup =
  'Storage' | 'API' | 'DQM server' | 'Runs' | 'Scoring' | 'Labelling' | 'Grafana of this machine' | 'Log';

type SettingFields<Value> = Omit<Setting<Value>, 'name' | 'group' | 'fallback' | 'schema'>;

/** Makes the settings of one group; absent variables without `fallback` are undefined. */
export function settingsOf(group: SettingGroup) {
  return {
    optional<Value>(
      name: string,
      schema: z.ZodType<Value, string>,
      fields: SettingFields<Value | undefined>,
    ): Setting<Value | undefined> {
      return { name, group, schema, fallback: undefined, ...fields };
    },
    withDefault<Value>(
      name: string,
      schema: z.ZodType<Value, string>,
      fallback: Value,
      fields: SettingFields<Value>,
    ): Setting<Value> {
      return { name, group, schema, fallback, ...fields };
    },
  };
}
