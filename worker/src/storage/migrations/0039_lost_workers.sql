-- A run that ends whoever scores it must not end one worker after the other for ever.

alter table run add column lost_workers integer not null default 0 check (lost_workers >= 0);
comment on column run.lost_workers is
  'Workers in a row that took the run in hand and were not heard of again; the one that has it in hand counts until it is done.';
