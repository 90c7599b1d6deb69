extension Schema {
  /// The people that mail is sent to, what hands decided about them, and what was erased.
  ///
  /// `roster` and `memberships` are what was imported; nothing of them follows from the spool. How an *address* stands
  /// is told by `subscribers` (everywhere) and `list_standings` (on one list); both are joined by `address_key`.
  static let subscriberSide = """
    CREATE TABLE roster (
      id INTEGER PRIMARY KEY,         -- a hash of key: the same in every database
      key TEXT NOT NULL UNIQUE,       -- the subscriber in the system it comes from; by default the address in lower case
      address TEXT NOT NULL,
      address_key TEXT NOT NULL,      -- in lower case, as in subscribers
      fields TEXT NOT NULL            -- a JSON object of values for templates, names in byte order
    ) STRICT;
    CREATE INDEX roster_by_address ON roster(address_key);

    CREATE TABLE memberships (
      list TEXT NOT NULL,
      subscriber INTEGER NOT NULL REFERENCES roster(id),
      PRIMARY KEY (list, subscriber)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX memberships_by_subscriber ON memberships(subscriber);

    -- How an address stands on one list, where the policy or a person says so; elsewhere it is as in subscribers.
    CREATE TABLE list_standings (
      list TEXT NOT NULL,
      address_key TEXT NOT NULL,
      state TEXT NOT NULL,            -- suppressed; active where a person has restored it
      cause TEXT, rule TEXT, policy TEXT, event INTEGER, since INTEGER,   -- as in subscribers
      status TEXT GENERATED ALWAYS AS (\(status)) VIRTUAL,
      PRIMARY KEY (list, address_key)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX list_standings_by_address ON list_standings(address_key);

    -- In a word for people, where state tells act and compose what to do.
    ALTER TABLE subscribers ADD COLUMN status TEXT GENERATED ALWAYS AS (\(status)) VIRTUAL;

    ALTER TABLE overrides ADD COLUMN at INTEGER;       -- when it was decided
    ALTER TABLE overrides ADD COLUMN origin TEXT;      -- NULL: by hand; import: from another system's suppressions
    ALTER TABLE overrides ADD COLUMN cause TEXT;       -- of an import, as it was told
    ALTER TABLE overrides ADD COLUMN rule TEXT;
    ALTER TABLE overrides ADD COLUMN policy TEXT;

    CREATE TABLE list_overrides (
      address_key TEXT NOT NULL,
      list TEXT NOT NULL,
      address TEXT NOT NULL,
      state TEXT NOT NULL,            -- active, suppressed, unsubscribed
      note TEXT, at INTEGER, origin TEXT, cause TEXT, rule TEXT, policy TEXT,   -- as in overrides
      PRIMARY KEY (address_key, list)
    ) STRICT, WITHOUT ROWID;

    -- The diary of what people decided.
    CREATE TABLE decisions (
      number INTEGER PRIMARY KEY,
      at INTEGER NOT NULL,
      address TEXT NOT NULL,
      address_key TEXT NOT NULL,
      list TEXT,                      -- NULL: everywhere
      decision TEXT NOT NULL,         -- suppress, unsubscribe, restore, release, import
      note TEXT
    ) STRICT;
    CREATE INDEX decisions_by_address ON decisions(address_key);

    -- Addresses that were erased on request, as a keyed hash (HMAC-SHA256, the key in settings): what names them is not
    -- loaded again.
    CREATE TABLE tombstones (
      hash BLOB PRIMARY KEY,
      at INTEGER NOT NULL             -- when
    ) STRICT, WITHOUT ROWID;

    CREATE VIEW v_roster AS
      SELECT r.key, r.address, ifnull(s.status, 'active') AS status,
        (SELECT group_concat(list, '; ') FROM (SELECT list FROM memberships WHERE subscriber = r.id ORDER BY list)) AS lists,
        r.fields, s.cause, datetime(s.since, 'unixepoch') AS since
      FROM roster r LEFT JOIN subscribers s ON s.address_key = r.address_key;

    CREATE VIEW v_decisions AS
      SELECT number, datetime(at, 'unixepoch') AS at, address, list, decision, note FROM decisions;
    """

  /// `unsubscribed` where the owner of the address asked for it, `restored` where a person decided against the events.
  private static let status = """
    CASE WHEN state = 'suppressed' AND (cause LIKE 'unsubscribe_request/%' OR cause = 'feedback_loop/opt_out')
      THEN 'unsubscribed' WHEN state = 'active' AND policy = 'manual' THEN 'restored' ELSE state END
    """
}
