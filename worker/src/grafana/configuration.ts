export interface GrafanaSettings {
  host: string;
  port: number;
  /** Holds plugins, provisioning, Grafana's own database and its log. */
  folder: string;
  adminPassword: string;
  secretKey: string;
  homeDashboard: string;
  plugins: readonly string[];
}

/** grafana.ini: nothing anonymous, nothing sent out, our unsigned plugin allowed. */
export function grafanaIni(settings: GrafanaSettings): string {
  const { host, port, folder, adminPassword, secretKey, homeDashboard, plugins } = settings;
  return sections({
    paths: {
      data: `${folder}/data`,
      logs: `${folder}/log`,
      plugins: `${folder}/plugins`,
      provisioning: `${folder}/provisioning`,
    },
    server: { http_addr: host, http_port: port, root_url: `http://${host}:${port}/` },
    security: {
      admin_user: 'admin',
      admin_password: quoted(adminPassword),
      secret_key: quoted(secretKey),
      disable_gravatar: true,
      cookie_samesite: 'strict',
    },
    users: { allow_sign_up: false, default_theme: 'dark' },
    'auth.anonymous': { enabled: false },
    // Panels of an unsigned app are plugins of their own.
    plugins: {
      allow_loading_unsigned_plugins: plugins.join(','),
      check_for_plugin_updates: false,
      plugin_admin_enabled: false,
    },
    // Labels are stored under the name of who is logged in.
    dataproxy: { send_user_header: true },
    // From 10.4 on the name comes signed as well; earlier versions do not know this and carry on.
    feature_toggles: { enable: 'idForwarding' },
    dashboards: { default_home_dashboard_path: homeDashboard, min_refresh_interval: '5s' },
    unified_alerting: { enabled: true },
    alerting: { enabled: false },
    analytics: { reporting_enabled: false, check_for_updates: false, check_for_plugin_updates: false },
    news: { news_feed_enabled: false },
    snapshots: { external_enabled: false },
    log: { mode: 'file', level: 'info' },
  });
}

function sections(content: Record<string, Record<string, string | number | boolean>>): string {
  return Object.entries(content)
    .map(([name, entries]) =>
      [`[${name}]`, ...Object.entries(entries).map(([key, value]) => `${key} = ${value}`), ''].join('\n'),
    )
    .join('\n');
}

/** Triple quotes keep # and ; in a value. */
function quoted(value: string): string {
  return `"""${value}"""`;
}
