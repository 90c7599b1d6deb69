import ByteSlices
import GRDB
import Store

/// Writes who is suppressed, in the form that another system takes. In the order of the addresses.
public struct SuppressionExport {
  public var format = SuppressionFormat.csv
  /// Those for this list: suppressed everywhere, or on it. Without one, the forms that tell lists apart get all, others
  /// get those that are suppressed everywhere.
  public var list: String?

  /// The columns of `csv`.
  static let columns = ["address", "list", "status", "since", "cause", "rule", "policy", "note"]
  private static let postmarkBatch = 50

  public init() {}

  /// - Parameter write: gets pieces of text, to be written one behind the other.
  /// - Returns: how many were written, and how many the form has no room for.
  @discardableResult public func run(
    database: String, _ write: (String) throws -> Void
  ) throws -> (written: Int, leftOut: Int) {
    let store = try Store.open(database, create: false, indexed: true)
    do {
      return try store.read { db in try run(db, write) }
    } catch let error as DatabaseError {
      throw StoreError(error, path: database)
    }
  }

  private func run(_ db: Database, _ write: (String) throws -> Void) throws -> (written: Int, leftOut: Int) {
    var text = ""
    var written = 0
    var leftOut = 0
    var batch: [String] = []
    var last: String?
    if let header { CSV.append(header, to: &text) }
    if format == .postfix { text += "# Addresses that no mail goes to; for check_recipient_access, after postmap.\n" }
    if format == .kumomta { text += "{" }
    try forEach(db) { one in
      let key = one.address.asciiLowercased
      if list != nil || !format.tellsLists {
        if key == last { return }
        last = key
      }
      guard hasRoom(for: one) else {
        leftOut += 1
        return
      }
      written += 1
      switch format {
      case .kumomta:
        text += (written == 1 ? "\n" : ",\n") + JSONValue.of(key) + ":" + JSONValue.of(one.cause ?? one.status)
      case .postmark:
        batch.append("{\"EmailAddress\":\(JSONValue.of(one.address))}")
        if batch.count == Self.postmarkBatch { flush(&batch, &text) }
      default: append(one, &text)
      }
      if text.utf8.count >= 1 << 16 {
        try write(text)
        text = ""
      }
    }
    flush(&batch, &text)
    if format == .kumomta { text += "\n}\n" }
    try write(text)
    return (written, leftOut)
  }

  private var header: [String]? {
    switch format {
    case .csv: SuppressionExport.columns
    case .listmonk: ["email", "name", "attributes"]
    case .sendgrid: ["email", "reason", "created"]
    case .mailgunBounces: ["address", "code", "error", "created_at"]
    case .mailgunComplaints: ["address", "created_at"]
    case .mailgunUnsubscribes: ["address", "tag", "created_at"]
    case .mailchimp: ["Email Address"]
    case .ndjson, .addresses, .postfix, .kumomta, .ses, .postmark: nil
    }
  }

  private func hasRoom(for one: Suppressed) -> Bool {
    switch format {
    case .mailgunBounces: one.status != "unsubscribed" && !one.isComplaint
    case .mailgunComplaints: one.isComplaint
    case .mailgunUnsubscribes: one.status == "unsubscribed"
    // A quoted local part with a space would be two words.
    case .postfix, .addresses, .ses: !one.address.contains { $0 == " " || $0 == "," || $0 == "\t" }
    default: true
    }
  }

  private func append(_ one: Suppressed, _ text: inout String) {
    let cause = one.cause ?? ""
    let since = one.since.map(Time.text) ?? ""
    switch format {
    case .csv:
      CSV.append(
        [
          one.address, one.list ?? "", one.status, since, cause, one.rule ?? "", one.policy ?? "", one.note ?? "",
        ], to: &text)
    case .ndjson:
      let values: [(String, String?)] = [
        ("list", one.list), ("status", one.status), ("since", one.since.map(Time.text)), ("cause", one.cause),
        ("rule", one.rule), ("policy", one.policy), ("note", one.note),
      ]
      text += "{\"address\":" + JSONValue.of(one.address)
      for (name, value) in values { if let value { text += ",\"\(name)\":" + JSONValue.of(value) } }
      text += "}\n"
    case .addresses: text += one.address + "\n"
    case .postfix: text += "\(one.address.asciiLowercased)\t550 5.7.1 \(one.status): \(cause.oneLine)\n"
    case .listmonk:
      var attributes = ["status": JSONValue.of(one.status), "cause": JSONValue.of(cause)]
      if one.since != nil { attributes["since"] = JSONValue.of(since) }
      CSV.append([one.address, "", JSONValue.object(attributes)], to: &text)
    case .sendgrid: CSV.append([one.address, cause, one.since.map(String.init) ?? ""], to: &text)
    case .mailgunBounces: CSV.append([one.address, "550", cause, one.since.map(Time.mailText) ?? ""], to: &text)
    case .mailgunComplaints: CSV.append([one.address, one.since.map(Time.mailText) ?? ""], to: &text)
    case .mailgunUnsubscribes: CSV.append([one.address, "*", one.since.map(Time.mailText) ?? ""], to: &text)
    case .ses:
      // SES knows two reasons. Who asked to be removed is nearer to one who complained.
      text += "\(one.address),\(one.isComplaint || one.status == "unsubscribed" ? "COMPLAINT" : "BOUNCE")\n"
    case .mailchimp: CSV.append([one.address], to: &text)
    case .kumomta, .postmark: break
    }
  }

  private func flush(_ batch: inout [String], _ text: inout String) {
    guard !batch.isEmpty else { return }
    text += "{\"Suppressions\":[" + batch.joined(separator: ",") + "]}\n"
    batch.removeAll(keepingCapacity: true)
  }

  private func forEach(_ db: Database, _ body: (Suppressed) throws -> Void) throws {
    let columns = "s.status, s.since, s.cause, s.rule, s.policy, o.note"
    let onLists = """
      UNION ALL SELECT ifnull(o.address, ifnull(a.address, s.address_key)), s.list, \(columns), s.address_key
      FROM list_standings s LEFT JOIN list_overrides o ON o.address_key = s.address_key AND o.list = s.list
        LEFT JOIN subscribers a ON a.address_key = s.address_key
      WHERE s.state = 'suppressed' \(list == nil ? "" : "AND s.list = ?1")
      """
    let statement = try BulkStatement(
      db,
      """
      SELECT s.address, NULL AS list, \(columns), s.address_key FROM subscribers s
        LEFT JOIN overrides o ON o.address_key = s.address_key
      WHERE s.state = 'suppressed' \(format.tellsLists || list != nil ? onLists : "")
      ORDER BY 9, 2
      """)
    if let list { statement.bind(0, list) }
    while try statement.step() {
      try body(
        Suppressed(
          address: statement.text(0) ?? "", list: statement.text(1), status: statement.text(2) ?? "suppressed",
          since: statement.intOrNil(3), cause: statement.text(4), rule: statement.text(5), policy: statement.text(6),
          note: statement.text(7)))
    }
  }
}
