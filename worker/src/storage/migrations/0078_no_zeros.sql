-- Saliency was stored as zeros where nothing is explained, half of what scores take on disk, and is '{}' since. The worker empties what was stored before.
-- This index holds what is left of that, in a database made today nothing, so that to look for it costs nothing.
create index chamber_score_zeros_idx on chamber_score (run) where saliency_scale = 0 and saliency <> '{}';

create function empty_zeros(batch integer default 1000) returns integer language plpgsql as $$
declare
  emptied integer;
begin
  -- What somebody stores anew at the moment needs no emptying.
  update chamber_score s set saliency = '{}'
  from (select ctid as place from chamber_score where saliency_scale = 0 and saliency <> '{}' order by run limit batch for update skip locked) as zeros
  where s.ctid = zeros.place;
  get diagnostics emptied = row_count;
  return emptied;
end $$;
comment on function empty_zeros is 'Empties saliency that is nothing but zeros, of so many chambers, and returns of how many. Repeat until 0.';
comment on column chamber_score.saliency is 'As chamber.hits: attribution = value * saliency_scale / 32767; 0 where there is no wire. Empty where there is no attribution anywhere: nothing was to be explained, or it was forgotten.';
