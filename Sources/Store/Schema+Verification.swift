extension Schema {
  /// Whether events are about those who were written to, and in which campaign.
  ///
  /// `verification` is NULL where events are not verified, or where nothing depends on it; else `verified` (by a token),
  /// `verified:sender` (the person wrote themselves), or `unverified:` and why: `missing`, `forged`, `expired`, `other`
  /// (the token is of somebody whom the report does not name, or who is not on the roster by that address).
  static let verification = """
    ALTER TABLE events ADD COLUMN verification TEXT;
    ALTER TABLE events ADD COLUMN campaign INTEGER;            -- campaigns.id, of a token
    ALTER TABLE duplicate_events ADD COLUMN verification TEXT;
    ALTER TABLE duplicate_events ADD COLUMN campaign INTEGER;

    -- The campaigns that were composed here: `compose` writes them.
    CREATE TABLE campaigns (
      id INTEGER PRIMARY KEY,         -- a hash of the name, as tokens have it
      name TEXT NOT NULL UNIQUE,
      list TEXT,
      date INTEGER NOT NULL           -- of its messages
    ) STRICT;

    DROP VIEW v_events;
    CREATE VIEW v_events AS
      SELECT e.key, datetime(e.time, 'unixepoch') AS at, e.recipient, e.category, e.reason, e.hard, e.status, e.reply,
        e.diagnostic, e.rule, e.field, e.found_in, e.alias, e.new_address, s.state, m.subject,
        lower(hex(m.id)) AS message, e.verification, c.name AS campaign
      FROM events e JOIN messages m ON m.key = e.key >> 20 LEFT JOIN subscribers s ON s.id = e.subscriber
        LEFT JOIN campaigns c ON c.id = e.campaign;

    CREATE VIEW v_campaigns AS
      SELECT c.name, c.list, datetime(c.date, 'unixepoch') AS date, e.category, e.reason, count(e.key) AS events
      FROM campaigns c LEFT JOIN events e ON e.campaign = c.id GROUP BY c.name, e.category, e.reason;
    """
}
