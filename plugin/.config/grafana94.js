/**
 * What the plugin may import from the packages that Grafana shares, for ESLint: all of it is in Grafana 9.4 (read in its sources and
 * checked by `npm run typecheck:grafana -w plugin`) and in every version since. `GrafanaTheme2` is in 9.4 too, but not all of its
 * tokens: src/theme/theme.ts has those that are.
 */
const inEveryVersion = {
  '@grafana/data': [
    'AppPlugin',
    'AppPluginMeta',
    'AppRootProps',
    'DataFrame',
    'DataHoverClearEvent',
    'DataHoverEvent',
    'Field',
    'FieldConfigProperty',
    'FieldType',
    'LinkModel',
    'LoadingState',
    'PanelPlugin',
    'PanelProps',
    'PluginConfigPageProps',
  ],
  '@grafana/runtime': ['getBackendSrv', 'locationService'],
  '@grafana/ui': [
    'Alert',
    'Button',
    'ButtonProps',
    'ConfirmModal',
    'Field',
    'Icon',
    'IconButton',
    'IconName',
    'Input',
    'RadioButtonGroup',
    'SecretInput',
    'TextArea',
    'useStyles2',
    'useTheme2',
  ],
};

export const fromGrafana = Object.entries(inEveryVersion).map(([name, allowImportNames]) => ({
  group: [name],
  allowImportNames,
  message: `Grafana 9.4 may not have it. When it has, name it in plugin/.config/grafana94.js.`,
}));
