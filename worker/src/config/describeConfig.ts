import { describeUrl } from '../storage/database.ts';
import { type Config, fileVariable } from './index.ts';
import { type Setting, settings } from './settings.ts';

export interface SettingLine {
  group: string;
  name: string;
  /** Present value for people; secrets are shown as set or not set. */
  value: string;
  fallback: string;
  /** The fallback is a value that could be set, not a description. */
  isValue: boolean;
  about: string;
}

/** The one table of all settings, with present values when a configuration is given. */
export function describeConfig(config?: Config): SettingLine[] {
  return Object.entries<Setting<unknown>>(settings).map(([key, setting]) => {
    const value = config?.[key as keyof Config];
    return {
      group: setting.group,
      name: setting.secret ? `${setting.name} or ${fileVariable(setting.name)}` : setting.name,
      value:
        value === undefined
          ? ''
          : setting.secret
            ? withoutSecret(setting.name, String(value))
            : String(value),
      fallback: setting.fallbackText ?? (setting.fallback === undefined ? 'none' : String(setting.fallback)),
      isValue: setting.fallbackText === undefined && setting.fallback !== undefined,
      about: setting.about,
    };
  });
}

function withoutSecret(name: string, value: string): string {
  return name === 'DATABASE_URL' ? describeUrl(value) : '(set)';
}

/** The table as Markdown, for the documentation. */
export function configAsMarkdown(): string {
  const groups = [...new Set(describeConfig().map(({ group }) => group))];
  return groups
    .map((group) => {
      const lines = describeConfig().filter((line) => line.group === group);
      return [
        `## ${group}`,
        '',
        '| Variable | Default | Meaning |',
        '| --- | --- | --- |',
        ...lines.map(
          ({ name, fallback, isValue, about }) =>
            `| \`${name.replace(' or ', '` or `')}\` | ${isValue ? `\`${fallback}\`` : fallback} | ${about} |`,
        ),
        '',
      ].join('\n');
    })
    .join('\n');
}

/** The table as plain text, for a terminal. */
export function configAsText(config?: Config): string {
  const lines = describeConfig(config);
  const texts: string[] = [];
  let group = '';
  for (const line of lines) {
    if (line.group !== group) texts.push('', line.group);
    group = line.group;
    texts.push(`  ${line.name}`, `      ${line.about} Default: ${line.fallback}.`);
    if (config !== undefined && line.value !== '') texts.push(`      Now: ${line.value}`);
  }
  return `${texts.slice(1).join('\n')}\n`;
}
