export { readConfig, type Config, type Environment } from './readConfig.ts';
export { ConfigError } from './configError.ts';
export { isLoopback } from './acrossSettings.ts';
export { configAsMarkdown, configAsText, describeConfig } from './describeConfig.ts';
