extension Schema {
  /// A ledger in which an event of a message can have a line of its own, and in which a failure has an end.
  static let deliveries = """
    CREATE TABLE ledger_of_deliveries (
      message BLOB NOT NULL,          -- the message's id
      disposition TEXT NOT NULL,
      event TEXT NOT NULL,            -- `recipient category/reason` where the disposition gets events, else empty
      state TEXT NOT NULL,            -- delivered; outdated (delivered, now judged otherwise); failed (tried again);
                                      -- waiting (not tried yet); copied (still in its source); given_up
      place TEXT,                     -- what it is called where it arrived
      cause TEXT NOT NULL,            -- category/reason
      rule TEXT NOT NULL,
      recipient TEXT,
      note TEXT,                      -- why it failed
      attempts INTEGER NOT NULL,      -- runs that have tried in vain
      failed_since INTEGER,           -- when it first failed
      PRIMARY KEY (message, disposition, event)
    ) STRICT, WITHOUT ROWID;
    INSERT INTO ledger_of_deliveries
      SELECT message, disposition, '', state, place, cause, rule, recipient, note, 0, NULL FROM ledger;
    DROP VIEW v_deliveries;
    DROP TABLE ledger;
    ALTER TABLE ledger_of_deliveries RENAME TO ledger;
    CREATE INDEX failed_deliveries ON ledger(state) WHERE state IN ('failed', 'waiting', 'copied');

    CREATE VIEW v_deliveries AS
      SELECT disposition, state, place, cause, rule, recipient, note, attempts,
        datetime(failed_since, 'unixepoch') AS failed_since, event, lower(hex(message)) AS message FROM ledger;
    """
}
