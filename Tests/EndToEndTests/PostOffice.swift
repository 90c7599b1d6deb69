import Foundation
import GRDB
import Testing

/// A workspace with people on a roster, a campaign for them, and a folder for what comes back.
struct PostOffice {
  let shop: Workshop
  var campaign: String { shop.folder.appending(path: "letters/spring.json").path }
  private var configuration: String { shop.folder.appending(path: "pipeline.json").path }

  init(people: Int) throws {
    shop = try Workshop()
    try FileManager.default.createDirectory(
      at: shop.folder.appending(path: "returned"), withIntermediateDirectories: true)
    try shop.write("keys", Data("1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n".utf8))
    try configure()
    try shop.write(
      "letters/spring.json",
      Data(
        """
        {"name": "spring", "list": "news", "date": "2026-03-01T09:00:00Z", "from": "Die Bücherei <news@example.org>",
         "to_name": "{{first_name}}", "subject": "Hello {{first_name}} – it’s spring", "text": "letter.txt",
         "html": "letter.html", "defaults": {"city": "your town"}, "list_id": "Letters <letters.example.org>",
         "unsubscribe": {"url": "https://example.org/u?t={token}", "address": "unsubscribe+{token}@example.org"},
         "send": {"maildir": "../sent"}}
        """.utf8))
    try shop.write(
      "letters/letter.txt",
      Data("Hello {{first_name}}!\n\n{{#city}}\nNews for {{city}} – grüße\n{{/city}}\n{{unsubscribe_url}}\n".utf8))
    try shop.write("letters/letter.html", Data("<p>Hello <b>{{first_name}}</b> &amp; all of {{city}}</p>\n".utf8))
    try seed(people)
  }

  /// Writes the configuration anew.
  func configure(extra: [String: Any] = [:], returnPath: Bool = true) throws {
    var object: [String: Any] = ["sources": ["returned"], "workspace": "work"]
    if returnPath {
      object["return_path"] = ["address": "bounces+{token}@example.org", "keys": "keys"].merging(extra) { $1 }
    }
    try JSONSerialization.data(withJSONObject: object).write(to: URL(fileURLWithPath: configuration))
  }

  func here(_ arguments: String...) -> [String] { arguments + ["--config", configuration, "--quiet"] }

  /// Puts people on the roster and on the list "news".
  private func seed(_ people: Int) throws {
    // A first message makes the database.
    try shop.write("returned/hello.eml", Data("From: <a@example.com>\nSubject: Hello\n\nA question.\n".utf8))
    try Mill.expect(0, here("run"))
    try DatabaseQueue(path: shop.database.path).write { db in
      for number in 0..<people {
        let address = "person\(number)@d\(number % 97).example.net"
        var fields = ["first_name": "Anna \(number)"]
        if number % 3 != 0 { fields["city"] = "Köln" }
        if number == 0 { fields["nickname"] = "Nan" }
        let json = String(
          decoding: try JSONSerialization.data(withJSONObject: fields, options: .sortedKeys), as: UTF8.self)
        let id = number * 7919 + 17
        try db.execute(
          sql: "INSERT INTO roster (id, key, address, address_key, fields) VALUES (?, ?, ?, ?, ?)",
          arguments: [id, address, address, address, json])
        try db.execute(sql: "INSERT INTO memberships (list, subscriber) VALUES ('news', ?)", arguments: [id])
      }
    }
  }

  // MARK: what was sent, what came of it

  func sent(in place: String? = nil) throws -> [Message] {
    let folder = URL(fileURLWithPath: place ?? shop.folder.appending(path: "sent").path).appending(path: "new")
    return try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted().map {
      Message(try String(contentsOf: folder.appending(path: $0), encoding: .utf8))
    }
  }

  func files() throws -> [String: Data] {
    let folder = shop.folder.appending(path: "sent/new")
    return try FileManager.default.contentsOfDirectory(atPath: folder.path).reduce(into: [:]) {
      $0[$1] = try Data(contentsOf: folder.appending(path: $1))
    }
  }

  func rows(_ sql: String) throws -> [String] {
    try DatabaseQueue(path: shop.database.path).read { db in
      try Row.fetchAll(db, sql: sql).map { row in
        row.databaseValues.map { $0.isNull ? "-" : "\($0.storage.value ?? "-")" }.joined(separator: " ")
      }
    }
  }

  /// The people whom events name, how these were verified, and how the people stand.
  func standings() throws -> [String] {
    try rows(
      """
      SELECT DISTINCT lower(e.recipient), e.verification, s.state FROM events e JOIN subscribers s ON s.id = e.subscriber
      WHERE e.verification IS NOT NULL ORDER BY 1
      """)
  }

  /// Has Python's parser, by its strict reading, look at every message.
  func checkWithPython() throws {
    guard let python = Tool.find("python3") else { return }
    let script = """
      import sys, os, email, email.policy
      folder = sys.argv[1]
      for name in os.listdir(folder):
          message = email.message_from_bytes(open(os.path.join(folder, name), 'rb').read(), policy=email.policy.default)
          defects = [str(d) for part in message.walk() for d in part.defects]
          defects += [str(d) for part in message.walk() for field in part.values() for d in field.defects]
          texts = [part.get_content() for part in message.walk() if not part.is_multipart()]
          if defects or len(texts) != 2 or 'Hello Anna' not in texts[0]:
              sys.exit(name + ': ' + ', '.join(defects))
      """
    let result = try Tool.run(python, ["-c", script, shop.folder.appending(path: "sent/new").path])
    #expect(result.code == 0, "\(result.errors)")
  }
}

/// A message that went out.
struct Message {
  let headers: String
  var recipient: String { Message.address(in: field("To")) }
  var sender: String { Message.address(in: field("Return-Path")) }
  var unsubscribe: String {
    let value = field("List-Unsubscribe")
    return String(value[(value.range(of: "mailto:")?.upperBound ?? value.endIndex)...].prefix { $0 != "?" })
  }
  /// With another token of the same look.
  var mutatedSender: String { Message.mutated(sender) }
  var mutatedUnsubscribe: String { Message.mutated(unsubscribe) }

  init(_ text: String) { headers = text.components(separatedBy: "\n\n")[0] }

  private func field(_ name: String) -> Substring {
    let unfolded = headers.replacingOccurrences(of: "\n ", with: " ")
    return unfolded.split(separator: "\n").first { $0.lowercased().hasPrefix(name.lowercased() + ":") } ?? ""
  }

  static func address(in field: Substring) -> String {
    guard let open = field.lastIndex(of: "<") else { return "" }
    return String(field[field.index(after: open)...].prefix { $0 != ">" })
  }

  private static func mutated(_ address: String) -> String {
    var letters = Array(address)
    let at = (letters.firstIndex(of: "@") ?? 1) - 1
    letters[at] = letters[at] == "b" ? "c" : "b"
    return String(letters)
  }
}

/// Mail that comes back.
enum Returned {
  static func bounce(
    of recipients: String..., to address: String, original: String? = nil,
    date: String = "Mon, 02 Mar 2026 10:00:00 +0000"
  ) -> [UInt8] { bounce(of: recipients, to: address, original: original, date: date) }

  static func bounce(
    of recipients: [String], to address: String, original: String? = nil,
    date: String = "Mon, 02 Mar 2026 10:00:00 +0000"
  ) -> [UInt8] {
    let reports = recipients.map {
      """
      Final-Recipient: rfc822; \($0)
      Action: failed
      Status: 5.1.1
      Diagnostic-Code: smtp; 550 5.1.1 <\($0)>: no such user here

      """
    }
    let returned = original.map { "--b\nContent-Type: text/rfc822-headers\n\n\($0)\n\n" } ?? ""
    return Array(
      """
      Return-Path: <>
      Received: from mx.example.net by mail.example.org; \(date)
      From: MAILER-DAEMON@mx.example.net
      To: \(address)
      Date: \(date)
      Subject: Undelivered Mail Returned to Sender
      MIME-Version: 1.0
      Content-Type: multipart/report; report-type=delivery-status; boundary=b

      --b
      Content-Type: text/plain

      This is the mail system at host mx.example.net.

      --b
      Content-Type: message/delivery-status

      Reporting-MTA: dns; mx.example.net

      \(reports.joined(separator: "\n"))
      \(returned)--b--

      """.utf8)
  }

  static func request(from sender: String, to address: String) -> [UInt8] {
    Array(
      """
      Return-Path: <\(sender)>
      Received: from mx.example.net by mail.example.org; Mon, 02 Mar 2026 10:00:00 +0000
      From: <\(sender)>
      To: \(address)
      Date: Mon, 02 Mar 2026 10:00:00 +0000
      Subject: unsubscribe

      unsubscribe

      """.utf8)
  }
}
