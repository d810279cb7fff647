-- What trends over hundreds of runs read: a few rows a run instead of 250 arrays. Worked out when a run is stored.

create table run_bad_layer (
  run integer not null references run on delete cascade,
  wheel smallint not null,
  station smallint not null,
  sector smallint not null,
  layer smallint not null check (layer between 1 and 12),
  score real not null,
  kind text,
  primary key (run, wheel, station, sector, layer)
);
comment on table run_bad_layer is 'Bad layers by the model whose scores are current. kind is that of the surest fault; null when no fault was named.';
create index run_bad_layer_place_idx on run_bad_layer (wheel, station, sector, layer, run desc);

create table run_fault_kind (
  run integer not null references run on delete cascade,
  kind text not null,
  chambers integer not null,
  faults integer not null,
  primary key (run, kind)
);

create table run_score_bin (
  run integer not null references run on delete cascade,
  bin smallint not null check (bin between 0 and 19),
  layers integer not null,
  primary key (run, bin)
);
comment on column run_score_bin.bin is 'Scores from bin / 20 on, below (bin + 1) / 20; the last bin holds 1 too.';

create table run_summary (
  run integer primary key references run on delete cascade,
  scored_layers integer not null,
  unknown_layers integer not null,
  bad_chambers integer not null
);

create function summarise_run(wanted integer) returns void language plpgsql as $$
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

  insert into run_summary
  select s.run, sum((select count(*) from unnest(s.scores) as score where score >= 0)),
         sum(cardinality(array_positions(s.verdicts, 'unknown'))),
         count(*) filter (where 'bad' = any(s.verdicts))
  from run r
  join chamber_score s on s.run = r.run and s.model = r.model
  where r.run = wanted
  group by 1;
end $$;

create function summarise_stored_run() returns trigger language plpgsql as $$
begin
  perform summarise_run(new.run) from run where run = new.run;
  return null;
end $$;

-- At the end of the transaction: the run's row is written before its scores.
create constraint trigger summarise_stored_run after insert or update of model, bad_layers on run
deferrable initially deferred for each row when (new.model is not null)
execute function summarise_stored_run();

select summarise_run(run) from run where model is not null;
