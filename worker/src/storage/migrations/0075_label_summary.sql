-- What dashboards ask of all labels: a row a labelled chamber, kept when a label or a score comes, instead of twelve layers of every label at each look.

create table label_summary (
  run integer not null,
  wheel smallint not null,
  station smallint not null,
  sector smallint not null,
  version integer not null,
  at timestamptz not null,
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
  primary key (run, wheel, station, sector)
);
comment on table label_summary is 'Chambers with a label of the whole run in force, beside the scores of the model in use for the run; no labels of spans.';
comment on column label_summary.version is 'Of the newest event of the chamber that it knows.';
comment on column label_summary.labelled_good is 'Bit n - 1 is layer n; not-sure is neither good nor bad.';
comment on column label_summary.passes is 'Layers that people and model call good; false_alarms: the model alone calls bad; hits: both call bad; misses: people alone do.';
comment on column label_summary.worst_error is 'Greatest distance of a score from the label that differs from the verdict; null when none does.';
comment on column label_summary.low_layers is 'Labelled layers that score below 0.1, nearly all; low_bad of them people call bad, low_sum is the sum of their scores. The others stand in scores, and whether people call them bad in bad.';
comment on column label_summary.judged_twice is 'Layers that several experts called good or bad; agreed: all the same. disagreement, said_good, said_bad: their parts of Krippendorff''s alpha.';
create index label_summary_error_idx on label_summary (worst_error desc) where worst_error is not null;

-- What the table holds, worked out anew; by run and chamber it asks for their events alone.
create view label_summary_now as
select l.run, l.wheel, l.station, l.sector,
       (select max(e.version) from label_event e where (e.run, e.wheel, e.station, e.sector) = (l.run, l.wheel, l.station, l.sector)) as version,
       l.at, m.*, o.*
from current_label l
left join run r on r.run = l.run
left join chamber_score s on (s.run, s.wheel, s.station, s.sector, s.model) = (l.run, l.wheel, l.station, l.sector, r.model)
cross join lateral (
  select coalesce(bit_or(1 << layer) filter (where label = 'good'), 0)::smallint as labelled_good,
         coalesce(bit_or(1 << layer) filter (where label = 'bad'), 0)::smallint as labelled_bad,
         (count(*) filter (where label = 'good' and verdict = 'good'))::smallint as passes,
         (count(*) filter (where label = 'good' and verdict = 'bad'))::smallint as false_alarms,
         (count(*) filter (where label = 'bad' and verdict = 'bad'))::smallint as hits,
         (count(*) filter (where label = 'bad' and verdict = 'good'))::smallint as misses,
         max(abs(score - (label = 'bad')::integer)) filter (where label <> verdict and verdict in ('good', 'bad')) as worst_error,
         (count(*) filter (where score < 0.1))::smallint as low_layers,
         (count(*) filter (where score < 0.1 and label = 'bad'))::smallint as low_bad,
         coalesce(sum(score) filter (where score < 0.1), 0)::real as low_sum,
         array_agg(score order by layer) filter (where score >= 0.1) as scores,
         array_agg(label = 'bad' order by layer) filter (where score >= 0.1) as bad
  from (
    select n::integer - 1 as layer, v.label::text, case when s.scores[n] >= 0 then s.scores[n] end as score, s.verdicts[n]::text as verdict
    from unnest(l.verdicts) with ordinality as v(label, n)
    where v.label in ('good', 'bad')
  ) as layers
) as m
cross join lateral (
  select count(*)::smallint as judged_twice, (count(*) filter (where good = 0 or bad = 0))::smallint as agreed,
         coalesce(sum(2.0 * good * bad / (good + bad - 1)), 0)::double precision as disagreement,
         coalesce(sum(good), 0)::smallint as said_good, coalesce(sum(bad), 0)::smallint as said_bad
  from (
    select count(*) filter (where v.label = 'good') as good, count(*) filter (where v.label = 'bad') as bad
    from opinion p
    cross join lateral unnest(p.verdicts) with ordinality as v(label, n)
    where (p.run, p.wheel, p.station, p.sector) = (l.run, l.wheel, l.station, l.sector) and v.label in ('good', 'bad')
    group by v.n
    having count(*) >= 2
  ) as twice
) as o;

-- Both triggers work when their transaction ends and hold this lock to its end: who labels sees the scores that were stored before, or the other way round.
create function lock_label_summary(run integer, alone boolean) returns void language sql as $$
  select case when alone then pg_advisory_xact_lock(727310, run) else pg_advisory_xact_lock_shared(727310, run) end
$$;

create function summarise_label() returns trigger language plpgsql as $$
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
end $$;
create constraint trigger summarise_label after insert on label_event
deferrable initially deferred for each row when (new.span_to is null) execute function summarise_label();

create function summarise_labels_of_run() returns trigger language plpgsql as $$
declare
  wanted integer := coalesce(new.run, old.run);
begin
  if not exists (select from label_event e where e.run = wanted) then return null; end if;
  perform lock_label_summary(wanted, true);
  delete from label_summary where run = wanted;
  insert into label_summary select * from label_summary_now n where n.run = wanted;
  return null;
end $$;
create constraint trigger summarise_labels_of_run after insert or delete or update of model, bad_layers on run
deferrable initially deferred for each row execute function summarise_labels_of_run();

insert into label_summary select * from label_summary_now;

create view reporting.labelled_chambers as
select run, wheel, station, sector, at, passes, false_alarms, hits, misses, worst_error from label_summary;
comment on view reporting.labelled_chambers is 'Chambers with a label in force, and on how many layers people and model agree: passes and hits both call good or bad.';

create or replace view reporting.agreement as
with summed as (
  select sum(judged_twice) as layers, sum(agreed) as agreed, sum(disagreement) as disagreement, sum(said_bad)::double precision as bad, sum(said_good)::double precision as good
  from label_summary where judged_twice > 0
)
select coalesce(layers, 0)::bigint as layers, agreed::real / nullif(layers, 0) as share_agreed,
       (1 - (bad + good - 1) * disagreement / nullif(2 * bad * good, 0))::real as alpha
from summed;

create or replace view reporting.calibration as
with binned as (
  select 0 as bin, low_layers as layers, low_bad as bad, low_sum as score from label_summary where low_layers > 0
  union all
  select least(9, floor(h.score * 10))::integer, 1, h.bad::integer, h.score
  from label_summary cross join lateral unnest(scores, bad) as h(score, bad) where scores is not null
)
select bin, sum(layers)::integer as labelled, (sum(score) / sum(layers))::real as mean_score, (sum(bad)::real / sum(layers))::real as share_bad
from binned group by bin;

create or replace view reporting.contamination as
with alike as (
  select station, labelled_good, labelled_bad, count(*) as chambers from label_summary group by station, labelled_good, labelled_bad
)
select station, n::smallint as layer, sum(chambers)::bigint as labelled, coalesce(sum(chambers) filter (where labelled_bad & (1 << (n - 1)) <> 0), 0)::bigint as bad,
       (coalesce(sum(chambers) filter (where labelled_bad & (1 << (n - 1)) <> 0), 0) / sum(chambers))::real as share
from alike cross join generate_series(1, 12) as n
where (labelled_good | labelled_bad) & (1 << (n - 1)) <> 0
group by station, n;

-- Days of UTC, whoever asks: date_trunc takes those of the session, which no index can hold. It holds all that the view reads, in its order.
create index label_event_day_idx on label_event (date_bin('1 day', at, timestamptz '2000-01-01 00:00+00'), expert, seconds) include (kind, at, span_to) where span_to is null;

create or replace view reporting.labelling_progress as
select date_bin('1 day', at, timestamptz '2000-01-01 00:00+00') as day, expert, count(*) filter (where kind = 'label') as labels,
       count(*) filter (where kind = 'skip') as skips, count(*) filter (where kind = 'undo') as undos,
       percentile_cont(0.5) within group (order by seconds::double precision) as median_seconds
from label_event where span_to is null
group by date_bin('1 day', at, timestamptz '2000-01-01 00:00+00'), expert;
