import type { NotificationName } from '@dtdqm/contract';

const contact = 'dt-on-call';
const template = 'dtdqm.message';

/** Where messages go is chosen by the file that is provisioned; the default sends nowhere. */
const receivers: Record<NotificationName, Record<string, unknown>> = {
  // Grafana has no contact point without a receiver: this one is muted at all times, and its address answers nobody.
  nowhere: {
    uid: 'dtdqm-nowhere',
    type: 'webhook',
    settings: { url: 'http://127.0.0.1:9/nowhere', httpMethod: 'POST' },
  },
  email: {
    uid: 'dtdqm-email',
    type: 'email',
    settings: {
      addresses: '$DTDQM_ALERT_EMAIL',
      singleEmail: true,
      subject: '{{ template "dtdqm.title" . }}',
      message: `{{ template "${template}" . }}`,
    },
  },
  webhook: {
    uid: 'dtdqm-webhook',
    type: 'webhook',
    settings: { url: '$DTDQM_ALERT_WEBHOOK', httpMethod: 'POST', maxAlerts: '0' },
  },
};

/** Contact point and policies of one environment; the names of contact points are the same in all of them. */
export function notificationsFile(environment: NotificationName): Record<string, unknown> {
  return {
    apiVersion: 1,
    contactPoints: [{ orgId: 1, name: contact, receivers: [receivers[environment]] }],
    policies: [
      {
        orgId: 1,
        receiver: contact,
        // 100 faults at the same time are one message: one rule is one group, whatever the chamber.
        group_by: ['grafana_folder', 'alertname'],
        group_wait: '30s',
        group_interval: '5m',
        repeat_interval: '12h',
        routes: environment === 'nowhere' ? [silence] : routes,
      },
    ],
  };
}

const matching = (name: string, value: string) => [[name, '=', value]];

const silence = {
  receiver: contact,
  object_matchers: [['alertname', '=~', '.*']],
  mute_time_intervals: ['always'],
};

const routes = [
  {
    // Before the others, so that a technical stop mutes it whatever its severity.
    receiver: contact,
    object_matchers: matching('topic', 'beam'),
    mute_time_intervals: ['year-end technical stop'],
    repeat_interval: '1d',
  },
  {
    receiver: contact,
    object_matchers: matching('severity', 'critical'),
    group_wait: '10s',
    repeat_interval: '4h',
  },
  // Nobody needs to be woken for a model.
  {
    receiver: contact,
    object_matchers: matching('topic', 'model'),
    mute_time_intervals: ['night'],
    repeat_interval: '3d',
  },
];

export const muteTimings = [
  { orgId: 1, name: 'always', time_intervals: [{ times: [{ start_time: '00:00', end_time: '24:00' }] }] },
  {
    orgId: 1,
    name: 'night',
    time_intervals: [
      {
        times: [
          { start_time: '00:00', end_time: '07:00' },
          { start_time: '20:00', end_time: '24:00' },
        ],
      },
    ],
  },
  {
    orgId: 1,
    name: 'year-end technical stop',
    time_intervals: [
      { months: ['december:december'], days_of_month: ['15:31'] },
      { months: ['january:february'] },
    ],
  },
];

const title = `
{{ define "dtdqm.title" -}}
DT: {{ .CommonLabels.alertname }}{{ if .Alerts.Firing }} ({{ len .Alerts.Firing }} firing){{ else }} (over){{ end }}
{{- end }}
`;

const message = `
{{ define "${template}" -}}
{{ range .Alerts.Firing }}{{ .Annotations.summary }}
  {{ .Annotations.description }}
  since {{ .StartsAt.UTC.Format "2006-01-02 15:04" }} UTC
  look: {{ .Annotations.link }}
  act: {{ .Annotations.runbook_url }}
{{ end }}
{{- if .Alerts.Resolved }}
Over:
{{ range .Alerts.Resolved }}  {{ .Annotations.summary }}
{{ end }}
{{- end }}
{{- end }}
`;

export const templates = [
  { orgId: 1, name: 'dtdqm.title', template: title.trimStart() },
  { orgId: 1, name: template, template: message.trimStart() },
];
