-- Findings of several superlayers may be one incident since this version. The ledger is a function of what the runs said, and that is
-- kept: the oldest run, told to have another model, is read again, and with it all of the ledger is made anew with its numbers.

update incident_run set model = 'ledger made anew' where run = (select min(run) from incident_run);
