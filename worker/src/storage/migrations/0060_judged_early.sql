-- How many runs before it a run was judged by, as far as more of them are wanted (storage/past.ts): with fewer it is judged again when they
-- come. Null where it is not known, of runs that were judged before this was noted: those stay as they are.
alter table run add column past_runs smallint check (past_runs >= 0);

create index run_judged_early_idx on run (run) where past_runs < 4;

-- How the attribution was made: a model may be explained otherwise by a newer version. Null where the model's card tells it.
alter table chamber_score add column saliency_method text;
