-- What grows fastest and ages fastest are the reasons for scores: three quarters of a run's bytes.

create function drop_saliency(older_than interval, batch integer default 20) returns integer language plpgsql as $$
declare
  old integer[];
begin
  select array_agg(run) into old from (
    select distinct s.run from chamber_score s join run r using (run)
    where r.fetched_at < now() - older_than and s.saliency_scale > 0
    order by s.run limit batch
  ) as oldest;
  -- Zeros of the same length take a few bytes and mean the same to every reader: no attribution anywhere.
  update chamber_score set saliency_scale = 0, saliency = array_fill(0::smallint, array[cardinality(saliency)])
  where run = any(old) and saliency_scale > 0;
  return coalesce(cardinality(old), 0);
end $$;
comment on function drop_saliency is 'Forgets why old runs were scored as they were; matrices, scores, verdicts, faults and labels stay for ever. Takes a batch of runs and returns how many: repeat until 0.';
