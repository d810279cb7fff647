-- How far experts agree with each other and with the model, for Grafana.

-- Layers that at least two experts judged; alpha is Krippendorff's for nominal data, 1 is full agreement, 0 is chance.
create view reporting.agreement as
with judged as (
  select count(*) filter (where label = 'bad')::real as bad, count(*) filter (where label = 'good')::real as good
  from reporting.opinions where label <> 'not-sure'
  group by run, wheel, station, sector, layer
  having count(*) >= 2
), summed as (
  select count(*) as layers, count(*) filter (where bad = 0 or good = 0) as agreed,
         sum(2 * bad * good / (bad + good - 1)) as disagreement, sum(bad) as bad, sum(good) as good
  from judged
)
select layers, agreed::real / nullif(layers, 0) as share_agreed,
       (1 - (bad + good - 1) * disagreement / nullif(2 * bad * good, 0))::real as alpha
from summed;

-- Each label that calls a layer good or bad, beside what the current model says.
create view reporting.model_agreement as
select at, run, wheel, station, sector, layer, expert, label, verdict, score, model, label = verdict as agrees
from reporting.layer_labels
where label in ('good', 'bad') and verdict in ('good', 'bad');

-- Of layers with scores in one tenth, how many people call bad: on the diagonal the scores are probabilities.
create view reporting.calibration as
select least(9, floor(score * 10))::integer as bin, count(*)::integer as labelled, avg(score)::real as mean_score,
       avg((label = 'bad')::integer)::real as share_bad
from reporting.layer_labels
where label in ('good', 'bad') and score >= 0
group by 1;
