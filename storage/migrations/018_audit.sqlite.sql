-- Who changed or decided what. Times are UTC microseconds, amounts in values are micro-dollars as text.
CREATE TABLE audit_log (
    number /* serial */ BIGINT NOT NULL PRIMARY KEY,
    at BIGINT NOT NULL,
    tenant TEXT NOT NULL,
    act TEXT NOT NULL,
    person TEXT NOT NULL,
    surface TEXT NOT NULL,
    channel TEXT NOT NULL,
    what TEXT NOT NULL,
    subject TEXT NOT NULL,
    old_value TEXT NOT NULL,
    new_value TEXT NOT NULL
);
CREATE INDEX audit_log_of_tenant ON audit_log (tenant, number);
CREATE TRIGGER audit_log_is_not_changed BEFORE UPDATE ON audit_log
BEGIN
    SELECT RAISE(ABORT, 'the audit log is append-only');
END;
CREATE TRIGGER audit_log_is_not_deleted BEFORE DELETE ON audit_log
BEGIN
    SELECT RAISE(ABORT, 'the audit log is append-only');
END;
