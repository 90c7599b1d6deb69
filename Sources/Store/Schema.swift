import GRDB

/// The tables, as named migrations: a database of any earlier version is brought up to date when it is opened.
///
/// What people bring in (`roster`, `memberships`, `overrides`, `list_overrides`, `tombstones`) stays as they leave it.
/// All else but `runs` (when what was run), `changes`, `state_changes` and `decisions` (the diaries) and `ledger` (what
/// has left the house) is a pure function of the spool, the policy and what people decided: whatever order or number of
/// runs led to it, the rows are the same. Keys are therefore places in the spool or stable hashes, never counters, and no
/// such column holds the time of day at which a row was written. Times are seconds since 1970, UTC; absent is NULL.
public enum Schema {
  static var migrator: DatabaseMigrator {
    var migrator = DatabaseMigrator()
    migrator.registerMigration("1-tables") { db in
      try db.execute(sql: spool)
      try db.execute(sql: subscribers)
      try db.execute(sql: diary)
      try db.execute(sql: views)
    }
    migrator.registerMigration("2-state-changes") { db in try db.execute(sql: stateDiary) }
    migrator.registerMigration("3-subscriber-side") { db in try db.execute(sql: subscriberSide) }
    migrator.registerMigration("3-verification") { db in try db.execute(sql: verification) }
    migrator.registerMigration("3-deliveries") { db in try db.execute(sql: deliveries) }
    return migrator
  }

  /// A message's line may be any up to this one, and a shard holds no more.
  public static let lineBits = 24
  /// A message speaks of no more recipients than fit into these bits.
  public static let ordinalBits = 20
  /// Shards are numbered up to this.
  public static let maxShard = 1 << (63 - lineBits - ordinalBits)

  /// The keys of all messages that a shard can hold.
  public static func messageKeys(shard: Int) -> ClosedRange<Int> {
    shard << lineBits...(shard << lineBits | (1 << lineBits - 1))
  }

  /// The keys of all events that a message can have.
  public static func eventKeys(message: Int) -> ClosedRange<Int> {
    message << ordinalBits...(message << ordinalBits | (1 << ordinalBits - 1))
  }

  /// The keys of all events of a shard's messages.
  public static func eventKeys(shard: Int) -> ClosedRange<Int> {
    let messages = messageKeys(shard: shard)
    return messages.lowerBound << ordinalBits...eventKeys(message: messages.upperBound).upperBound
  }

  /// The columns that `messages` and `duplicates` share.
  public static let messageColumns =
    "key, id, source, file, offset, length, time, category, from_address, to_address, subject, message_id"

  /// The columns that `events` and `duplicate_events` share.
  public static let eventColumns =
    "key, recipient, category, reason, hard, status, reply, diagnostic, rule, field, found_in, alias, new_address, time, "
    + "verification, campaign"

  private static let message = """
      source INTEGER NOT NULL REFERENCES sources(id),
      file ANY,                       -- the base name in the folder `sources.path`; NULL in an mbox
      offset INTEGER NOT NULL,        -- bytes from the start of the file
      length INTEGER NOT NULL,        -- bytes in the archive
      time INTEGER,
      category TEXT NOT NULL,         -- that of the gravest event
      from_address TEXT,
      to_address TEXT,                -- the address to which the mail came back
      subject TEXT,
      message_id TEXT                 -- of the mail that came back, else of the message itself
    """

  private static let event = """
      recipient TEXT,                 -- as the message spells it; NULL when it names nobody
      category TEXT NOT NULL,
      reason TEXT NOT NULL,
      hard INTEGER NOT NULL,          -- 1: the address can never work
      status TEXT,                    -- enhanced status code (RFC 3463)
      reply TEXT,                     -- SMTP reply code
      diagnostic TEXT,
      rule TEXT NOT NULL,
      field TEXT,                     -- where the rule saw what it wanted
      found_in TEXT,                  -- where the address stood
      alias TEXT,                     -- another name of the same recipient
      new_address TEXT,               -- of a redirect
      time INTEGER
    """

  private static let spool = """
    CREATE TABLE shards (
      number INTEGER PRIMARY KEY,
      key TEXT NOT NULL,              -- of the classify manifest: what the rows were loaded from
      messages INTEGER NOT NULL,      -- lines
      events INTEGER NOT NULL,        -- verdicts
      settled TEXT,                   -- the key for which act has set the states of its subscribers
      delivered TEXT                  -- the key for which act has delivered what a person should read
    ) STRICT;

    CREATE TABLE sources (
      id INTEGER PRIMARY KEY,         -- a hash of format and path
      format TEXT NOT NULL,           -- mbox, maildir, eml
      path ANY NOT NULL,              -- the file, or the folder of single-message files; a blob if not UTF-8
      messages INTEGER NOT NULL       -- in `messages` and `duplicates`
    ) STRICT;

    CREATE TABLE messages (
      key INTEGER PRIMARY KEY,        -- shard << 24 | line
      id BLOB NOT NULL,               -- SHA-256 of the message; unique once the first load is complete
    \(message)
    ) STRICT;

    CREATE TABLE events (
      key INTEGER PRIMARY KEY,        -- message << 20 | ordinal
      message INTEGER GENERATED ALWAYS AS (key >> 20) VIRTUAL REFERENCES messages(key),
      subscriber INTEGER REFERENCES subscribers(id),
    \(event)
    ) STRICT;

    -- Further occurrences of a message that an earlier shard or line holds. They count nowhere, until that one goes.
    CREATE TABLE duplicates (
      key INTEGER PRIMARY KEY,
      id BLOB NOT NULL,
    \(message)
    ) STRICT;
    CREATE INDEX duplicates_by_id ON duplicates(id);

    CREATE TABLE duplicate_events (
      key INTEGER PRIMARY KEY,
    \(event)
    ) STRICT;
    """

  private static let subscribers = """
    CREATE TABLE subscribers (
      id INTEGER PRIMARY KEY,         -- a hash of address_key: the same in every database
      address TEXT NOT NULL,          -- as the earliest event spells it
      address_key TEXT NOT NULL,      -- in lower case; unique
      state TEXT NOT NULL DEFAULT 'active',  -- active, moved (has a new address, not suppressed), suppressed
      cause TEXT,                     -- category/reason, or manual
      rule TEXT,                      -- of the event that decided
      policy TEXT,                    -- the entry of the policy that decided
      event INTEGER,                  -- the event that decided
      since INTEGER,                  -- its time
      new_address TEXT,
      first_seen INTEGER,
      last_seen INTEGER,
      events INTEGER NOT NULL
    ) STRICT;

    -- Subscribers that act must look at again, besides those that the shards which are not settled speak of.
    CREATE TABLE stale (subscriber INTEGER PRIMARY KEY) STRICT;

    -- What a person decided, against whatever the events say.
    CREATE TABLE overrides (
      address_key TEXT PRIMARY KEY,
      address TEXT NOT NULL,
      state TEXT NOT NULL,            -- active, suppressed
      note TEXT
    ) STRICT, WITHOUT ROWID;

    -- What has left the building; never repeated.
    CREATE TABLE ledger (
      message BLOB NOT NULL,          -- the message's id
      disposition TEXT NOT NULL,
      state TEXT NOT NULL,            -- delivered; outdated (delivered, now judged otherwise); failed (tried again)
      place TEXT,                     -- the file's name in the disposition's Maildir
      cause TEXT NOT NULL,            -- category/reason
      rule TEXT NOT NULL,
      recipient TEXT,
      note TEXT,                      -- why it failed
      PRIMARY KEY (message, disposition)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX failed_deliveries ON ledger(state) WHERE state = 'failed';

    -- What the states were last computed with.
    CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
    """

  private static let diary = """
    CREATE TABLE changes (
      number INTEGER PRIMARY KEY,
      shard INTEGER NOT NULL,
      message BLOB NOT NULL,
      recipient TEXT,                 -- in lower case
      before_category TEXT, before_reason TEXT, before_rule TEXT,   -- NULL: the recipient is new
      after_category TEXT, after_reason TEXT, after_rule TEXT,      -- NULL: the recipient is gone
      from_key TEXT NOT NULL,
      to_key TEXT NOT NULL
    ) STRICT;

    CREATE TABLE runs (
      id TEXT PRIMARY KEY,
      started REAL NOT NULL,
      finished REAL,
      outcome TEXT,
      summary TEXT                    -- JSON
    ) STRICT, WITHOUT ROWID;
    """

  private static let stateDiary = """
    CREATE TABLE state_changes (
      number INTEGER PRIMARY KEY,
      address TEXT NOT NULL,
      before_state TEXT NOT NULL, before_cause TEXT, before_rule TEXT,
      after_state TEXT NOT NULL, after_cause TEXT, after_rule TEXT
    ) STRICT;

    CREATE VIEW v_state_changes AS
      SELECT number, address, before_state, before_cause, before_rule, after_state, after_cause, after_rule
      FROM state_changes;
    """

  private static let views = """
    CREATE VIEW v_messages AS
      SELECT m.key, lower(hex(m.id)) AS id, datetime(m.time, 'unixepoch') AS at, m.category, m.from_address,
        m.to_address, m.subject, m.message_id, s.format,
        CASE WHEN m.file IS NULL THEN s.path ELSE s.path || '/' || m.file END AS path, m.offset, m.length
      FROM messages m JOIN sources s ON s.id = m.source;

    CREATE VIEW v_events AS
      SELECT e.key, datetime(e.time, 'unixepoch') AS at, e.recipient, e.category, e.reason, e.hard, e.status, e.reply,
        e.diagnostic, e.rule, e.field, e.found_in, e.alias, e.new_address, s.state, m.subject,
        lower(hex(m.id)) AS message
      FROM events e JOIN messages m ON m.key = e.key >> 20 LEFT JOIN subscribers s ON s.id = e.subscriber;

    CREATE VIEW v_suppressed AS
      SELECT s.address, datetime(s.since, 'unixepoch') AS since, s.cause, s.rule, s.policy, e.status, e.diagnostic,
        s.events, lower(hex(m.id)) AS message
      FROM subscribers s LEFT JOIN events e ON e.key = s.event LEFT JOIN messages m ON m.key = s.event >> 20
      WHERE s.state = 'suppressed';

    CREATE VIEW v_moved AS
      SELECT address, new_address, datetime(since, 'unixepoch') AS since, rule FROM subscribers WHERE state = 'moved';

    CREATE VIEW v_counts AS
      SELECT category, reason, count(*) AS events, count(DISTINCT key >> 20) AS messages,
        count(DISTINCT subscriber) AS subscribers
      FROM events GROUP BY category, reason;

    CREATE VIEW v_changes AS
      SELECT number, recipient, before_category || '/' || before_reason AS before, before_rule,
        after_category || '/' || after_reason AS after, after_rule, shard, lower(hex(message)) AS message
      FROM changes;

    CREATE VIEW v_deliveries AS
      SELECT disposition, state, place, cause, rule, recipient, note, lower(hex(message)) AS message FROM ledger;
    """
}
