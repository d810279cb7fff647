import { thresholds } from '../vocabulary.ts';
import type { RuleGroup } from './rule.ts';

/** The run that a row tells of, its one number: since when, or in which it has healed. */
const run = '{{ printf "%.0f" .Values.A.Value }}';
/** To the chamber in that run: the fault is seen there, or that it is over. */
const toChamber = `var-run=${run}&var-wheel={{ .Labels.wheel }}&var-station={{ .Labels.station }}&var-sector={{ .Labels.sector }}`;
const toRun = `var-run=${run}`;

/** Labels that name the chamber of a row: for silences, and for people. */
const chamberLabels =
  "coalesce(wheel::text, '') as wheel, coalesce(station::text, '') as station, coalesce(sector::text, '') as sector, chamber";

/**
 * An incident for messages. The state is no label, and what has shrunk is still there; nor are wires, which move from run to run; nor is the first
 * run or the healed one, which move back when older runs come in late: an alert that goes for a moment, or changes its labels, is told again.
 */
const incidentLabels = `
  i.incident::text, ${chamberLabels}, reporting.fault_in_words(kind, station, layers::integer[], null, null) as fault,
  coalesce(nullif(hardware, ''), case when wheel is null then '' else 'not mapped' end) as hardware`;

/** Hours in which a message is told that is told once; shorter than messages are repeated after. */
const toldHours = 6;

const incidentTexts = {
  dashboard: 'chamber',
  query: toChamber,
  run: toRun,
  runbook: 'new-incident',
  noDataState: 'OK',
  audience: 'detector',
  topic: 'incident',
} as const;

const said = '{{ .Labels.chamber }}: {{ .Labels.fault }}';
const hardware = '{{ with .Labels.hardware }}Hardware: {{ . }}. {{ end }}Incident {{ .Labels.incident }}.';

/** What is told of one chamber: found, answered, healed, and what the ledger misses. */
export const incidentRules: RuleGroup = {
  name: 'DT incidents',
  interval: '1m',
  rules: [
    ...(['critical', 'warning'] as const).map((severity) => ({
      uid: severity === 'critical' ? 'dtdqm-incident-critical' : 'dtdqm-incident',
      title: severity === 'critical' ? 'New critical incident' : 'New incident',
      about: `an incident of severity ${severity} that nobody has answered${severity === 'critical' ? '' : ', and of which nobody knows when in a run it began'}`,
      sql: `
          select ${incidentLabels}, first_run as since_run
          from reporting.incidents i
          where standing = 'new' and severity = '${severity}' and kind <> 'coverage'${severity === 'critical' ? '' : ' and began_to is null'}
        `,
      fires: { when: 'gt' as const, value: 0 },
      for: severity === 'critical' ? '0s' : '5m',
      severity,
      summary: `${said}, since run ${run}`,
      description: hardware,
      ...incidentTexts,
    })),
    {
      uid: 'dtdqm-incident-in-run',
      title: 'New incident inside a run',
      about: 'one of severity warning that counting told while a run was taken, and that nobody has answered',
      // Certain at once, and one alert for as long as the incident stands: in its run, at the end of it and in the next.
      sql: `
          select ${incidentLabels}, first_run as since_run
          from reporting.incidents i
          where standing = 'new' and severity = 'warning' and began_to is not null
        `,
      fires: { when: 'gt', value: 0 },
      for: '0s',
      severity: 'warning',
      summary: `${said}, in run ${run}`,
      description: hardware,
      ...incidentTexts,
    },
    {
      uid: 'dtdqm-incident-answered',
      title: 'Incident answered, fault still there',
      about: `somebody acknowledged, shelved or masked one of severity critical or warning within ${toldHours} h, and it has not healed`,
      sql: `
          select ${incidentLabels}, format('%s by %s', case e.action when 'acknowledge' then 'acknowledged' when 'shelve' then 'shelved' else 'called known bad' end,
                 e.actor) as answer, first_run as since_run
          from reporting.incidents i
          cross join lateral (
            select actor, action, at from reporting.incident_events
            where incident = i.incident and action in ('acknowledge', 'shelve', 'known-bad') order by at desc limit 1
          ) as e
          where standing in ('acknowledged', 'shelved') and severity <> 'info' and e.at > now() - interval '${toldHours} hours'
        `,
      fires: { when: 'gt', value: 0 },
      for: '0s',
      severity: 'info',
      summary: `${said}, since run ${run}: {{ .Labels.answer }}, and still there`,
      description: hardware,
      ...incidentTexts,
    },
    {
      uid: 'dtdqm-incident-healed',
      title: 'Incident healed',
      about: `one of severity critical or warning healed within ${toldHours} h`,
      sql: `
          select ${incidentLabels}, healed_run
          from reporting.incidents i
          where standing = 'healed' and severity <> 'info' and healed_at > now() - interval '${toldHours} hours'
        `,
      fires: { when: 'gt', value: 0 },
      for: '0s',
      severity: 'info',
      summary: `${said}: healed in run ${run}`,
      description: hardware,
      ...incidentTexts,
    },
    {
      uid: 'dtdqm-fewer-chambers',
      title: 'Fewer chambers judged than before',
      about:
        'a run, half an hour old or over, has fewer judged chambers than the median of the ten before, and nobody has answered',
      sql: `
          select incident::text, first_run::text as since_run, (evidence ->> 'lost')::real as missing
          from reporting.incidents where kind = 'coverage' and standing = 'new'
        `,
      fires: { when: 'gt', value: 0 },
      for: '2m',
      severity: 'warning',
      ...incidentTexts,
      summary:
        '{{ .Values.A }} chambers fewer are judged than in the runs before, since run {{ .Labels.since_run }}',
      description:
        'Nothing is known of them: they are absent at the source, could not be fetched, or have too few hits. That is no sign of health. Incident {{ .Labels.incident }}.',
      dashboard: 'overview',
      // Its number is how many are missing.
      query: 'var-run={{ .Labels.since_run }}',
      run: undefined,
      runbook: 'fewer-chambers',
    },
    {
      uid: 'dtdqm-lasting-layer',
      title: 'Layer bad for several runs',
      about: `bad in the ${thresholds.lastingRuns} newest judged runs or more, and no incident tells of it`,
      sql: `
          select ${chamberLabels},
                 reporting.fault_in_words('unnamed', station, array_agg(layer::integer order by layer), null, null) as fault,
                 min(since_run) as since_run
          from reporting.lasting_layers l
          where runs >= ${thresholds.lastingRuns} and not exists (
            select from reporting.incidents i
            where (i.wheel, i.station, i.sector) = (l.wheel, l.station, l.sector) and l.layer = any(i.layers) and i.state <> 'healed'
          )
          group by wheel, station, sector, chamber
        `,
      fires: { when: 'gt', value: 0 },
      for: '5m',
      severity: 'warning',
      ...incidentTexts,
      summary: `${said}, since run ${run}, and no incident tells of it`,
      description: 'Bad in every judged run since then.',
      runbook: 'lasting-layer',
    },
  ],
};
