-- Finding all of one person, for whoever asks for their data or wants it erased, without reading everybody's.
DROP INDEX requests_of_person;
CREATE INDEX requests_of_person ON requests (person, tenant, created_at);
CREATE INDEX turns_of_request ON turns (request_id);
