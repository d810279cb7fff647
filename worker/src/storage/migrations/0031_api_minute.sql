-- How fast the API answers, one row per minute and route, so that Grafana can show it without another data source.
create table api_minute (
  minute timestamptz not null,
  process text not null,
  route text not null,
  requests integer not null check (requests > 0),
  failures integer not null default 0 check (failures between 0 and requests),
  mean_ms real not null check (mean_ms >= 0),
  p95_ms real not null check (p95_ms >= 0),
  greatest_ms real not null check (greatest_ms >= 0),
  primary key (minute, process, route)
);
comment on column api_minute.route is 'Method and pattern, such as GET /api/runs/:run; never the address itself.';
comment on column api_minute.failures is 'Answers of 500 and above.';
