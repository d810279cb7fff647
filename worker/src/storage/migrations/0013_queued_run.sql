-- Which scores of a run the queue's order was worked out from: tells what to do after a worker died between the two.
create table queued_run (
  run integer primary key references run on delete cascade,
  model text not null,
  fetched_at timestamptz,
  queued_at timestamptz not null default now()
);
