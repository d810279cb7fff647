import type { NotificationName } from '@dtdqm/contract';

/** The first tells when something is over, too. */
const contact = 'dt-on-call';
/** Of what is told by a message of its own when it is over: an incident that is answered ends its alert, and is still there. */
const once = 'dt-on-call, incidents';
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

/** Contact points and policies of one environment; the names of contact points are the same in all of them. */
export function notificationsFile(environment: NotificationName): Record<string, unknown> {
  const receiver = receivers[environment];
  return {
    apiVersion: 1,
    contactPoints: [
      { orgId: 1, name: contact, receivers: [receiver] },
      {
        orgId: 1,
        name: once,
        receivers: [
          { ...receiver, uid: `${String(receiver['uid'])}-incidents`, disableResolveMessage: true },
        ],
      },
    ],
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

const incidents = { receiver: once, object_matchers: matching('topic', 'incident') };
const beam = {
  receiver: contact,
  object_matchers: matching('topic', 'beam'),
  mute_time_intervals: ['year-end technical stop'],
};

/** The first that fits decides; what stands in it inherits its times. */
const routes = [
  {
    receiver: contact,
    object_matchers: matching('severity', 'critical'),
    group_wait: '10s',
    repeat_interval: '4h',
    routes: [incidents, beam],
  },
  incidents,
  { ...beam, repeat_interval: '1d' },
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

// What is about one chamber names it where a telephone shows it.
const title = `
{{ define "dtdqm.title" -}}
DT: {{ .CommonLabels.alertname }}
{{- if eq (len .Alerts.Firing) 1 }}{{ range .Alerts.Firing }}{{ with .Labels.chamber }}: {{ . }}{{ end }}{{ end }}
{{- else if .Alerts.Firing }} ({{ len .Alerts.Firing }})
{{- else }}, no longer so{{ end }}
{{- end }}
`;

const message = `
{{ define "${template}" -}}
{{ range .Alerts.Firing }}{{ .Annotations.summary }}
{{ .Annotations.description }}
Look: {{ .Annotations.link }}
{{ with .Annotations.run_link }}Run: {{ . }}
{{ end }}What to do: {{ .Annotations.runbook_url }}

{{ end }}
{{- if .Alerts.Resolved }}No longer so:
{{ range .Alerts.Resolved }}{{ .Annotations.summary }}
{{ end }}
{{- end }}
{{- end }}
`;

export const templates = [
  { orgId: 1, name: 'dtdqm.title', template: title.trimStart() },
  { orgId: 1, name: template, template: message.trimStart() },
];
