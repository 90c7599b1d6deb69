import Compose
import Foundation
import Mail
import ReturnPath
import Spool
import Transport

/// Reads a campaign file: a JSON object, whose texts may be files beside it.
public struct CampaignFile: Sendable {
  public var campaign: Campaign
  /// Where it goes, unless the command line says otherwise.
  public var destination: Destination?
  public var connections: Int?
  public var rate: Int?

  public init(_ file: String) throws {
    let path = Configuration.absolute(file, to: FileManager.default.currentDirectoryPath)
    let folder = (path as NSString).deletingLastPathComponent
    var top = try ConfigurationReader(file: path)
    func missing(_ key: String, _ example: String) -> ConfigurationError {
      top.error("\"\(key)\" is missing; for example \(example)")
    }

    guard let name = try top.string("name") else { throw missing("name", "\"name\": \"spring-2026\"") }
    guard name.utf8.count <= 60, name.utf8.allSatisfy({ $0.isCampaignLetter }), name.first != "." else {
      throw top.error(
        "\"name\": expected at most 60 letters, digits, - _ and ., as it names a folder; found \"\(name)\"")
    }
    guard let date = try top.string("date") else { throw missing("date", "\"date\": \"2026-03-01T09:00:00Z\"") }
    guard let time = CampaignFile.time(date) else {
      throw top.error("\"date\": expected a date with time and zone, as 2026-03-01T09:00:00Z; found \"\(date)\"")
    }
    guard let from = try CampaignFile.mailbox(&top, "from") else {
      throw missing("from", "\"from\": \"The Bookshop <news@example.org>\"")
    }
    guard let subject = try top.string("subject") else {
      throw missing("subject", "\"subject\": \"News, {{first_name}}\"")
    }
    campaign = Campaign(
      file: path, name: name, date: time, from: from, subject: .init(text: subject, file: "\(path), \"subject\""))
    campaign.list = try top.string("list")
    campaign.replyTo = try CampaignFile.mailbox(&top, "reply_to")
    campaign.toName = try top.string("to_name").map { .init(text: $0, file: "\(path), \"to_name\"") }
    func text(_ key: String) throws -> Campaign.Text? {
      guard let name = try top.string(key) else { return nil }
      let path = Configuration.absolute(name, to: folder)
      return .init(text: try CampaignFile.text(of: path), file: path)
    }
    campaign.text = try text("text")
    campaign.html = try text("html")
    if campaign.text == nil, campaign.html == nil {
      throw missing("text", "\"text\": \"letter.txt\", or \"html\": \"letter.html\"; best both")
    }
    campaign.partials = try CampaignFile.partials(in: folder)
    campaign.defaults = try top.texts("defaults")
    for key in campaign.defaults.keys.sorted() where Fields.builtIn.contains(key) {
      throw top.error("\"defaults\": \"\(key)\" is filled in by compose; expected the name of a subscriber's field")
    }
    campaign.listID = try CampaignFile.listID(&top)
    if var object = try top.object("unsubscribe") {
      campaign.unsubscribe = try CampaignFile.unsubscribe(&object)
      try object.end()
    }
    let domain = from.address.split(separator: "@").last.map(String.init) ?? ""
    campaign.feedbackID =
      try top.string("feedback_id") ?? "\(name):\(campaign.list ?? "all"):campaign:\(domain)"
    campaign.headers = try top.texts("headers").sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    for (name, _) in campaign.headers {
      guard !name.isEmpty, name.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != 0x3A }) else {
        throw top.error("\"headers\": \"\(name)\" can't be the name of a header field")
      }
      if CampaignFile.own.contains(name.lowercased()) {
        throw top.error("\"headers\": \(name) is written by compose; leave it out")
      }
    }
    if var object = try top.object("send") {
      destination = try CampaignFile.destination(&object, folder)
      connections = try object.count("connections", most: 1000)
      rate = try object.count("rate", most: 1_000_000)
      if case .smtp(let server) = destination {
        connections = connections ?? server.connections
        rate = rate ?? server.perSecond.map { max(1, Int($0)) }
      }
      try object.end()
    }
    try top.end()
  }

  /// Fields that a campaign's messages have anyway.
  private static let own: Set<String> = [
    "date", "from", "to", "subject", "message-id", "reply-to", "list-id", "list-unsubscribe", "list-unsubscribe-post",
    "feedback-id", "mime-version", "content-type", "content-transfer-encoding", "return-path",
  ]

  private static func destination(_ object: inout ConfigurationReader, _ folder: String) throws -> Destination? {
    let maildir = try object.string("maildir").map { Destination.maildir(Configuration.absolute($0, to: folder)) }
    let mbox = try object.string("mbox").map { Destination.mbox(Configuration.absolute($0, to: folder)) }
    let command = try object.strings("sendmail")
    let sendmail: Destination? = command.isEmpty ? nil : .sendmail(command)
    let smtp = try object.decode("smtp", as: SMTPServer.self).map { Destination.smtp($0) }
    let all = [maildir, mbox, sendmail, smtp].compactMap { $0 }
    if all.count > 1 {
      throw object.error("expected one of \"maildir\", \"mbox\", \"sendmail\" and \"smtp\"")
    }
    return all.first
  }

  private static func unsubscribe(_ object: inout ConfigurationReader) throws -> Campaign.Unsubscribe {
    var unsubscribe = Campaign.Unsubscribe()
    if let url = try object.string("url") {
      guard url.hasPrefix("https://"), url.contains(ReturnAddress.mark),
        url.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }),
        url.utf8.count < 900
      else {
        throw object.error(
          "\"url\": expected an https address with {token} in it (RFC 8058), as https://example.org/unsubscribe?t={token}; "
            + "found \"\(url)\"")
      }
      unsubscribe.url = url
    }
    if let form = try object.string("address") {
      do { unsubscribe.address = try ReturnAddress(form, key: "unsubscribe.address") } catch {
        throw object.error("\(error)")
      }
    }
    unsubscribe.days = try object.count("days", most: 36_500) ?? unsubscribe.days
    return unsubscribe
  }

  private static func listID(_ top: inout ConfigurationReader) throws -> Campaign.Mailbox? {
    guard let text = try top.string("list_id") else { return nil }
    let expected = "\"list_id\": expected a name and an id between <>, as \"Our letters <letters.example.org>\"; found "
    guard let open = text.lastIndex(of: "<"), text.hasSuffix(">") else { throw top.error(expected + "\"\(text)\"") }
    let id = text[text.index(after: open)...].dropLast()
    guard id.contains("."), id.utf8.allSatisfy({ $0.isASCIIAlphanumeric || "-._".utf8.contains($0) }) else {
      throw top.error(expected + "\"\(text)\"")
    }
    return .init(name: text[..<open].trimmingCharacters(in: .whitespaces), address: String(id))
  }

  private static func mailbox(_ top: inout ConfigurationReader, _ key: String) throws -> Campaign.Mailbox? {
    guard let text = try top.string(key) else { return nil }
    let (name, address) = split(text)
    guard address.contains("@"), !address.hasPrefix("@"), !address.hasSuffix("@"),
      address.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && !"<>,;:\"()".utf8.contains($0) })
    else {
      throw top.error("\"\(key)\": expected an address, as \"The Bookshop <news@example.org>\"; found \"\(text)\"")
    }
    return .init(name: name, address: address)
  }

  private static func split(_ text: String) -> (name: String, address: String) {
    guard let open = text.lastIndex(of: "<"), text.hasSuffix(">") else {
      return ("", text.trimmingCharacters(in: .whitespaces))
    }
    var name = text[..<open].trimmingCharacters(in: .whitespaces)
    if name.count > 1, name.hasPrefix("\""), name.hasSuffix("\"") { name = String(name.dropFirst().dropLast()) }
    return (name, String(text[text.index(after: open)...].dropLast()))
  }

  private static func time(_ text: String) -> Int? {
    guard text.utf8.count >= 17, text.hasSuffix("Z") || text.dropFirst(16).contains(where: { $0 == "+" || $0 == "-" })
    else { return nil }
    return (try? Date(text, strategy: .iso8601)).map { Int($0.timeIntervalSince1970) }
  }

  /// A text file: UTF-8, its line ends LF.
  private static func text(of path: String) throws -> String {
    let bytes: [UInt8]
    do { bytes = try Files.read(path) } catch { throw ConfigurationError("\(error)") }
    guard var text = String(validating: bytes, as: UTF8.self) else {
      throw ConfigurationError("\(path): not UTF-8; write it anew in that encoding")
    }
    if text.hasPrefix("\u{FEFF}") { text.removeFirst() }
    return text.contains("\r\n") ? text.replacingOccurrences(of: "\r\n", with: "\n") : text
  }

  private static func partials(in folder: String) throws -> [String: Campaign.Text] {
    var partials: [String: Campaign.Text] = [:]
    for name in try Files.names(in: folder) where name.hasSuffix(".mustache") {
      let path = folder + "/" + name
      partials[String(name.dropLast(9))] = .init(text: try text(of: path), file: path)
    }
    return partials
  }
}

extension UInt8 {
  fileprivate var isCampaignLetter: Bool {
    self &- 0x30 < 10 || (self | 0x20) &- 0x61 < 26 || self == 0x2D || self == 0x2E || self == 0x5F
  }

  fileprivate var isASCIIAlphanumeric: Bool { self &- 0x30 < 10 || (self | 0x20) &- 0x61 < 26 }
}
