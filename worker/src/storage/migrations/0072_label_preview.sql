-- What labels would do, worked out after each handful of them and replaced as a whole: it changes no score and no verdict.

create table label_preview (
  only_row boolean primary key default true check (only_row),
  preview jsonb,
  problem text,
  tried_at timestamptz not null default now(),
  check (num_nonnulls(preview, problem) > 0)
);
comment on table label_preview is 'The last preview of what labels would do, and why the last attempt failed, if it did; one row at most.';
