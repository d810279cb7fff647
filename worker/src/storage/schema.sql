type chamber_state is enum ('present', 'absent', 'failed')

type data_source is enum ('real', 'replayed', 'simulated')

type label_event_kind is enum ('label', 'skip', 'undo')

type label_source is enum ('panel', 'original', 'import')

type label_verdict is enum ('good', 'bad', 'not-sure')

type queue_state is enum ('waiting', 'leased', 'labelled', 'skipped')

type run_life is enum ('listed', 'growing', 'settling', 'final', 'reopened', 'incomplete', 'error')

type run_status is enum ('LOADING', 'FINISHED', 'ERROR', 'PENDING_REEVALUATION', 'REEVALUATING')

type verdict is enum ('good', 'bad', 'unknown')

table api_minute (
  minute timestamp with time zone not null,
  process text not null,
  route text not null,
  requests integer not null,
  failures integer not null default 0,
  mean_ms real not null,
  p95_ms real not null,
  greatest_ms real not null,
  CHECK (((failures >= 0) AND (failures <= requests))),
  CHECK ((greatest_ms >= (0)::double precision)),
  CHECK ((mean_ms >= (0)::double precision)),
  CHECK ((p95_ms >= (0)::double precision)),
  CHECK ((requests > 0)),
  PRIMARY KEY (minute, process, route)
)

table chamber (
  run integer not null,
  wheel smallint not null,
  station smallint not null,
  sector smallint not null,
  state chamber_state not null,
  reason text,
  width smallint,
  total_hits bigint,
  hits integer[],
  kept_since timestamp with time zone,
  kept_reason text,
  CHECK (((sector >= 1) AND (sector <=
CASE station
    WHEN 4 THEN 14
    ELSE 12
END))),
  CHECK (((state = 'present'::chamber_state) = (reason IS NULL))),
  CHECK (
CASE
    WHEN (state = 'present'::chamber_state) THEN ((cardinality(hits) = (12 * width)) AND (total_hits >= 0))
    ELSE (num_nonnulls(width, total_hits, hits) = 0)
END),
  CHECK (((kept_since IS NULL) = (kept_reason IS NULL))),
  CHECK (((kept_since IS NULL) OR (state = 'present'::chamber_state))),
  CHECK (((station >= 1) AND (station <= 4))),
  CHECK (((wheel >= '-2'::integer) AND (wheel <= 2))),
  CHECK (((width >= 1) AND (width <= 200))),
  FOREIGN KEY (run) REFERENCES run(run) ON DELETE CASCADE,
  PRIMARY KEY (run, wheel, station, sector)
)

table chamber_score (
  run integer not null,
  wheel smallint not null,
  station smallint not null,
  sector smallint not null,
  model text not null,
  scores real[] not null,
  verdicts verdict[] not null,
  faults jsonb not null default '[]'::jsonb,
  saliency_scale real not null,
  saliency smallint[] not null,
  saliency_method text,
  CHECK ((saliency_scale >= (0)::double precision)),
  CHECK ((cardinality(scores) = 12)),
  CHECK ((cardinality(verdicts) = 12)),
  FOREIGN KEY (model) REFERENCES model(name),
  FOREIGN KEY (run, wheel, station, sector) REFERENCES chamber(run, wheel, station, sector) ON DELETE CASCADE,
  PRIMARY KEY (run, wheel, station, sector, model)
)

table chamber_slice (
  run integer not null,
  look integer not null,
  from_look integer not null,
  hits integer not null,
  expected real,
  wheel smallint not null,
  station smallint not null,
  sector smallint not null,
  verdicts text not null,
  layer_hits integer[] not null,
  counts bytea not null,
  faults jsonb,
  gap text,
  CHECK (((from_look >= 0) AND (from_look <= (look - 1)))),
  CHECK (((sector >= 1) AND (sector <=
CASE station
    WHEN 4 THEN 14
    ELSE 12
END))),
  CHECK ((hits >= 0)),
  CHECK ((cardinality(layer_hits) = 12)),
  CHECK (((station >= 1) AND (station <= 4))),
  CHECK ((verdicts ~ '^[gbu-]{12}$'::text)),
  CHECK (((wheel >= '-2'::integer) AND (wheel <= 2))),
  PRIMARY KEY (run, wheel, station, sector, look)
)

table chamber_slice_default (
  run integer not null,
  look integer not null,
  from_look integer not null,
  hits integer not null,
  expected real,
  wheel smallint not null,
  station smallint not null,
  sector smallint not null,
  verdicts text not null,
  layer_hits integer[] not null,
  counts bytea not null,
  faults jsonb,
  gap text,
  CHECK (((from_look >= 0) AND (from_look <= (look - 1)))),
  CHECK (((sector >= 1) AND (sector <=
CASE station
    WHEN 4 THEN 14
    ELSE 12
END))),
  CHECK ((hits >= 0)),
  CHECK ((cardinality(layer_hits) = 12)),
  CHECK (((station >= 1) AND (station <= 4))),
  CHECK ((verdicts ~ '^[gbu-]{12}$'::text)),
  CHECK (((wheel >= '-2'::integer) AND (wheel <= 2))),
  PRIMARY KEY (run, wheel, station, sector, look)
)

table coverage_incident (
  id bigint not null generated always as identity,
  run integer not null,
  opened_at timestamp with time zone not null default now(),
  closed_at timestamp with time zone,
  chambers smallint not null,
  reason text not null,
  CHECK ((chambers > 0)),
  FOREIGN KEY (run) REFERENCES run(run) ON DELETE CASCADE,
  PRIMARY KEY (id)
)

table deleted_run (
  run integer not null,
  deleted_at timestamp with time zone not null default now(),
  PRIMARY KEY (run)
)

table finished_job (
  id bigint not null generated always as identity,
  kind text not null,
  run integer,
  state text not null,
  created_at timestamp with time zone not null,
  started_at timestamp with time zone not null,
  finished_at timestamp with time zone not null default now(),
  retries integer not null default 0,
  CHECK ((kind = ANY (ARRAY['discover'::text, 'fetch'::text, 'reevaluate'::text]))),
  CHECK ((state = ANY (ARRAY['completed'::text, 'failed'::text]))),
  PRIMARY KEY (id)
)

table incident (
  id integer not null,
  wheel smallint,
  station smallint,
  sector smallint,
  kind text not null,
  severity text not null,
  condition text not null,
  spans jsonb not null,
  layers smallint[] not null,
  first_wire integer,
  last_wire integer,
  hardware text not null,
  first_run integer not null,
  last_run integer not null,
  opened_run integer not null,
  opened_at timestamp with time zone not null,
  healed_run integer,
  healed_at timestamp with time zone,
  acknowledged_by text,
  shelved_by text,
  shelf_owner text,
  shelf_reason text,
  shelved_until timestamp with time zone,
  known_bad boolean not null default false,
  merged_into integer,
  merged_run integer,
  evidence jsonb not null default '{}'::jsonb,
  began jsonb,
  ended jsonb,
  CHECK (((sector >= 1) AND (sector <=
CASE station
    WHEN 4 THEN 14
    ELSE 12
END))),
  CHECK ((last_run >= first_run)),
  CHECK (((condition = 'healed'::text) = (healed_run IS NOT NULL))),
  CHECK (((healed_run IS NULL) = (healed_at IS NULL))),
  CHECK ((num_nonnulls(shelved_by, shelf_owner, shelf_reason, shelved_until) = ANY (ARRAY[0, 4]))),
  CHECK (((merged_into IS NULL) = (merged_run IS NULL))),
  CHECK ((condition = ANY (ARRAY['new'::text, 'open'::text, 'grown'::text, 'shrunk'::text, 'healed'::text]))),
  CHECK ((id > 0)),
  CHECK (((num_nonnulls(wheel, station, sector) =
CASE kind
    WHEN 'coverage'::text THEN 0
    ELSE 3
END) AND ((cardinality(layers) > 0) = (kind <> 'coverage'::text)))),
  CHECK ((severity = ANY (ARRAY['info'::text, 'warning'::text, 'critical'::text]))),
  CHECK (((station >= 1) AND (station <= 4))),
  CHECK (((wheel >= '-2'::integer) AND (wheel <= 2))),
  PRIMARY KEY (id)
)

table incident_act (
  id bigint not null generated always as identity,
  at timestamp with time zone not null default now(),
  actor text not null,
  action text not null,
  incident integer not null,
  run integer not null,
  comment text not null default ''::text,
  detail jsonb not null default '{}'::jsonb,
  anchor jsonb not null,
  idempotency_key text not null,
  request_hash text not null,
  CHECK ((action = ANY (ARRAY['acknowledge'::text, 'unacknowledge'::text, 'shelve'::text, 'unshelve'::text, 'known-bad'::text, 'not-known-bad'::text, 'comment'::text, 'link'::text, 'unlink'::text, 'merge'::text, 'split'::text]))),
  CHECK ((actor <> ''::text)),
  PRIMARY KEY (id),
  UNIQUE (actor, idempotency_key)
)

table incident_change (
  incident integer not null,
  run integer not null,
  at timestamp with time zone not null,
  change text not null,
  comment text not null default ''::text,
  CHECK ((change = ANY (ARRAY['opened'::text, 'reopened'::text, 'grown'::text, 'shrunk'::text, 'healed'::text, 'absorbed'::text]))),
  FOREIGN KEY (incident) REFERENCES incident(id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
  PRIMARY KEY (incident, run, change)
)

table incident_checkpoint (
  run integer not null,
  ordinal integer not null,
  state jsonb not null,
  PRIMARY KEY (run)
)

table incident_finding (
  run integer not null,
  wheel smallint not null,
  station smallint not null,
  sector smallint not null,
  findings jsonb not null,
  FOREIGN KEY (run) REFERENCES incident_run(run) ON DELETE CASCADE,
  PRIMARY KEY (run, wheel, station, sector)
)

table incident_ledger (
  singleton boolean not null default true,
  next_id integer not null default 1,
  CHECK (singleton),
  PRIMARY KEY (singleton)
)

table incident_run (
  run integer not null,
  model text not null,
  fetched_at timestamp with time zone,
  at timestamp with time zone not null,
  blind jsonb not null default '{}'::jsonb,
  judged integer,
  newest_change bigint,
  CHECK ((run > 0)),
  PRIMARY KEY (run)
)

table incident_sighting (
  incident integer not null,
  run integer not null,
  spans jsonb not null,
  cells real not null,
  lost real not null,
  score real,
  ratio real,
  CHECK ((cells >= (0)::double precision)),
  CHECK ((lost >= (0)::double precision)),
  FOREIGN KEY (incident) REFERENCES incident(id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
  PRIMARY KEY (incident, run)
)

table job (
  kind text not null,
  run integer not null,
  dataset text,
  by_hand boolean not null default false,
  requested_at timestamp with time zone not null default now(),
  started_at timestamp with time zone,
  tries integer not null default 0,
  CHECK (((kind = 'fetch'::text) = (dataset IS NOT NULL))),
  CHECK ((kind = ANY (ARRAY['fetch'::text, 'reevaluate'::text]))),
  CHECK ((run > 0)),
  CHECK ((tries >= 0)),
  PRIMARY KEY (run, kind)
)

table label_event (
  id bigint not null generated always as identity,
  at timestamp with time zone not null default now(),
  expert text not null,
  kind label_event_kind not null,
  run integer not null,
  wheel smallint not null,
  station smallint not null,
  sector smallint not null,
  version integer not null,
  verdicts label_verdict[],
  marks jsonb not null default '[]'::jsonb,
  note text not null default ''::text,
  blind boolean not null default false,
  model text,
  scores real[],
  queue_reason text,
  seconds real,
  source label_source not null default 'panel'::label_source,
  undoes bigint,
  idempotency_key text not null,
  request_hash text not null,
  span_from timestamp with time zone,
  span_from_lumisection integer,
  span_to timestamp with time zone,
  span_to_lumisection integer,
  seen_hits bigint,
  CHECK (((sector >= 1) AND (sector <=
CASE station
    WHEN 4 THEN 14
    ELSE 12
END))),
  CHECK (((kind = 'label'::label_event_kind) = (verdicts IS NOT NULL))),
  CHECK (((kind = 'undo'::label_event_kind) = (undoes IS NOT NULL))),
  CHECK (((span_to IS NOT NULL) OR (num_nonnulls(span_from, span_from_lumisection, span_to_lumisection) = 0))),
  CHECK (((span_from IS NOT NULL) OR (span_from_lumisection IS NULL))),
  CHECK ((span_from < span_to)),
  CHECK (((kind <> 'skip'::label_event_kind) OR (span_to IS NULL))),
  CHECK ((expert <> ''::text)),
  CHECK ((run > 0)),
  CHECK ((cardinality(scores) = 12)),
  CHECK ((seconds >= (0)::double precision)),
  CHECK ((seen_hits >= 0)),
  CHECK ((span_from_lumisection >= 0)),
  CHECK ((span_to_lumisection >= 0)),
  CHECK (((station >= 1) AND (station <= 4))),
  CHECK ((cardinality(verdicts) = 12)),
  CHECK ((version > 0)),
  CHECK (((wheel >= '-2'::integer) AND (wheel <= 2))),
  FOREIGN KEY (undoes) REFERENCES label_event(id),
  PRIMARY KEY (id),
  TRIGGER DEFERRABLE INITIALLY DEFERRED,
  UNIQUE (expert, idempotency_key),
  UNIQUE (run, wheel, station, sector, version)
)

table label_preview (
  only_row boolean not null default true,
  preview jsonb,
  problem text,
  tried_at timestamp with time zone not null default now(),
  CHECK ((num_nonnulls(preview, problem) > 0)),
  CHECK (only_row),
  PRIMARY KEY (only_row)
)

table label_summary (
  run integer not null,
  wheel smallint not null,
  station smallint not null,
  sector smallint not null,
  version integer not null,
  at timestamp with time zone not null,
  labelled_good smallint not null,
  labelled_bad smallint not null,
  passes smallint not null,
  false_alarms smallint not null,
  hits smallint not null,
  misses smallint not null,
  worst_error real,
  low_layers smallint not null,
  low_bad smallint not null,
  low_sum real not null,
  scores real[],
  bad boolean[],
  judged_twice smallint not null,
  agreed smallint not null,
  disagreement double precision not null,
  said_good smallint not null,
  said_bad smallint not null,
  PRIMARY KEY (run, wheel, station, sector)
)

table migration (
  id integer not null default nextval('migration_id_seq'::regclass),
  name character varying(255) not null,
  run_on timestamp without time zone not null,
  PRIMARY KEY (id)
)

table model (
  name text not null,
  hash text not null,
  metadata jsonb not null default '{}'::jsonb,
  registered_at timestamp with time zone not null default now(),
  CHECK ((name ~ '^[^@[:space:]]+@[^@[:space:]]+$'::text)),
  PRIMARY KEY (name)
)

table model_act (
  id bigint not null generated always as identity,
  at timestamp with time zone not null default now(),
  actor text not null,
  act text not null,
  model text not null,
  reason text not null default ''::text,
  report jsonb,
  idempotency_key text,
  request_hash text,
  CHECK ((act = ANY (ARRAY['trained'::text, 'promoted'::text, 'rolled-back'::text, 'refused'::text, 'pinned'::text, 'unpinned'::text]))),
  FOREIGN KEY (model) REFERENCES model(name),
  PRIMARY KEY (id),
  UNIQUE (actor, idempotency_key)
)

table model_file (
  model text not null,
  path text not null,
  content bytea not null,
  CHECK ((path ~ '^[A-Za-z0-9._-]+$'::text)),
  FOREIGN KEY (model) REFERENCES model(name),
  PRIMARY KEY (model, path)
)

table queue (
  run integer not null,
  wheel smallint not null,
  station smallint not null,
  sector smallint not null,
  state queue_state not null default 'waiting'::queue_state,
  audit boolean not null default false,
  random_key real not null default random(),
  certainty real not null,
  twin text not null,
  twin_rank integer not null default 0,
  focus smallint not null,
  priority real not null default 0,
  lease_id uuid,
  lease_by text,
  lease_until timestamp with time zone,
  features real[] not null default '{}'::real[],
  score real not null default 0,
  CHECK (((state = 'leased'::queue_state) = (lease_id IS NOT NULL))),
  CHECK ((num_nonnulls(lease_id, lease_by, lease_until) = ANY (ARRAY[0, 3]))),
  CHECK (((focus >= 1) AND (focus <= 12))),
  CHECK ((twin_rank >= 0)),
  FOREIGN KEY (run, wheel, station, sector) REFERENCES chamber(run, wheel, station, sector) ON DELETE CASCADE,
  PRIMARY KEY (run, wheel, station, sector)
)

table queue_order (
  only_row boolean not null default true,
  strategy text not null,
  stale_below integer,
  CHECK (only_row),
  PRIMARY KEY (only_row)
)

table queued_run (
  run integer not null,
  model text not null,
  fetched_at timestamp with time zone,
  queued_at timestamp with time zone not null default now(),
  in_progress boolean not null default false,
  FOREIGN KEY (run) REFERENCES run(run) ON DELETE CASCADE,
  PRIMARY KEY (run)
)

table run (
  run integer not null,
  dataset text not null,
  status run_status not null,
  error text,
  lumisections integer,
  hits bigint not null default 0,
  chambers smallint not null default 0,
  absent_chambers smallint not null default 0,
  failed_chambers smallint not null default 0,
  bad_layers smallint,
  model text,
  attempts integer not null default 0,
  lease_owner uuid,
  lease_until timestamp with time zone,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  fetched_at timestamp with time zone,
  lost_workers integer not null default 0,
  life run_life not null default 'listed'::run_life,
  life_reason text,
  life_since timestamp with time zone not null default now(),
  grew_at timestamp with time zone,
  over_at timestamp with time zone,
  looked_at timestamp with time zone,
  look_at timestamp with time zone default now(),
  kept_chambers smallint not null default 0,
  source data_source,
  started_at timestamp with time zone,
  past_runs smallint,
  CHECK ((absent_chambers >= 0)),
  CHECK ((attempts >= 0)),
  CHECK ((bad_layers >= 0)),
  CHECK ((chambers >= 0)),
  CHECK (((status = 'ERROR'::run_status) = (error IS NOT NULL))),
  CHECK (((lease_owner IS NULL) = (lease_until IS NULL))),
  CHECK ((failed_chambers >= 0)),
  CHECK ((hits >= 0)),
  CHECK ((kept_chambers >= 0)),
  CHECK ((lost_workers >= 0)),
  CHECK ((lumisections >= 0)),
  CHECK ((past_runs >= 0)),
  CHECK ((run > 0)),
  FOREIGN KEY (model) REFERENCES model(name),
  PRIMARY KEY (run),
  TRIGGER DEFERRABLE INITIALLY DEFERRED,
  TRIGGER DEFERRABLE INITIALLY DEFERRED
)

table run_bad_layer (
  run integer not null,
  wheel smallint not null,
  station smallint not null,
  sector smallint not null,
  layer smallint not null,
  score real not null,
  kind text,
  CHECK (((layer >= 1) AND (layer <= 12))),
  FOREIGN KEY (run) REFERENCES run(run) ON DELETE CASCADE,
  PRIMARY KEY (run, wheel, station, sector, layer)
)

table run_change (
  id bigint not null generated always as identity,
  run integer not null,
  wheel smallint not null,
  station smallint not null,
  sector smallint not null,
  kind text not null,
  layers smallint[] not null,
  first_wire smallint,
  last_wire smallint,
  from_at timestamp with time zone,
  from_lumisection integer,
  to_at timestamp with time zone not null,
  to_lumisection integer,
  told_at timestamp with time zone not null,
  told_lumisection integer,
  ratio real not null,
  ratio_low real not null,
  ratio_high real not null,
  CHECK (((sector >= 1) AND (sector <=
CASE station
    WHEN 4 THEN 14
    ELSE 12
END))),
  CHECK ((((first_wire IS NULL) = (last_wire IS NULL)) AND (first_wire <= last_wire))),
  CHECK ((kind = ANY (ARRAY['trip'::text, 'recovery'::text, 'flicker'::text, 'sink'::text]))),
  CHECK ((cardinality(layers) > 0)),
  CHECK ((ratio >= (0)::double precision)),
  CHECK (((station >= 1) AND (station <= 4))),
  CHECK (((wheel >= '-2'::integer) AND (wheel <= 2))),
  FOREIGN KEY (run) REFERENCES run(run) ON DELETE CASCADE,
  PRIMARY KEY (id)
)

table run_fault_kind (
  run integer not null,
  kind text not null,
  chambers integer not null,
  faults integer not null,
  FOREIGN KEY (run) REFERENCES run(run) ON DELETE CASCADE,
  PRIMARY KEY (run, kind)
)

table run_live (
  run integer not null,
  version text not null,
  looks integer not null,
  state bytea not null,
  CHECK ((looks >= 0)),
  FOREIGN KEY (run) REFERENCES run(run) ON DELETE CASCADE,
  PRIMARY KEY (run)
)

table run_look (
  run integer not null,
  look integer not null,
  asked_at timestamp with time zone not null,
  lumisection integer,
  event_at timestamp with time zone,
  hits bigint not null,
  judged smallint not null,
  waiting smallint not null,
  bad smallint not null,
  gap text,
  model text,
  filled text,
  CHECK ((bad >= 0)),
  CHECK ((filled = ANY (ARRAY['all'::text, 'part'::text]))),
  CHECK ((hits >= 0)),
  CHECK ((judged >= 0)),
  CHECK ((look >= 1)),
  CHECK ((lumisection >= 0)),
  CHECK ((waiting >= 0)),
  FOREIGN KEY (model) REFERENCES model(name),
  FOREIGN KEY (run) REFERENCES run(run) ON DELETE CASCADE,
  PRIMARY KEY (run, look)
)

table run_score_bin (
  run integer not null,
  bin smallint not null,
  layers integer not null,
  CHECK (((bin >= 0) AND (bin <= 19))),
  FOREIGN KEY (run) REFERENCES run(run) ON DELETE CASCADE,
  PRIMARY KEY (run, bin)
)

table run_summary (
  run integer not null,
  scored_layers integer not null,
  unknown_layers integer not null,
  bad_chambers integer not null,
  judged_chambers integer not null default 0,
  FOREIGN KEY (run) REFERENCES run(run) ON DELETE CASCADE,
  PRIMARY KEY (run)
)

CREATE INDEX chamber_score_zeros_idx ON public.chamber_score USING btree (run) WHERE ((saliency_scale = (0)::double precision) AND (saliency <> '{}'::smallint[]))

CREATE INDEX finished_job_time_idx ON public.finished_job USING btree (finished_at)

CREATE INDEX incident_act_incident_idx ON public.incident_act USING btree (incident, id)

CREATE INDEX incident_act_run_idx ON public.incident_act USING btree (run, id)

CREATE INDEX incident_chamber_idx ON public.incident USING btree (wheel, station, sector)

CREATE INDEX incident_change_at_idx ON public.incident_change USING btree (at)

CREATE INDEX incident_change_run_idx ON public.incident_change USING btree (run)

CREATE INDEX incident_healed_at_idx ON public.incident USING btree (healed_at) WHERE (healed_at IS NOT NULL)

CREATE INDEX incident_last_run_idx ON public.incident USING btree (last_run)

CREATE INDEX incident_live_idx ON public.incident USING btree (opened_run) WHERE ((condition <> 'healed'::text) AND (merged_into IS NULL))

CREATE INDEX incident_merged_idx ON public.incident USING btree (merged_into) WHERE (merged_into IS NOT NULL)

CREATE INDEX incident_opened_at_idx ON public.incident USING btree (opened_at)

CREATE INDEX incident_sighting_run_idx ON public.incident_sighting USING btree (run)

CREATE INDEX job_order_idx ON public.job USING btree (by_hand DESC, (
CASE
    WHEN by_hand THEN requested_at
    ELSE NULL::timestamp with time zone
END), run DESC, kind)

CREATE INDEX label_event_day_idx ON public.label_event USING btree (date_bin('1 day'::interval, at, '2000-01-01 00:00:00+00'::timestamp with time zone), expert, seconds) INCLUDE (kind, at, span_to) WHERE (span_to IS NULL)

CREATE INDEX label_event_expert_idx ON public.label_event USING btree (expert, id DESC)

CREATE INDEX label_event_span_idx ON public.label_event USING btree (run, wheel, station, sector) WHERE (span_to IS NOT NULL)

CREATE INDEX label_summary_error_idx ON public.label_summary USING btree (worst_error DESC) WHERE (worst_error IS NOT NULL)

CREATE INDEX queue_audit_idx ON public.queue USING btree (run, random_key) WHERE audit

CREATE INDEX queue_certainty_idx ON public.queue USING btree (certainty, run DESC, wheel, station, sector)

CREATE INDEX queue_done_idx ON public.queue USING btree (state) WHERE (state = ANY (ARRAY['labelled'::queue_state, 'skipped'::queue_state]))

CREATE INDEX queue_lease_until_idx ON public.queue USING btree (lease_until) WHERE (state = 'leased'::queue_state)

CREATE INDEX queue_priority_idx ON public.queue USING btree (priority DESC, random_key) WHERE (state = 'waiting'::queue_state)

CREATE INDEX queue_random_idx ON public.queue USING btree (random_key) WHERE (state = 'waiting'::queue_state)

CREATE INDEX queue_score_idx ON public.queue USING btree (((score / ((1 + twin_rank))::double precision)) DESC, random_key) WHERE (state = 'waiting'::queue_state)

CREATE INDEX queue_twin_idx ON public.queue USING btree (twin, twin_rank DESC)

CREATE INDEX queue_uncertain_idx ON public.queue USING btree (((((0.5)::double precision - certainty) / ((1 + twin_rank))::double precision)) DESC, random_key) WHERE (state = 'waiting'::queue_state)

CREATE INDEX run_bad_layer_place_idx ON public.run_bad_layer USING btree (wheel, station, sector, layer, run DESC)

CREATE INDEX run_change_chamber_idx ON public.run_change USING btree (wheel, station, sector, run)

CREATE INDEX run_change_run_idx ON public.run_change USING btree (run)

CREATE INDEX run_change_told_idx ON public.run_change USING btree (told_at)

CREATE INDEX run_judged_early_idx ON public.run USING btree (run) WHERE (past_runs < 4)

CREATE INDEX run_lease_idx ON public.run USING btree (lease_until) WHERE (lease_until IS NOT NULL)

CREATE INDEX run_look_asked_idx ON public.run_look USING btree (asked_at)

CREATE INDEX run_look_idx ON public.run USING btree (look_at) WHERE (look_at IS NOT NULL)

CREATE INDEX run_status_idx ON public.run USING btree (status, run DESC)

CREATE UNIQUE INDEX coverage_incident_open_idx ON public.coverage_incident USING btree (run) WHERE (closed_at IS NULL)

CREATE UNIQUE INDEX label_event_undoes_idx ON public.label_event USING btree (undoes) WHERE (undoes IS NOT NULL)

CREATE UNIQUE INDEX queue_lease_idx ON public.queue USING btree (lease_id) WHERE (lease_id IS NOT NULL)

view current_label as
 SELECT DISTINCT ON (run, wheel, station, sector) id,
    at,
    expert,
    kind,
    run,
    wheel,
    station,
    sector,
    version,
    verdicts,
    marks,
    note,
    blind,
    model,
    scores,
    queue_reason,
    seconds,
    source,
    undoes,
    idempotency_key,
    request_hash,
    span_from,
    span_from_lumisection,
    span_to,
    span_to_lumisection,
    seen_hits
   FROM label_event e
  WHERE ((kind = 'label'::label_event_kind) AND (span_to IS NULL) AND (NOT (EXISTS ( SELECT
           FROM label_event u
          WHERE (u.undoes = e.id)))))
  ORDER BY run, wheel, station, sector, version DESC;

view current_skip as
 SELECT DISTINCT ON (run, wheel, station, sector) id,
    at,
    expert,
    kind,
    run,
    wheel,
    station,
    sector,
    version,
    verdicts,
    marks,
    note,
    blind,
    model,
    scores,
    queue_reason,
    seconds,
    source,
    undoes,
    idempotency_key,
    request_hash
   FROM label_event e
  WHERE ((kind = 'skip'::label_event_kind) AND (NOT (EXISTS ( SELECT
           FROM label_event u
          WHERE (u.undoes = e.id)))))
  ORDER BY run, wheel, station, sector, version DESC;

view current_span_label as
 SELECT DISTINCT ON (run, wheel, station, sector, span_from, span_to) id,
    at,
    expert,
    kind,
    run,
    wheel,
    station,
    sector,
    version,
    verdicts,
    marks,
    note,
    blind,
    model,
    scores,
    queue_reason,
    seconds,
    source,
    undoes,
    idempotency_key,
    request_hash,
    span_from,
    span_from_lumisection,
    span_to,
    span_to_lumisection,
    seen_hits
   FROM label_event e
  WHERE ((kind = 'label'::label_event_kind) AND (span_to IS NOT NULL) AND (NOT (EXISTS ( SELECT
           FROM label_event u
          WHERE (u.undoes = e.id)))))
  ORDER BY run, wheel, station, sector, span_from, span_to, version DESC;

view label_summary_now as
 SELECT l.run,
    l.wheel,
    l.station,
    l.sector,
    ( SELECT max(e.version) AS max
           FROM label_event e
          WHERE ((e.run = l.run) AND (e.wheel = l.wheel) AND (e.station = l.station) AND (e.sector = l.sector))) AS version,
    l.at,
    m.labelled_good,
    m.labelled_bad,
    m.passes,
    m.false_alarms,
    m.hits,
    m.misses,
    m.worst_error,
    m.low_layers,
    m.low_bad,
    m.low_sum,
    m.scores,
    m.bad,
    o.judged_twice,
    o.agreed,
    o.disagreement,
    o.said_good,
    o.said_bad
   FROM ((((current_label l
     LEFT JOIN run r ON ((r.run = l.run)))
     LEFT JOIN chamber_score s ON (((s.run = l.run) AND (s.wheel = l.wheel) AND (s.station = l.station) AND (s.sector = l.sector) AND (s.model = r.model))))
     CROSS JOIN LATERAL ( SELECT (COALESCE(bit_or((1 << layers.layer)) FILTER (WHERE (layers.label = 'good'::text)), 0))::smallint AS labelled_good,
            (COALESCE(bit_or((1 << layers.layer)) FILTER (WHERE (layers.label = 'bad'::text)), 0))::smallint AS labelled_bad,
            (count(*) FILTER (WHERE ((layers.label = 'good'::text) AND (layers.verdict = 'good'::text))))::smallint AS passes,
            (count(*) FILTER (WHERE ((layers.label = 'good'::text) AND (layers.verdict = 'bad'::text))))::smallint AS false_alarms,
            (count(*) FILTER (WHERE ((layers.label = 'bad'::text) AND (layers.verdict = 'bad'::text))))::smallint AS hits,
            (count(*) FILTER (WHERE ((layers.label = 'bad'::text) AND (layers.verdict = 'good'::text))))::smallint AS misses,
            max(abs((layers.score - (((layers.label = 'bad'::text))::integer)::double precision))) FILTER (WHERE ((layers.label <> layers.verdict) AND (layers.verdict = ANY (ARRAY['good'::text, 'bad'::text])))) AS worst_error,
            (count(*) FILTER (WHERE (layers.score < (0.1)::double precision)))::smallint AS low_layers,
            (count(*) FILTER (WHERE ((layers.score < (0.1)::double precision) AND (layers.label = 'bad'::text))))::smallint AS low_bad,
            COALESCE(sum(layers.score) FILTER (WHERE (layers.score < (0.1)::double precision)), (0)::real) AS low_sum,
            array_agg(layers.score ORDER BY layers.layer) FILTER (WHERE (layers.score >= (0.1)::double precision)) AS scores,
            array_agg((layers.label = 'bad'::text) ORDER BY layers.layer) FILTER (WHERE (layers.score >= (0.1)::double precision)) AS bad
           FROM ( SELECT ((v.n)::integer - 1) AS layer,
                    (v.label)::text AS label,
                        CASE
                            WHEN (s.scores[v.n] >= (0)::double precision) THEN s.scores[v.n]
                            ELSE NULL::real
                        END AS score,
                    (s.verdicts[v.n])::text AS verdict
                   FROM unnest(l.verdicts) WITH ORDINALITY v(label, n)
                  WHERE (v.label = ANY (ARRAY['good'::label_verdict, 'bad'::label_verdict]))) layers) m)
     CROSS JOIN LATERAL ( SELECT (count(*))::smallint AS judged_twice,
            (count(*) FILTER (WHERE ((twice.good = 0) OR (twice.bad = 0))))::smallint AS agreed,
            (COALESCE(sum((((2.0 * (twice.good)::numeric) * (twice.bad)::numeric) / (((twice.good + twice.bad) - 1))::numeric)), (0)::numeric))::double precision AS disagreement,
            (COALESCE(sum(twice.good), (0)::numeric))::smallint AS said_good,
            (COALESCE(sum(twice.bad), (0)::numeric))::smallint AS said_bad
           FROM ( SELECT count(*) FILTER (WHERE (v.label = 'good'::label_verdict)) AS good,
                    count(*) FILTER (WHERE (v.label = 'bad'::label_verdict)) AS bad
                   FROM (opinion p
                     CROSS JOIN LATERAL unnest(p.verdicts) WITH ORDINALITY v(label, n))
                  WHERE (((p.run = l.run) AND (p.wheel = l.wheel) AND (p.station = l.station) AND (p.sector = l.sector)) AND (v.label = ANY (ARRAY['good'::label_verdict, 'bad'::label_verdict])))
                  GROUP BY v.n
                 HAVING (count(*) >= 2)) twice) o);

view opinion as
 SELECT DISTINCT ON (run, wheel, station, sector, expert) id,
    at,
    expert,
    kind,
    run,
    wheel,
    station,
    sector,
    version,
    verdicts,
    marks,
    note,
    blind,
    model,
    scores,
    queue_reason,
    seconds,
    source,
    undoes,
    idempotency_key,
    request_hash,
    span_from,
    span_from_lumisection,
    span_to,
    span_to_lumisection
   FROM label_event e
  WHERE ((kind = 'label'::label_event_kind) AND (span_to IS NULL) AND (NOT (EXISTS ( SELECT
           FROM label_event u
          WHERE (u.undoes = e.id)))))
  ORDER BY run, wheel, station, sector, expert, version DESC;

view reporting.agreement as
 WITH summed AS (
         SELECT sum(label_summary.judged_twice) AS layers,
            sum(label_summary.agreed) AS agreed,
            sum(label_summary.disagreement) AS disagreement,
            (sum(label_summary.said_bad))::double precision AS bad,
            (sum(label_summary.said_good))::double precision AS good
           FROM label_summary
          WHERE (label_summary.judged_twice > 0)
        )
 SELECT COALESCE(layers, (0)::bigint) AS layers,
    ((agreed)::real / (NULLIF(layers, 0))::double precision) AS share_agreed,
    (((1)::double precision - ((((bad + good) - (1)::double precision) * disagreement) / NULLIF((((2)::double precision * bad) * good), (0)::double precision))))::real AS alpha
   FROM summed;

view reporting.api_minutes as
 SELECT minute,
    process,
    route,
    requests,
    failures,
    mean_ms,
    p95_ms,
    greatest_ms
   FROM api_minute;

view reporting.bad_layers as
 SELECT b.run,
    r.fetched_at AS at,
    b.wheel,
    b.station,
    b.sector,
    b.layer,
    ((((b.layer - 1) / 4) + 1))::smallint AS superlayer,
    b.score,
    b.kind
   FROM (run_bad_layer b
     JOIN run r ON ((r.run = b.run)));

view reporting.calibration as
 WITH binned AS (
         SELECT 0 AS bin,
            label_summary.low_layers AS layers,
            label_summary.low_bad AS bad,
            label_summary.low_sum AS score
           FROM label_summary
          WHERE (label_summary.low_layers > 0)
        UNION ALL
         SELECT (LEAST((9)::double precision, floor((h.score * (10)::double precision))))::integer AS "least",
            1,
            (h.bad)::integer AS bad,
            h.score
           FROM (label_summary
             CROSS JOIN LATERAL UNNEST(label_summary.scores, label_summary.bad) h(score, bad))
          WHERE (label_summary.scores IS NOT NULL)
        )
 SELECT bin,
    (sum(layers))::integer AS labelled,
    ((sum(score) / (sum(layers))::double precision))::real AS mean_score,
    (((sum(bad))::real / (sum(layers))::double precision))::real AS share_bad
   FROM binned
  GROUP BY bin;

view reporting.chamber_states as
 SELECT r.run,
    c.wheel,
    c.station,
    c.sector,
    reporting.chamber_name((c.wheel)::integer, (c.station)::integer, (c.sector)::integer) AS chamber,
    k.condition,
        CASE
            WHEN (k.condition = ANY (ARRAY['failed'::text, 'absent'::text])) THEN c.reason
            WHEN (k.condition = 'unknown'::text) THEN COALESCE(( SELECT (f_1.value ->> 'note'::text)
               FROM jsonb_array_elements(s.faults) f_1(value)
              WHERE ((f_1.value ->> 'kind'::text) = ANY (ARRAY['low-statistics'::text, 'dead-chamber'::text]))
             LIMIT 1), 'not scored'::text)
            ELSE NULL::text
        END AS reason,
        CASE
            WHEN ('new'::text = ANY (i.standings)) THEN 'new'::text
            WHEN (u.layers > 0) THEN 'unconfirmed'::text
            ELSE i.loudest
        END AS standing,
    i.incident,
        CASE
            WHEN (('new'::text = ANY (i.standings)) OR (u.layers = 0)) THEN i.first_run
            ELSE r.run
        END AS since_run,
        CASE
            WHEN (('new'::text = ANY (i.standings)) OR (u.layers = 0)) THEN i.in_run
            ELSE true
        END AS in_run,
        CASE
            WHEN (('new'::text = ANY (i.standings)) OR (u.layers = 0)) THEN COALESCE(i.kind, f.kind)
            ELSE COALESCE(f.kind, 'unnamed'::text)
        END AS kind,
    cardinality(array_positions(s.verdicts, 'bad'::verdict)) AS bad_layers,
    ( SELECT max(score.score) AS max
           FROM unnest(s.scores) score(score)
          WHERE (score.score >= (0)::double precision)) AS worst_score,
    c.total_hits AS hits,
    c.kept_since,
    c.kept_reason,
    (c.state)::text AS state,
    s.faults,
    s.model
   FROM ((((((run r
     JOIN chamber c ON ((c.run = r.run)))
     LEFT JOIN chamber_score s ON (((s.run = c.run) AND (s.wheel = c.wheel) AND (s.station = c.station) AND (s.sector = c.sector) AND (s.model = r.model))))
     CROSS JOIN LATERAL ( SELECT chamber_condition(c.state, s.verdicts, s.faults) AS condition) k)
     LEFT JOIN LATERAL ( SELECT (f_1.value ->> 'kind'::text) AS kind
           FROM jsonb_array_elements(s.faults) f_1(value)
          WHERE ((f_1.value ->> 'kind'::text) <> 'low-statistics'::text)
          ORDER BY ((f_1.value ->> 'confidence'::text))::real DESC
         LIMIT 1) f ON (true))
     LEFT JOIN LATERAL ( SELECT array_agg(each.standing ORDER BY each.place) AS standings,
            (array_agg(each.standing ORDER BY each.place))[1] AS loudest,
            (array_agg(each.id ORDER BY each.place))[1] AS incident,
            (array_agg(each.first_run ORDER BY each.place))[1] AS first_run,
            (array_agg(each.kind ORDER BY each.place))[1] AS kind,
            (array_agg(each.in_run ORDER BY each.place))[1] AS in_run
           FROM ( SELECT i_1.id,
                    i_1.first_run,
                    i_1.kind,
                    standing_of(incident_state(i_1.*)) AS standing,
                    ( SELECT g.in_run
                           FROM reporting.incident_in_run g
                          WHERE ((g.incident = i_1.id) AND (g.run = r.run))) AS in_run,
                    ROW(array_position(ARRAY['new'::text, 'acknowledged'::text, 'shelved'::text, 'healed'::text], standing_of(incident_state(i_1.*))), array_position(ARRAY['critical'::text, 'warning'::text, 'info'::text], i_1.severity), i_1.first_run, i_1.id) AS place
                   FROM incident i_1
                  WHERE ((i_1.merged_into IS NULL) AND (i_1.wheel = c.wheel) AND (i_1.station = c.station) AND (i_1.sector = c.sector) AND (i_1.first_run <= r.run) AND ((i_1.healed_run IS NULL) OR (i_1.healed_run >= r.run)))) each) i ON (true))
     CROSS JOIN LATERAL ( SELECT (count(*))::integer AS layers
           FROM unnest(s.verdicts) WITH ORDINALITY v(verdict, layer)
          WHERE ((v.verdict = 'bad'::verdict) AND (NOT (EXISTS ( SELECT
                   FROM incident i_1
                  WHERE ((i_1.merged_into IS NULL) AND (i_1.wheel = c.wheel) AND (i_1.station = c.station) AND (i_1.sector = c.sector) AND (v.layer = ANY (i_1.layers)) AND (i_1.first_run <= r.run) AND ((i_1.healed_run IS NULL) OR (i_1.healed_run >= r.run)))))))) u);

view reporting.chambers as
 SELECT c.run,
    c.wheel,
    c.station,
    c.sector,
    (c.state)::text AS state,
    c.reason,
    c.width,
    c.total_hits AS hits,
    cardinality(array_positions(s.verdicts, 'bad'::verdict)) AS bad_layers,
    ( SELECT max(score.score) AS max
           FROM unnest(s.scores) score(score)
          WHERE (score.score >= (0)::double precision)) AS worst_score,
    s.faults,
    s.model,
    c.kept_since,
    c.kept_reason
   FROM ((run r
     JOIN chamber c ON ((c.run = r.run)))
     LEFT JOIN chamber_score s ON (((s.run = c.run) AND (s.wheel = c.wheel) AND (s.station = c.station) AND (s.sector = c.sector) AND (s.model = r.model))));

view reporting.contamination as
 WITH alike AS (
         SELECT label_summary.station,
            label_summary.labelled_good,
            label_summary.labelled_bad,
            count(*) AS chambers
           FROM label_summary
          GROUP BY label_summary.station, label_summary.labelled_good, label_summary.labelled_bad
        )
 SELECT alike.station,
    (n.n)::smallint AS layer,
    (sum(alike.chambers))::bigint AS labelled,
    (COALESCE(sum(alike.chambers) FILTER (WHERE (((alike.labelled_bad)::integer & (1 << (n.n - 1))) <> 0)), (0)::numeric))::bigint AS bad,
    ((COALESCE(sum(alike.chambers) FILTER (WHERE (((alike.labelled_bad)::integer & (1 << (n.n - 1))) <> 0)), (0)::numeric) / sum(alike.chambers)))::real AS share
   FROM (alike
     CROSS JOIN generate_series(1, 12) n(n))
  WHERE ((((alike.labelled_good | alike.labelled_bad))::integer & (1 << (n.n - 1))) <> 0)
  GROUP BY alike.station, n.n;

view reporting.coverage_incidents as
 SELECT id AS incident,
    run,
    opened_at,
    closed_at,
    chambers,
    reason
   FROM coverage_incident;

view reporting.emerging_layers as
 SELECT b.run,
    r.at,
    b.wheel,
    b.station,
    b.sector,
    b.layer,
    b.score,
    b.kind
   FROM (( SELECT judged_runs.run,
            judged_runs.at,
            lag(judged_runs.run) OVER (ORDER BY judged_runs.run) AS previous
           FROM reporting.judged_runs) r
     JOIN run_bad_layer b ON ((b.run = r.run)))
  WHERE ((r.previous IS NOT NULL) AND (NOT (EXISTS ( SELECT
           FROM run_bad_layer p
          WHERE ((p.run = r.previous) AND ((p.wheel = b.wheel) AND (p.station = b.station) AND (p.sector = b.sector) AND (p.layer = b.layer)))))));

view reporting.failed_runs as
 SELECT run,
    COALESCE(error, life_reason) AS error,
    attempts,
    updated_at
   FROM run
  WHERE (((status = 'ERROR'::run_status) OR ((status = 'LOADING'::run_status) AND (looked_at IS NOT NULL))) AND (life_reason IS DISTINCT FROM 'the source lists no such run and has none of its chambers'::text));

view reporting.fault_kinds as
 SELECT k.run,
    r.fetched_at AS at,
    k.kind,
    k.chambers,
    k.faults
   FROM (run_fault_kind k
     JOIN run r ON ((r.run = k.run)));

view reporting.incident_events as
 SELECT (c.incident)::bigint AS incident,
    c.at,
    'monitor'::text AS actor,
    c.change AS action,
    c.run,
    c.comment
   FROM incident_change c
UNION ALL
 SELECT (a.incident)::bigint AS incident,
    a.at,
    a.actor,
    a.action,
    a.run,
    a.comment
   FROM incident_act a;

view reporting.incident_in_run as
 SELECT i.id AS incident,
    r.run,
        CASE
            WHEN (EXISTS ( SELECT
               FROM incident_sighting g
              WHERE ((g.incident = i.id) AND (g.run = r.run)))) THEN true
            WHEN (i.kind = 'coverage'::text) THEN
            CASE
                WHEN (r.judged IS NOT NULL) THEN false
                ELSE NULL::boolean
            END
            WHEN ((( SELECT count(*) AS count
               FROM jsonb_array_elements_text((r.blind -> incident_chamber(i.*))) b(layer)
              WHERE ((b.layer)::integer = ANY (i.layers))) * 2) <= cardinality(i.layers)) THEN false
            ELSE NULL::boolean
        END AS in_run
   FROM (incident i
     CROSS JOIN incident_run r)
  WHERE (i.merged_into IS NULL);

view reporting.incident_sightings as
 SELECT (s.incident)::bigint AS incident,
    s.run,
    r.at,
    s.cells,
    s.lost,
    s.score,
    s.ratio
   FROM (incident_sighting s
     JOIN incident_run r ON ((r.run = s.run)));

view reporting.incident_trend as
 SELECT run,
    at,
    (( SELECT count(*) AS count
           FROM incident_change c
          WHERE ((c.run = r.run) AND (c.change = ANY (ARRAY['opened'::text, 'reopened'::text])))))::integer AS opened,
    (( SELECT count(*) AS count
           FROM incident_change c
          WHERE ((c.run = r.run) AND (c.change = 'healed'::text))))::integer AS healed,
    (( SELECT count(*) AS count
           FROM incident i
          WHERE ((i.opened_run <= r.run) AND (COALESCE(i.healed_run, i.merged_run, (r.run + 1)) > r.run))))::integer AS standing
   FROM incident_run r;

view reporting.incidents as
 SELECT (id)::bigint AS incident,
    incident_state(i.*) AS state,
    kind,
    severity,
    wheel,
    station,
    sector,
    layers,
    first_wire,
    last_wire,
    hardware,
    first_run,
    last_run,
    opened_at,
    healed_at,
    COALESCE(
        CASE
            WHEN (shelved_until > now()) THEN shelf_owner
            ELSE NULL::text
        END, acknowledged_by) AS owner,
    evidence,
    opened_run,
    healed_run,
    condition,
    shelf_reason,
    shelved_until,
    standing_of(incident_state(i.*)) AS standing,
    reporting.chamber_name((wheel)::integer, (station)::integer, (sector)::integer) AS chamber,
    ((began #>> '{from,at}'::text[]))::timestamp with time zone AS began_from,
    ((began #>> '{from,lumisection}'::text[]))::integer AS began_from_lumisection,
    ((began #>> '{to,at}'::text[]))::timestamp with time zone AS began_to,
    ((began #>> '{to,lumisection}'::text[]))::integer AS began_to_lumisection,
    ((ended #>> '{from,at}'::text[]))::timestamp with time zone AS ended_from,
    ((ended #>> '{from,lumisection}'::text[]))::integer AS ended_from_lumisection,
    ((ended #>> '{to,at}'::text[]))::timestamp with time zone AS ended_to,
    ((ended #>> '{to,lumisection}'::text[]))::integer AS ended_to_lumisection
   FROM incident i
  WHERE (merged_into IS NULL);

view reporting.ingestion as
 SELECT ( SELECT max(run.fetched_at) AS max
           FROM run) AS newest_stored_at,
    ( SELECT max(run.run) AS max
           FROM run
          WHERE (run.model IS NOT NULL)) AS newest_run,
    (( SELECT count(*) AS count
           FROM run
          WHERE (run.status = 'ERROR'::run_status)))::integer AS runs_in_error,
    (( SELECT count(*) AS count
           FROM run
          WHERE (run.lease_until > now())))::integer AS runs_in_hand,
    (( SELECT count(*) AS count
           FROM run
          WHERE (run.lease_until <= now())))::integer AS runs_left_by_workers,
    (( SELECT count(*) AS count
           FROM run
          WHERE (run.status = ANY (ARRAY['PENDING_REEVALUATION'::run_status, 'REEVALUATING'::run_status]))))::integer AS runs_to_reevaluate;

view reporting.judged_runs as
 SELECT r.run,
    r.fetched_at AS at,
    r.model,
    s.judged_chambers
   FROM (run r
     JOIN run_summary s USING (run))
  WHERE (s.judged_chambers > 0);

view reporting.label_events as
 SELECT id,
    at,
    expert,
    (kind)::text AS kind,
    run,
    wheel,
    station,
    sector,
    version,
    cardinality(array_positions(verdicts, 'bad'::label_verdict)) AS bad_layers,
    note,
    blind,
    model,
    queue_reason,
    seconds,
    (source)::text AS source,
    undoes,
    (EXISTS ( SELECT
           FROM label_event u
          WHERE (u.undoes = e.id))) AS undone,
    span_from,
    span_from_lumisection,
    span_to,
    span_to_lumisection
   FROM label_event e;

view reporting.labelled_chambers as
 SELECT run,
    wheel,
    station,
    sector,
    at,
    passes,
    false_alarms,
    hits,
    misses,
    worst_error
   FROM label_summary;

view reporting.labelling_progress as
 SELECT date_bin('1 day'::interval, at, '2000-01-01 00:00:00+00'::timestamp with time zone) AS day,
    expert,
    count(*) FILTER (WHERE (kind = 'label'::label_event_kind)) AS labels,
    count(*) FILTER (WHERE (kind = 'skip'::label_event_kind)) AS skips,
    count(*) FILTER (WHERE (kind = 'undo'::label_event_kind)) AS undos,
    percentile_cont((0.5)::double precision) WITHIN GROUP (ORDER BY ((seconds)::double precision)) AS median_seconds
   FROM label_event
  WHERE (span_to IS NULL)
  GROUP BY (date_bin('1 day'::interval, at, '2000-01-01 00:00:00+00'::timestamp with time zone)), expert;

view reporting.labels as
 SELECT run,
    wheel,
    station,
    sector,
    at,
    expert,
    version,
    cardinality(array_positions(verdicts, 'bad'::label_verdict)) AS bad_layers,
    cardinality(array_positions(verdicts, 'not-sure'::label_verdict)) AS not_sure_layers,
    marks,
    note,
    blind
   FROM current_label l;

view reporting.lasting_layers as
 WITH recent AS (
         SELECT judged_runs.run,
            row_number() OVER (ORDER BY judged_runs.run DESC) AS age
           FROM reporting.judged_runs
          ORDER BY judged_runs.run DESC
         LIMIT 30
        )
 SELECT wheel,
    station,
    sector,
    layer,
    (count(*))::integer AS runs,
    min(run) AS since_run,
    max(run) AS run,
    min(score) AS least_score,
    (array_agg(kind ORDER BY seen.run DESC))[1] AS kind,
    reporting.chamber_name((wheel)::integer, (station)::integer, (sector)::integer) AS chamber
   FROM ( SELECT b.run,
            b.wheel,
            b.station,
            b.sector,
            b.layer,
            b.score,
            b.kind,
            recent.age,
            row_number() OVER (PARTITION BY b.wheel, b.station, b.sector, b.layer ORDER BY b.run DESC) AS nth
           FROM (recent
             JOIN run_bad_layer b ON ((b.run = recent.run)))) seen
  WHERE (age = nth)
  GROUP BY wheel, station, sector, layer;

view reporting.layer_labels as
 SELECT l.run,
    l.wheel,
    l.station,
    l.sector,
    (v.layer)::smallint AS layer,
    (v.label)::text AS label,
    l.expert,
    l.at,
    s.scores[v.layer] AS score,
    (s.verdicts[v.layer])::text AS verdict,
    s.model
   FROM (((current_label l
     CROSS JOIN LATERAL unnest(l.verdicts) WITH ORDINALITY v(label, layer))
     LEFT JOIN run r ON ((r.run = l.run)))
     LEFT JOIN chamber_score s ON (((s.run = l.run) AND (s.wheel = l.wheel) AND (s.station = l.station) AND (s.sector = l.sector) AND (s.model = r.model))))
  WHERE (v.label IS NOT NULL);

view reporting.layer_scores as
 SELECT s.run,
    s.wheel,
    s.station,
    s.sector,
    (l.layer)::smallint AS layer,
    ((((l.layer - 1) / 4) + 1))::smallint AS superlayer,
    l.score,
    (l.verdict)::text AS verdict,
    s.model
   FROM ((run r
     JOIN chamber_score s ON (((s.run = r.run) AND (s.model = r.model))))
     CROSS JOIN LATERAL UNNEST(s.scores, s.verdicts) WITH ORDINALITY l(score, verdict, layer))
  WHERE (l.score >= (0)::double precision);

view reporting.live as
 SELECT r.run,
    (r.life)::text AS life,
    r.started_at,
    (r.source)::text AS source,
    t.looks,
    l.asked_at AS at,
    l.lumisection,
    l.event_at,
    (EXTRACT(epoch FROM (now() - l.asked_at)))::real AS age_seconds,
    l.judged,
    l.waiting,
    l.bad,
    ( SELECT count(*) AS count
           FROM run_change c
          WHERE (c.run = r.run)) AS changes
   FROM ((run_live t
     JOIN run r USING (run))
     JOIN LATERAL ( SELECT l_1.run,
            l_1.look,
            l_1.asked_at,
            l_1.lumisection,
            l_1.event_at,
            l_1.hits,
            l_1.judged,
            l_1.waiting,
            l_1.bad,
            l_1.gap,
            l_1.model
           FROM run_look l_1
          WHERE (l_1.run = t.run)
          ORDER BY l_1.look DESC
         LIMIT 1) l ON (true))
  WHERE (r.life = ANY (ARRAY['growing'::run_life, 'reopened'::run_life]));

view reporting.looks as
 SELECT l.run,
    l.look,
    COALESCE(lag(l.asked_at) OVER of_run, r.started_at) AS from_at,
    l.asked_at AS at,
    l.lumisection,
    l.event_at,
    l.hits,
    l.judged,
    l.waiting,
    l.bad,
    l.gap
   FROM (run_look l
     JOIN run r USING (run))
  WHERE (l.filled IS DISTINCT FROM 'part'::text)
  WINDOW of_run AS (PARTITION BY l.run ORDER BY l.look);

view reporting.model_acts as
 SELECT id,
    at,
    actor,
    act,
    model,
    reason,
    (((report -> 'decision'::text) ->> 'promote'::text) = 'true'::text) AS gate_passed
   FROM model_act;

view reporting.model_agreement as
 SELECT at,
    run,
    wheel,
    station,
    sector,
    layer,
    expert,
    label,
    verdict,
    score,
    model,
    (label = verdict) AS agrees
   FROM reporting.layer_labels
  WHERE ((label = ANY (ARRAY['good'::text, 'bad'::text])) AND (verdict = ANY (ARRAY['good'::text, 'bad'::text])));

view reporting.models as
 SELECT name AS model,
    registered_at AS at,
    hash
   FROM model;

view reporting.newest_run as
 SELECT ( SELECT r.run
           FROM (run r
             JOIN run_summary s USING (run))
          WHERE (s.judged_chambers > 0)
          ORDER BY r.run DESC
         LIMIT 1) AS run;

view reporting.occupancy as
 SELECT c.run,
    c.wheel,
    c.station,
    c.sector,
    p.layer,
    p.wire,
    w.hits,
    (((COALESCE(w.saliency, (0)::smallint))::double precision * s.saliency_scale) / (32767)::double precision) AS saliency,
    s.scores[p.layer] AS score,
    (s.verdicts[p.layer])::text AS verdict,
    s.model
   FROM ((((run r
     JOIN chamber c ON ((c.run = r.run)))
     LEFT JOIN chamber_score s ON (((s.run = c.run) AND (s.wheel = c.wheel) AND (s.station = c.station) AND (s.sector = c.sector) AND (s.model = r.model))))
     CROSS JOIN LATERAL UNNEST(c.hits, s.saliency) WITH ORDINALITY w(hits, saliency, cell))
     CROSS JOIN LATERAL ( SELECT ((((w.cell - 1) / c.width) + 1))::smallint AS layer,
            ((((w.cell - 1) % (c.width)::bigint) + 1))::smallint AS wire) p)
  WHERE (w.hits >= 0);

view reporting.opinions as
 SELECT o.run,
    o.wheel,
    o.station,
    o.sector,
    (v.layer)::smallint AS layer,
    o.expert,
    (v.label)::text AS label,
    o.blind,
    o.at
   FROM (opinion o
     CROSS JOIN LATERAL unnest(o.verdicts) WITH ORDINALITY v(label, layer))
  WHERE (v.label IS NOT NULL);

view reporting.overdue_looks as
 SELECT run,
    looked_at,
    look_at AS due_at,
    ((EXTRACT(epoch FROM (now() - look_at)))::real / (60)::double precision) AS minutes
   FROM run
  WHERE ((life = ANY (ARRAY['growing'::run_life, 'reopened'::run_life])) AND (look_at < (now() - '00:05:00'::interval)));

view reporting.queue as
 SELECT run,
    wheel,
    station,
    sector,
        CASE
            WHEN ((state = 'leased'::queue_state) AND (lease_until < now())) THEN 'waiting'::text
            ELSE (state)::text
        END AS state,
    lease_by,
    lease_until,
    certainty,
    twin,
    twin_rank,
    focus AS layer
   FROM queue;

view reporting.queue_states as
 SELECT state,
    chambers
   FROM ( SELECT 'waiting'::text AS state,
            (( SELECT count(*) AS count
                   FROM queue
                  WHERE (queue.state = 'waiting'::queue_state)) + ( SELECT count(*) AS count
                   FROM queue
                  WHERE ((queue.state = 'leased'::queue_state) AND (queue.lease_until < now())))) AS chambers
        UNION ALL
         SELECT 'leased'::text,
            count(*) AS count
           FROM queue
          WHERE ((queue.state = 'leased'::queue_state) AND (queue.lease_until >= now()))
        UNION ALL
         SELECT (queue.state)::text AS state,
            count(*) AS count
           FROM queue
          WHERE (queue.state = ANY (ARRAY['labelled'::queue_state, 'skipped'::queue_state]))
          GROUP BY queue.state) counted
  WHERE (chambers > 0);

view reporting.run_changes as
 SELECT id AS change,
    run,
    wheel,
    station,
    sector,
    reporting.chamber_name((wheel)::integer, (station)::integer, (sector)::integer) AS chamber,
    kind,
    layers,
    first_wire,
    last_wire,
    reporting.fault_in_words(kind, (station)::integer, (layers)::integer[], (first_wire)::integer, (last_wire)::integer) AS what,
    from_at,
    from_lumisection,
    to_at,
    to_lumisection,
    told_at,
    told_lumisection,
    ratio,
    ratio_low,
    ratio_high
   FROM run_change;

view reporting.run_summaries as
 SELECT r.run,
    r.fetched_at AS at,
    (r.status)::text AS status,
    r.error,
    (r.life = 'final'::run_life) AS closed,
    r.lumisections,
    r.hits,
    r.chambers,
    r.absent_chambers,
    r.failed_chambers,
    r.bad_layers,
    s.unknown_layers,
    s.scored_layers,
    s.bad_chambers,
    r.model,
    ((r.bad_layers)::real / (NULLIF(s.scored_layers, 0))::double precision) AS bad_share,
    (r.life)::text AS life,
    r.kept_chambers,
    s.judged_chambers,
    r.started_at
   FROM (run r
     LEFT JOIN run_summary s ON ((s.run = r.run)))
  WHERE (r.fetched_at IS NOT NULL);

view reporting.runs as
 SELECT run,
    dataset,
    (status)::text AS status,
    error,
    (life = 'final'::run_life) AS closed,
    lumisections,
    hits,
    chambers,
    absent_chambers,
    failed_chambers,
    bad_layers,
    model,
    attempts,
    created_at,
    updated_at,
    fetched_at,
    (life)::text AS life,
    life_reason,
    life_since,
    looked_at,
    look_at,
    kept_chambers,
    (source)::text AS source,
    started_at
   FROM run;

view reporting.score_bins as
 SELECT b.run,
    r.fetched_at AS at,
    b.bin,
    b.layers,
    r.model
   FROM (run_score_bin b
     JOIN run r ON ((r.run = b.run)));

view reporting.slices as
 WITH lost AS (
         SELECT c.run,
            c.wheel,
            c.station,
            c.sector,
            l.layer,
            min(COALESCE(c.from_at, c.to_at)) AS since
           FROM (run_change c
             CROSS JOIN LATERAL unnest(c.layers) l(layer))
          WHERE (c.kind <> 'recovery'::text)
          GROUP BY c.run, c.wheel, c.station, c.sector, l.layer
        ), each AS (
         SELECT s.run,
            s.wheel,
            s.station,
            s.sector,
            s.look,
            s.from_look,
            s.gap,
            l.layer,
            l.hits,
            substr(s.verdicts, (l.layer)::integer, 1) AS letter,
            t.asked_at,
            t.lumisection,
            ((lost.since IS NULL) OR (t.asked_at <= lost.since)) AS is_whole,
            (sum(l.hits) FILTER (WHERE (lost.since IS NULL)) OVER of_slice -
                CASE
                    WHEN (lost.since IS NULL) THEN l.hits
                    ELSE 0
                END) AS beside
           FROM (((chamber_slice s
             JOIN run_look t ON (((t.run = s.run) AND (t.look = s.look))))
             CROSS JOIN LATERAL unnest(s.layer_hits) WITH ORDINALITY l(hits, layer))
             LEFT JOIN lost ON (((lost.run = s.run) AND (lost.wheel = s.wheel) AND (lost.station = s.station) AND (lost.sector = s.sector) AND (lost.layer = l.layer))))
          WHERE (l.hits IS NOT NULL)
          WINDOW of_slice AS (PARTITION BY s.run, s.wheel, s.station, s.sector, s.look)
        ), summed AS (
         SELECT each.run,
            each.wheel,
            each.station,
            each.sector,
            each.look,
            each.from_look,
            each.gap,
            each.layer,
            each.hits,
            each.letter,
            each.asked_at,
            each.lumisection,
            each.is_whole,
            each.beside,
            (sum(each.hits) FILTER (WHERE each.is_whole) OVER of_layer -
                CASE
                    WHEN each.is_whole THEN each.hits
                    ELSE 0
                END) AS elsewhere,
            (sum(each.beside) FILTER (WHERE each.is_whole) OVER of_layer - (
                CASE
                    WHEN each.is_whole THEN each.beside
                    ELSE (0)::bigint
                END)::numeric) AS beside_elsewhere,
            (sum(each.hits) OVER of_layer - each.hits) AS elsewhere_all,
            (sum(each.beside) OVER of_layer - (each.beside)::numeric) AS beside_elsewhere_all
           FROM each
          WINDOW of_layer AS (PARTITION BY each.run, each.wheel, each.station, each.sector, each.layer)
        )
 SELECT e.run,
    e.wheel,
    e.station,
    e.sector,
    reporting.chamber_name((e.wheel)::integer, (e.station)::integer, (e.sector)::integer) AS chamber,
    (e.layer)::smallint AS layer,
    ((((e.layer - 1) / 4) + 1))::smallint AS superlayer,
    e.look,
        CASE
            WHEN (e.from_look = 0) THEN r.started_at
            ELSE f.asked_at
        END AS from_at,
    e.asked_at AS at,
        CASE
            WHEN (e.from_look = 0) THEN
            CASE
                WHEN (r.started_at IS NOT NULL) THEN 0
                ELSE NULL::integer
            END
            ELSE f.lumisection
        END AS from_lumisection,
    e.lumisection,
    e.hits,
        CASE
            WHEN (e.elsewhere > 0) THEN ((((e.hits)::double precision * (e.beside_elsewhere)::double precision) / NULLIF(((e.beside)::double precision * (e.elsewhere)::double precision), (0)::double precision)))::real
            ELSE ((((e.hits)::double precision * (e.beside_elsewhere_all)::double precision) / NULLIF(((e.beside)::double precision * (e.elsewhere_all)::double precision), (0)::double precision)))::real
        END AS ratio,
        CASE e.letter
            WHEN 'g'::text THEN 'good'::text
            WHEN 'b'::text THEN 'bad'::text
            ELSE 'unknown'::text
        END AS verdict,
    e.gap
   FROM ((summed e
     JOIN run r ON ((r.run = e.run)))
     LEFT JOIN run_look f ON (((f.run = e.run) AND (f.look = e.from_look))));

view reporting.span_labels as
 SELECT run,
    wheel,
    station,
    sector,
    reporting.chamber_name((wheel)::integer, (station)::integer, (sector)::integer) AS chamber,
    span_from AS from_at,
    span_to AS at,
    span_from_lumisection AS from_lumisection,
    span_to_lumisection AS lumisection,
    array_positions(verdicts, 'bad'::label_verdict) AS bad_layers,
    array_positions(verdicts, 'not-sure'::label_verdict) AS not_sure_layers,
    array_positions(verdicts, 'good'::label_verdict) AS good_layers,
    marks,
    note,
    expert,
    at AS labelled_at
   FROM current_span_label l;

view whole_label as
 SELECT id,
    at,
    expert,
    kind,
    run,
    wheel,
    station,
    sector,
    version,
    verdicts,
    marks,
    note,
    blind,
    model,
    scores,
    queue_reason,
    seconds,
    source,
    undoes,
    idempotency_key,
    request_hash,
    span_from,
    span_from_lumisection,
    span_to,
    span_to_lumisection,
    seen_hits
   FROM current_label l
  WHERE (NOT (EXISTS ( SELECT
           FROM chamber c
          WHERE ((c.run = l.run) AND (c.wheel = l.wheel) AND (c.station = l.station) AND (c.sector = l.sector) AND (c.total_hits > (2 * l.seen_hits))))));

CREATE OR REPLACE FUNCTION public.announce_run()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  perform pg_notify('dtdqm_run', coalesce(new.run, old.run)::text);
  return null;
end
$function$

CREATE OR REPLACE FUNCTION public.chamber_condition(state chamber_state, verdicts verdict[], faults jsonb)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE
AS $function$
  select case when state <> 'present' then state::text
              when 'bad' = any(verdicts) then case when faults @> '[{"kind": "dead-chamber"}]' then 'dead' else 'bad' end
              when verdicts is null or 'unknown' = any(verdicts) then 'unknown'
              else 'good' end
$function$

CREATE OR REPLACE FUNCTION public.drop_saliency(older_than interval, batch integer DEFAULT 20)
 RETURNS integer
 LANGUAGE plpgsql
AS $function$
declare
  old integer[];
begin
  -- Run by run, and of those done only what is small by then is looked at.
  select array_agg(run) into old from (
    select r.run from run r
    where r.fetched_at < now() - older_than
      and exists (select from chamber_score s where s.run = r.run and cardinality(s.saliency) > 0)
    order by r.run limit batch
  ) as oldest;
  update chamber_score set saliency_scale = 0, saliency = '{}' where run = any(old) and cardinality(saliency) > 0;
  return coalesce(cardinality(old), 0);
end $function$

CREATE OR REPLACE FUNCTION public.empty_zeros(batch integer DEFAULT 1000)
 RETURNS integer
 LANGUAGE plpgsql
AS $function$
declare
  emptied integer;
begin
  -- What somebody stores anew at the moment needs no emptying.
  update chamber_score s set saliency = '{}'
  from (select ctid as place from chamber_score where saliency_scale = 0 and saliency <> '{}' order by run limit batch for update skip locked) as zeros
  where s.ctid = zeros.place;
  get diagnostics emptied = row_count;
  return emptied;
end $function$

CREATE OR REPLACE FUNCTION public.forget_old_slices(older_than interval)
 RETURNS integer
 LANGUAGE plpgsql
 SET lock_timeout TO '3s'
AS $function$
declare
  named regclass;
  first integer;
  old integer[];
  forgotten integer;
  looks integer;
begin
  -- A whole partition, in no time and without dead rows.
  select c.oid, p.first into named, first
  from pg_inherits i
  join pg_class c on c.oid = i.inhrelid
  cross join lateral (select (regexp_match(c.relname, '^chamber_slice_(\d+)$'))[1]::integer as first) as p
  where i.inhparent = 'chamber_slice'::regclass and p.first is not null
    and exists (select from run_look l where l.run between p.first and p.first + 999)
    and not exists (select from run_look l where l.run between p.first and p.first + 999 and l.asked_at >= now() - older_than)
  order by p.first limit 1;
  if named is not null then
    lock table chamber_slice in access exclusive mode;
    execute format('select count(*) from %s', named) into forgotten;
    create temporary table kept_slice on commit drop as select * from slices_with_changes(first, first + 999);
    execute format('drop table %s', named);
    -- There is no partition for them any more, so they go into the default one.
    insert into chamber_slice select * from kept_slice;
    drop table kept_slice;
    return greatest(1, forgotten);
  end if;
  -- What never had a partition, run by run; those of which all is kept are left alone.
  select array_agg(run) into old from (
    select distinct s.run from chamber_slice_default s
    where not exists (select from run_look l where l.run = s.run and l.asked_at >= now() - older_than)
      and (s.run, s.wheel, s.station, s.sector, s.look) not in (select k.run, k.wheel, k.station, k.sector, k.look from slices_with_changes(s.run, s.run) k)
    order by s.run limit 20
  ) as oldest;
  delete from chamber_slice_default s using unnest(old) as o(run)
  where s.run = o.run
    and (s.run, s.wheel, s.station, s.sector, s.look) not in (select k.run, k.wheel, k.station, k.sector, k.look from slices_with_changes(o.run, o.run) k);
  get diagnostics forgotten = row_count;
  -- Looks that no slice begins or ends with; those of a partition that waits for a younger run wait with it.
  select array_agg(run) into old from (
    select distinct l.run from run_look l
    where not exists (select from run_look y where y.run = l.run and y.asked_at >= now() - older_than)
      and to_regclass(format('chamber_slice_%s', l.run / 1000 * 1000)) is null
      and not exists (select from chamber_slice_default s where s.run = l.run and l.look in (s.look, s.from_look))
    order by l.run limit 20
  ) as oldest;
  delete from run_look l using unnest(old) as o(run)
  where l.run = o.run and not exists (select from chamber_slice_default s where s.run = l.run and l.look in (s.look, s.from_look));
  get diagnostics looks = row_count;
  -- Nothing goes on from them any more.
  delete from run_live t
  where not exists (select from run_look l where l.run = t.run and l.asked_at >= now() - older_than);
  return forgotten + looks;
end $function$

CREATE OR REPLACE FUNCTION public.forget_slices()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  delete from chamber_slice where run = old.run;
  return null;
end $function$

CREATE OR REPLACE FUNCTION public.grant_reporting()
 RETURNS boolean
 LANGUAGE plpgsql
AS $function$
begin
  if not exists (select from pg_roles where rolname = 'dtdqm_reader') then return false; end if;
  grant usage on schema reporting to dtdqm_reader;
  grant select on all tables in schema reporting to dtdqm_reader;
  alter default privileges in schema reporting grant select on tables to dtdqm_reader;
  return true;
end $function$

CREATE OR REPLACE FUNCTION public.incident_chamber(i incident)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE
AS $function$
  select case when i.wheel is null then 'detector' else format('W%s_St%s_Sec%s', i.wheel, i.station, i.sector) end
$function$

CREATE OR REPLACE FUNCTION public.incident_state(i incident)
 RETURNS text
 LANGUAGE sql
 STABLE
AS $function$
  select case when i.condition = 'healed' then 'healed'
              when i.known_bad then 'known-bad'
              when i.shelved_until > now() then 'shelved'
              when i.acknowledged_by is not null then 'acknowledged'
              else i.condition end
$function$

CREATE OR REPLACE FUNCTION public.lock_label_summary(run integer, alone boolean)
 RETURNS void
 LANGUAGE sql
AS $function$
  select case when alone then pg_advisory_xact_lock(727310, run) else pg_advisory_xact_lock_shared(727310, run) end
$function$

CREATE OR REPLACE FUNCTION public.make_slice_partition(wanted integer)
 RETURNS boolean
 LANGUAGE plpgsql
 SET lock_timeout TO '3s'
AS $function$
declare
  first bigint := wanted / 1000 * 1000;
begin
  -- Beyond the range of integers, and where rows are in the default partition already, new ones go there too.
  if to_regclass(format('chamber_slice_%s', first)) is not null or first + 1000 > 2147483647 then return false; end if;
  perform pg_advisory_xact_lock(hashtext('make_slice_partition'));
  if exists (select from chamber_slice_default where run between first and first + 999) then return false; end if;
  execute format('create table if not exists chamber_slice_%s partition of chamber_slice for values from (%s) to (%s)', first, first, first + 1000);
  return true;
end $function$

CREATE OR REPLACE FUNCTION public.moment_of(at timestamp with time zone, lumisection integer)
 RETURNS jsonb
 LANGUAGE sql
 STABLE
AS $function$
  select case when at is not null
              then jsonb_build_object('at', to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'lumisection', lumisection) end
$function$

CREATE OR REPLACE FUNCTION public.queue_state_of(run integer, wheel smallint, station smallint, sector smallint)
 RETURNS queue_state
 LANGUAGE sql
 STABLE
AS $function$
  select case
    when exists (select from whole_label l where (l.run, l.wheel, l.station, l.sector) = ($1, $2, $3, $4)) then 'labelled'
    when exists (select from current_skip s where (s.run, s.wheel, s.station, s.sector) = ($1, $2, $3, $4)) then 'skipped'
    else 'waiting' end::queue_state
$function$

CREATE OR REPLACE FUNCTION public.refuse_change()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  raise exception '% is append-only', tg_table_name using errcode = 'restrict_violation';
end $function$

CREATE OR REPLACE FUNCTION reporting.age_in_words(age interval)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE STRICT
AS $function$
  select case when s < 90 then format('%s s', round(s)) when s < 5400 then format('%s min', round(s / 60))
              when s < 172800 then format('%s h', round(s / 3600)) else format('%s d', round(s / 86400)) end
  from (select greatest(0, extract(epoch from age)) as s) as seconds
$function$

CREATE OR REPLACE FUNCTION reporting.chamber_name(wheel integer, station integer, sector integer)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE
AS $function$
  select case when wheel is null then 'Detector'
              else format('W%s%s MB%s S%s', case when wheel > 0 then '+' end, wheel, station, lpad(sector::text, 2, '0')) end
$function$

CREATE OR REPLACE FUNCTION reporting.detector_state(wanted integer DEFAULT 0)
 RETURNS TABLE(headline text, quiet boolean, doubts text[], run integer, stored_at timestamp with time zone, life text, model text, source text, connected boolean, stale boolean, expected integer, judged integer, failed integer, absent integer, dead integer, bad integer, unknown integer, good integer, kept integer, new integer, acknowledged integer, shelved integer, unconfirmed integer, not_in_run integer, tone text)
 LANGUAGE sql
 STABLE
AS $function$
  with shown as (
    select reporting.run_or_newest(wanted) as run, (select n.run from reporting.newest_run n) as newest, 250 as expected,
           reporting.last_discovery() as asked_at, reporting.age_in_words(reporting.replica_age()) as age, reporting.replica_age() > interval '1 minute' as old
  ), fresh as (
    select shown.*, r.fetched_at, r.life, r.model, r.source,
           coalesce(asked_at > now() - interval '10 minutes', false) as connected,
           coalesce((select n.fetched_at not between now() - interval '120 minutes' and now() + interval '1 minute' from reporting.runs n where n.run = shown.newest), true) as stale
    from shown left join reporting.runs r on r.run = shown.run
  ), chambers as (
    select count(*) filter (where condition = 'failed') as failed, count(*) filter (where condition = 'absent') as absent,
           count(*) filter (where condition = 'dead') as dead, count(*) filter (where condition = 'bad') as bad,
           count(*) filter (where condition = 'good') as good, count(kept_since) filter (where condition in ('dead', 'bad', 'good')) as kept,
           count(*) filter (where standing = 'unconfirmed') as unconfirmed
    from reporting.chamber_states where run = (select run from shown)
  ), incidents as (
    select count(*) filter (where standing = 'new') as "new", count(*) filter (where standing = 'acknowledged') as acknowledged,
           count(*) filter (where standing = 'shelved') as shelved,
           count(*) filter (where not exists (select from reporting.incident_sightings g
                                              where g.incident = i.incident and g.run = (select run from shown))) as not_in_run
    from reporting.incidents i
    -- The newest run may be one of which nothing can be said; that coverage fell is known from runs after it.
    where standing <> 'healed' and (first_run <= (select run from shown) or (kind = 'coverage' and (select run = newest from shown)))
  ), counted as (
    select f.*, c.*, i.*, c.dead + c.bad + c.good as judged, f.expected - c.failed - c.absent - c.dead - c.bad - c.good as unknown
    from fresh f cross join chambers c cross join incidents i
  ), doubted as (
    select c.*, array_remove(array[
      case when c.run is null then 'no run has been judged yet' end,
      case when old then 'what is shown comes from a replica that has had nothing new for ' || age end,
      case when old is not true and not connected then coalesce('the source of the runs has not answered for ' || reporting.age_in_words(now() - asked_at),
                                            'the source of the runs has not answered within a day') end,
      case when old is not true and stale and newest is not null then (select case when n.fetched_at > now() then format('run %s was stored at a time that comes in %s: the clock was put back', n.run, reporting.age_in_words(n.fetched_at - now()))
                else 'no new run for ' || reporting.age_in_words(now() - n.fetched_at) end from reporting.runs n where n.run = newest) end,
      (select format('run %s is in progress, and nobody has looked at it for %s', o.run, reporting.age_in_words(now() - o.looked_at))
       from reporting.overdue_looks o where old is not true order by o.run desc limit 1),
      (select format('the last look at run %s failed: %s', r.run, left(r.life_reason, 200)) from reporting.runs r where r.run = c.run and r.life = 'error'),
      (select format('run %s is numbered far above run %s, which came after it: delete it if it is no run of the detector', newest, max(later.run))
       from reporting.runs stray join reporting.runs later on later.run < stray.run - 100000 and later.created_at > stray.created_at and later.hits > 0
       -- Runs of long ago come last at a first start, and by hand; then there are others near the newest.
       where stray.run = newest and (select count(*) from (select from reporting.runs near where near.run between newest - 100000 and newest and near.hits > 0 limit 4) as few) <= 3
       having count(*) > 0),
      case when c.run < newest then format('an earlier run is shown, the newest is %s', newest) end,
      (select format('run %s is newer, and nothing can be said of it: %s', r.run, coalesce(r.error, r.life_reason, 'too few hits'))
       from reporting.runs r
       -- A run has half an hour to get hits. One that there is not, or that is numbered absurdly far ahead, says nothing.
       where r.run > newest and r.run <= newest + 100000 and r.created_at < now() - interval '30 minutes'
         and r.life_reason is distinct from 'the source lists no such run and has none of its chambers'
       order by r.run desc limit 1),
      case when c.run is not null and judged < expected then format('%s of %s chambers %s not judged', expected - judged, expected, case when expected - judged = 1 then 'is' else 'are' end) end,
      case when kept > 0 then format('of %s the source shows less than before', case when kept = 1 then '1 chamber' else kept || ' chambers' end) end,
      (select o.reason from reporting.coverage_incidents o where o.run = c.run and o.closed_at is null limit 1),
      case when c.run is not null and source is distinct from 'real' then
        case source when 'simulated' then 'the detector is simulated' when 'replayed' then 'recorded chambers are played back'
                    else 'it is not known where the hits come from' end end
    ], null) as doubts
    from counted c
  ), told as (
    select d.*, "new" = 0 and unconfirmed = 0 and cardinality(d.doubts) = 0 as quiet,
           array_to_string(array_remove(array[
             case when bad > 0 then bad || ' bad' end, case when dead > 0 then dead || ' dead' end, case when "new" > 0 then "new" || ' new' end,
             case when unconfirmed > 0 then unconfirmed || ' unconfirmed' end,
             case when acknowledged > 0 then acknowledged || ' acknowledged' end, case when shelved > 0 then shelved || ' shelved' end
           ], null), ', ') as faults
    from doubted d
  )
  select case when t.run is null then 'no run has been judged yet' || case when old then '; REPLICA ' || age || ' OLD' when connected then '' else '; NOT CONNECTED' end
         else array_to_string(array_remove(array[
           case when quiet then 'all quiet' || case when faults = '' then '' else ' but for ' || faults end
                when faults = '' then case when judged > 0 then 'nothing bad seen' else 'nothing known' end else faults end,
           format('%s of %s judged', judged, expected),
           format('run %s, %s ago', t.run, reporting.age_in_words(now() - fetched_at)),
           case when old then 'REPLICA ' || age || ' OLD' when not connected then 'NOT CONNECTED' end, case when stale and old is not true then 'STALE' end,
           case source when 'real' then null when 'simulated' then 'SIMULATED' when 'replayed' then 'REPLAYED' else 'SOURCE NOT KNOWN' end
         ], null), '; ') end,
         quiet, doubts, t.run, fetched_at, life, model, source, connected, stale, expected, judged::integer, failed::integer, absent::integer,
         dead::integer, bad::integer, unknown::integer, good::integer, kept::integer, "new"::integer, acknowledged::integer,
         shelved::integer, unconfirmed::integer, not_in_run::integer,
         case when "new" + unconfirmed > 0 then 'loud' when quiet then 'quiet' else 'doubt' end
  from told t
$function$

CREATE OR REPLACE FUNCTION reporting.fault_in_words(kind text, station integer, layers integer[], first_wire integer, last_wire integer)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE
AS $function$
  select concat_ws(', ', case kind when 'unnamed' then 'bad layer' when 'coverage' then 'fewer chambers judged than before' else replace(replace(kind, '-', ' '), 'front end', 'front-end') end,
                   case when cardinality(layers) = 0 then null when cardinality(layers) = case station when 4 then 8 else 12 end then 'all layers'
                        else format('layer%s %s', case when cardinality(layers) > 1 then 's' end, ranges) end,
                   case when first_wire = last_wire then format('wire %s', first_wire)
                        when first_wire is not null then format('wires %s-%s', first_wire, last_wire) end)
  from (
    select string_agg(case when first = last then first::text else format('%s-%s', first, last) end, ', ' order by first) as ranges
    from (
      select min(layer) as first, max(layer) as last
      from (select layer, layer - row_number() over (order by layer) as island from unnest(layers) as layer) as each
      group by island
    ) as islands
  ) as said
$function$

CREATE OR REPLACE FUNCTION reporting.finished_jobs(since timestamp with time zone)
 RETURNS TABLE(kind text, run integer, state text, created_at timestamp with time zone, started_at timestamp with time zone, finished_at timestamp with time zone, retries integer)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'pg_catalog'
AS $function$
  select kind, run, state, created_at, started_at, finished_at, retries from public.finished_job where finished_at >= since
$function$

CREATE OR REPLACE FUNCTION reporting.job_counts()
 RETURNS TABLE(kind text, state text, jobs bigint, oldest timestamp with time zone)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'pg_catalog'
AS $function$
  select j.kind,
         case when r.lease_until > now() and (j.kind = 'reevaluate') = (r.status = 'REEVALUATING') then 'active'
              when j.tries > 0 then 'retry'
              else 'created' end as state,
         count(*), min(j.requested_at)
  from public.job j left join public.run r using (run)
  group by 1, 2
  union all
  select kind, state, count(*), min(created_at) from public.finished_job
  where finished_at > now() - interval '1 hour' group by 1, 2
$function$

CREATE OR REPLACE FUNCTION reporting.last_discovery()
 RETURNS timestamp with time zone
 LANGUAGE sql
 STABLE
AS $function$
  select max(finished_at) from reporting.finished_jobs(now() - interval '1 day')
  where kind = 'discover' and state = 'completed' and finished_at <= now()
$function$

CREATE OR REPLACE FUNCTION reporting.replica_age()
 RETURNS interval
 LANGUAGE sql
 STABLE
AS $function$
  select case
    when not pg_is_in_recovery() then null
    -- Without a commit for hours a replica that follows is not old. A stream that is cut is noticed after wal_receiver_timeout (60 s).
    when exists (select from pg_stat_wal_receiver) and pg_last_wal_replay_lsn() >= pg_last_wal_receive_lsn() then interval '0'
    else greatest(interval '0', now() - coalesce(pg_last_xact_replay_timestamp(), pg_postmaster_start_time()))
  end
$function$

CREATE OR REPLACE FUNCTION reporting.run_or_newest(wanted integer)
 RETURNS integer
 LANGUAGE sql
 STABLE
AS $function$
  select case when wanted > 0 then wanted else (select run from reporting.newest_run) end
$function$

CREATE OR REPLACE FUNCTION reporting.score_drift(newest integer, wanted integer)
 RETURNS TABLE(run integer, at timestamp with time zone, model text, reference_runs integer, psi real)
 LANGUAGE sql
 STABLE
AS $function$
  with chosen as (
    select r.run, r.at, r.model from reporting.judged_runs r
    where r.model is not null and r.run <= newest
    order by r.run desc limit wanted + 20
  ), filled as (
    select c.run, c.at, c.model, n.bin, coalesce(b.layers, 0) as layers
    from chosen c
    cross join generate_series(0, 19) as n(bin)
    left join reporting.score_bins b on b.run = c.run and b.bin = n.bin
  ), compared as (
    select f.run, f.at, f.model, layers + 0.5::real as now, coalesce(sum(layers) over earlier, 0) + 0.5::real as before, count(*) over earlier as reference_runs
    from filled f
    window earlier as (partition by f.model, bin order by f.run rows between 20 preceding and 1 preceding)
  ), shares as (
    select c.run, c.at, c.model, c.reference_runs, now / sum(now) over same_run as p, before / sum(before) over same_run as q
    from compared c
    where c.reference_runs >= 5
    window same_run as (partition by c.run)
  )
  select s.run, s.at, s.model, s.reference_runs::integer, sum((p - q) * ln(p / q))::real
  from shares s
  group by s.run, s.at, s.model, s.reference_runs
  order by s.run desc limit wanted
$function$

CREATE OR REPLACE FUNCTION public.slices_with_changes(first_run integer, last_run integer)
 RETURNS SETOF chamber_slice
 LANGUAGE sql
 STABLE
AS $function$
  with told as (
    select c.run, c.wheel, c.station, c.sector, c.from_at, c.to_at from run_change c
    where c.run between first_run and last_run
    union all
    select l.run, l.wheel, l.station, l.sector, l.span_from, l.span_to from current_span_label l
    where l.run between first_run and last_run
  ), numbered as (
    select s.run, s.wheel, s.station, s.sector, s.look, f.asked_at as begins, t.asked_at as ends,
           row_number() over (partition by s.run, s.wheel, s.station, s.sector order by s.look) as place
    from chamber_slice s
    join run_look t on t.run = s.run and t.look = s.look
    left join run_look f on f.run = s.run and f.look = s.from_look
    where s.run between first_run and last_run
      and exists (select from told c where (c.run, c.wheel, c.station, c.sector) = (s.run, s.wheel, s.station, s.sector))
  ), during as (
    select n.run, n.wheel, n.station, n.sector, min(place) - 1 as first, max(place) + 1 as last
    from numbered n
    join told c on (c.run, c.wheel, c.station, c.sector) = (n.run, n.wheel, n.station, n.sector)
      and coalesce(n.begins <= c.to_at, true) and coalesce(n.ends >= c.from_at, true)
    group by c.from_at, c.to_at, n.run, n.wheel, n.station, n.sector
  )
  select s.* from chamber_slice s
  where (s.run, s.wheel, s.station, s.sector, s.look) in (
    select n.run, n.wheel, n.station, n.sector, n.look
    from numbered n
    join during d on (d.run, d.wheel, d.station, d.sector) = (n.run, n.wheel, n.station, n.sector) and n.place between d.first and d.last)
$function$

CREATE OR REPLACE FUNCTION public.standing_of(state text)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE
AS $function$
  select case when state in ('new', 'open', 'grown', 'shrunk') then 'new' when state = 'known-bad' then 'acknowledged' else state end
$function$

CREATE OR REPLACE FUNCTION public.summarise_label()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  -- An import has its chambers summarised together at its end.
  if current_setting('dtdqm.summarise_labels', true) = 'together' then return null; end if;
  perform lock_label_summary(new.run, false);
  -- Of several events of a chamber in one transaction, an import or a back-up that comes back, the first has seen them all.
  if exists (select from label_summary s where (s.run, s.wheel, s.station, s.sector) = (new.run, new.wheel, new.station, new.sector) and s.version >= new.version) then
    return null;
  end if;
  delete from label_summary s where (s.run, s.wheel, s.station, s.sector) = (new.run, new.wheel, new.station, new.sector);
  insert into label_summary
  select * from label_summary_now n where (n.run, n.wheel, n.station, n.sector) = (new.run, new.wheel, new.station, new.sector);
  return null;
end $function$

CREATE OR REPLACE FUNCTION public.summarise_labels_of_run()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
declare
  wanted integer := coalesce(new.run, old.run);
begin
  if not exists (select from label_event e where e.run = wanted) then return null; end if;
  perform lock_label_summary(wanted, true);
  delete from label_summary where run = wanted;
  insert into label_summary select * from label_summary_now n where n.run = wanted;
  return null;
end $function$

CREATE OR REPLACE FUNCTION public.summarise_run(wanted integer)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
begin
  delete from run_bad_layer where run = wanted;
  delete from run_fault_kind where run = wanted;
  delete from run_score_bin where run = wanted;
  delete from run_summary where run = wanted;

  insert into run_bad_layer
  select s.run, s.wheel, s.station, s.sector, l.layer, l.score,
         (select f ->> 'kind' from jsonb_array_elements(s.faults) as f
          where f -> 'layers' @> to_jsonb(l.layer) order by (f ->> 'confidence')::real desc limit 1)
  from run r
  join chamber_score s on s.run = r.run and s.model = r.model
  cross join lateral unnest(s.scores, s.verdicts) with ordinality as l(score, verdict, layer)
  where r.run = wanted and l.verdict = 'bad';

  insert into run_fault_kind
  select s.run, f ->> 'kind', count(distinct (s.wheel, s.station, s.sector)), count(*)
  from run r
  join chamber_score s on s.run = r.run and s.model = r.model
  cross join lateral jsonb_array_elements(s.faults) as f
  where r.run = wanted and f ->> 'kind' is not null
  group by 1, 2;

  insert into run_score_bin
  select s.run, least(19, floor(score * 20)), count(*)
  from run r
  join chamber_score s on s.run = r.run and s.model = r.model
  cross join lateral unnest(s.scores) as score
  where r.run = wanted and score >= 0
  group by 1, 2;

  insert into run_summary (run, scored_layers, unknown_layers, bad_chambers, judged_chambers)
  select s.run, sum((select count(*) from unnest(s.scores) as score where score >= 0)),
         sum(cardinality(array_positions(s.verdicts, 'unknown'))),
         count(*) filter (where 'bad' = any(s.verdicts)),
         count(*) filter (where chamber_condition('present', s.verdicts, s.faults) <> 'unknown')
  from run r
  join chamber_score s on s.run = r.run and s.model = r.model
  where r.run = wanted
  group by 1;
end $function$

CREATE OR REPLACE FUNCTION public.summarise_stored_run()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  perform summarise_run(new.run) from run where run = new.run;
  return null;
end $function$

CREATE CONSTRAINT TRIGGER summarise_label AFTER INSERT ON public.label_event DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ((new.span_to IS NULL)) EXECUTE FUNCTION summarise_label()

CREATE CONSTRAINT TRIGGER summarise_labels_of_run AFTER INSERT OR DELETE OR UPDATE OF model, bad_layers ON public.run DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION summarise_labels_of_run()

CREATE CONSTRAINT TRIGGER summarise_stored_run AFTER INSERT OR UPDATE OF model, bad_layers ON public.run DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ((new.model IS NOT NULL)) EXECUTE FUNCTION summarise_stored_run()

CREATE TRIGGER announce_run AFTER INSERT OR DELETE OR UPDATE OF status ON public.run FOR EACH ROW EXECUTE FUNCTION announce_run()

CREATE TRIGGER forget_slices AFTER DELETE ON public.run FOR EACH ROW EXECUTE FUNCTION forget_slices()

CREATE TRIGGER incident_act_is_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.incident_act FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()

CREATE TRIGGER label_event_is_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.label_event FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()

CREATE TRIGGER model_act_is_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.model_act FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
