import { appId, type NotificationName } from '@dtdqm/contract';

/** The first tells when something is over, too. */
const contact = 'dt-on-call';
/** Of what is told by a message of its own when it is over: an incident that is answered ends its alert, and is still there. */
const once = 'dt-on-call, incidents';
const template = 'dtdqm.message';

/**
 * One in all environments, so that another choice takes the place of the one before. Grafana keeps receivers that a file does not name any
 * more, and would go on sending to them.
 */
const uid = 'dtdqm-on-call';

/** Of versions that had one for each environment, and kept all that were ever chosen. */
const earlierUids = ['nowhere', 'email', 'webhook'].flatMap((name) => [
  `dtdqm-${name}`,
  `dtdqm-${name}-incidents`,
]);

/** Where messages go is chosen by the file that is provisioned; the default sends nowhere. */
const receivers: Record<NotificationName, Record<string, unknown>> = {
  // Grafana has no contact point without a receiver: this one is muted at all times, and its address answers nobody.
  nowhere: {
    type: 'webhook',
    settings: { url: 'http://127.0.0.1:9/nowhere', httpMethod: 'POST' },
  },
  email: {
    type: 'email',
    settings: {
      addresses: '$DTDQM_ALERT_EMAIL',
      singleEmail: true,
      subject: '{{ template "dtdqm.title" . }}',
      message: `{{ template "${template}" . }}`,
    },
  },
  webhook: {
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
      { orgId: 1, name: contact, receivers: [{ uid, ...receiver }] },
      {
        orgId: 1,
        name: once,
        receivers: [{ uid: `${uid}-incidents`, ...receiver, disableResolveMessage: true }],
      },
    ],
    deleteContactPoints: earlierUids.map((earlier) => ({ orgId: 1, uid: earlier })),
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

/**
 * Grafana's name of the alert of a rule whose statement failed. It has the labels of its rule, so it is picked out before they are looked at,
 * and all of them are one message: the database is away.
 */
const notAsked = 'DatasourceError';
/** What its message leads to, in docs/operations/runbooks. */
export const notAskedRunbook = 'rules-not-asked';

const unasked = {
  receiver: contact,
  object_matchers: matching('alertname', notAsked),
  // A restart of the database, or an upgrade, is over by then and nobody is told.
  group_wait: '2m',
  // Rules of the model are looked at every ten minutes: they are told with the others.
  group_interval: '15m',
  repeat_interval: '4h',
};
const incidents = { receiver: once, object_matchers: matching('topic', 'incident') };
const beam = {
  receiver: contact,
  object_matchers: matching('topic', 'beam'),
  mute_time_intervals: ['year-end technical stop'],
};

/** The first that fits decides; what stands in it inherits its times. */
const routes = [
  unasked,
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
DT: {{ if eq .CommonLabels.alertname "${notAsked}" }}Rules that cannot be asked{{ else }}{{ .CommonLabels.alertname }}{{ end }}
{{- if eq (len .Alerts.Firing) 1 }}{{ range .Alerts.Firing }}{{ with .Labels.chamber }}: {{ . }}{{ end }}{{ end }}
{{- else if .Alerts.Firing }} ({{ len .Alerts.Firing }})
{{- else if and (ne .CommonLabels.alertname "${notAsked}") (index .Alerts.Resolved 0).Annotations.grafana_state_reason }}, no longer told of
{{- else }}, no longer so{{ end }}
{{- end }}
`;

// Grafana ends an alert also when its row is gone, or its rule cannot be asked any more, which is no good news.
const message = `
{{ define "${template}" -}}
{{ if eq .CommonLabels.alertname "${notAsked}" }}{{ template "dtdqm.unasked" . }}{{ else -}}
{{ range .Alerts.Firing }}{{ .Annotations.summary }}
{{ .Annotations.description }}
Look: {{ .Annotations.link }}
{{ with .Annotations.run_link }}Run: {{ . }}
{{ end }}What to do: {{ .Annotations.runbook_url }}

{{ end }}
{{- range .Alerts.Resolved }}{{ if .Annotations.grafana_state_reason }}No longer told of, because it is over or its rule cannot be asked: {{ else }}No longer so: {{ end }}{{ .Annotations.summary }}
{{ end }}
{{- end }}
{{- end }}
`;

const unaskedMessage = `
{{ define "dtdqm.unasked" -}}
{{ if .Alerts.Firing -}}
Nothing is known of what these rules watch, because their statements fail: that is no sign of health.
{{ range .Alerts.Firing }}- {{ .Labels.rulename }}
{{ end }}
{{ with index .Alerts.Firing 0 }}{{ .Annotations.Error }}{{ end }}
What to do: {{ .ExternalURL }}public/plugins/${appId}/runbooks/${notAskedRunbook}.md
{{ end }}
{{- if .Alerts.Resolved }}These can be asked again:
{{ range .Alerts.Resolved }}- {{ .Labels.rulename }}
{{ end }}
{{- end }}
{{- end }}
`;

export const templates = [
  { orgId: 1, name: 'dtdqm.title', template: title.trimStart() },
  { orgId: 1, name: template, template: message.trimStart() },
  { orgId: 1, name: 'dtdqm.unasked', template: unaskedMessage.trimStart() },
];
