-- A candidate that people refuse is not offered again until they ask for it; and a choice that is sent twice is made once.

alter table model_act drop constraint model_act_act_check;
alter table model_act add constraint model_act_act_check
  check (act in ('trained', 'promoted', 'rolled-back', 'refused', 'pinned', 'unpinned'));
alter table model_act add column idempotency_key text, add column request_hash text, add unique (actor, idempotency_key);
