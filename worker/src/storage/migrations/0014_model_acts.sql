-- Which model is in use, and how it came to be: trained candidates with their files and reports, and what people did with them.

create table model_file (
  model text not null references model,
  path text not null check (path ~ '^[A-Za-z0-9._-]+$'),
  content bytea not null,
  primary key (model, path)
);
comment on table model_file is 'Folders of trained candidates, so that every worker on every machine can load them. Tens of kilobytes each.';

create table model_act (
  id bigint generated always as identity primary key,
  at timestamptz not null default now(),
  actor text not null,
  act text not null check (act in ('trained', 'promoted', 'rolled-back', 'pinned', 'unpinned')),
  model text not null references model,
  reason text not null default '',
  report jsonb
);
comment on table model_act is 'Append-only. The last promotion or roll-back names the model in use; the last pin or unpin says whether a schedule may change it.';

create trigger model_act_is_append_only before update or delete or truncate on model_act
for each statement execute function refuse_change();

create view reporting.model_acts as
select id, at, actor, act, model, reason, report -> 'decision' ->> 'promote' = 'true' as gate_passed from model_act;
