-- Since layers are also asked about in which a fault is named that is not called bad, these two said what is not so.

comment on column queue.focus is 'Layer 1..12 that is asked about: the one that looks worst, or one with a named fault that is not called bad; features are its.';
comment on column queue.score is 'Greatest P(bad) of the chamber''s layers.';
