import Foundation
import Testing

@testable import RulePacks

@Suite struct RulePackTests {
  static let key = PrivateRuleKey(comment: "the delivery team")

  static func pack(
    _ version: String = "1.0", name: String = "team", text: String = "- id: a", key: PrivateRuleKey = key
  ) throws -> Data {
    try RulePack.make(
      name: name, version: #require(PackVersion(version)), note: "for tests",
      files: [.init(name: "20-b.yaml", text: text), .init(name: "10-a.yaml", text: "- id: ä\n")], key: key)
  }

  private func refusal(_ body: () throws -> Void) -> String {
    do {
      try body()
    } catch {
      return "\(error)"
    }
    Issue.record("it was taken")
    return ""
  }

  @Test func whatWasPackedComesOut() throws {
    let pack = try RulePack(Self.pack(), in: "t.rmpack", trusted: [Self.key.publicKey])
    #expect(pack.name == "team" && pack.version == PackVersion("1.0") && pack.note == "for tests")
    #expect(pack.files.map(\.name) == ["10-a.yaml", "20-b.yaml"])
    #expect(pack.files[0].text == "- id: ä\n")
    #expect(pack.digest.count == 64 && pack.key == Self.key.publicKey)
    #expect(try RulePack(Self.pack(), in: "", trusted: [Self.key.publicKey]).digest == pack.digest)
  }

  /// What is not signed (whose key the head says it is) counts for nothing, either.
  @Test func noChangedByteCounts() throws {
    let whole = try Self.pack()
    let pack = try RulePack(whole, in: "", trusted: [Self.key.publicKey])
    var refused = 0
    for place in whole.indices {
      var changed = whole
      changed[place] ^= 1
      do {
        #expect(try RulePack(changed, in: "t.rmpack", trusted: [Self.key.publicKey]) == pack, "byte \(place)")
      } catch {
        #expect("\(error)".hasPrefix("t.rmpack: "))
        refused += 1
      }
    }
    #expect(refused > whole.count - 40)
    for length in stride(from: 0, to: whole.count, by: 7) {
      #expect(throws: RulePackError.self) {
        try RulePack(whole.prefix(length), in: "t.rmpack", trusted: [Self.key.publicKey])
      }
    }
  }

  @Test func aStrangersKeyIsRefused() throws {
    let stranger = PrivateRuleKey(comment: "mallory")
    let data = try Self.pack(key: stranger)
    #expect(refusal { _ = try RulePack(data, in: "t", trusted: [Self.key.publicKey]) }.contains("rules trust"))
    // Nor does it help to name a key that is trusted.
    let text = String(decoding: data, as: UTF8.self)
      .replacingOccurrences(of: stranger.publicKey.line, with: Self.key.publicKey.line)
    let forged = refusal { _ = try RulePack(Data(text.utf8), in: "t", trusted: [Self.key.publicKey]) }
    #expect(forged.contains("signature is wrong"))
  }

  @Test(arguments: ["../a.yaml", "a/b.yaml", ".a.yaml", "a.txt", "-a.yaml", ""])
  func namesThatLeaveTheFolderAreRefused(name: String) throws {
    #expect(throws: RulePackError.self) {
      try RulePack.make(
        name: "team", version: #require(PackVersion("1")), note: nil, files: [.init(name: name, text: "")],
        key: Self.key)
    }
  }

  @Test func keysAreReadAsTheyWereWritten() throws {
    let again = try PrivateRuleKey(line: Self.key.line, in: "k")
    #expect(again.publicKey == Self.key.publicKey)
    let half = try PublicRuleKey(line: Self.key.publicKey.line + "\n", in: "k")
    #expect(half == Self.key.publicKey && half.comment == "the delivery team" && half.fingerprint.count == 16)
    #expect(throws: RulePackError.self) { try PublicRuleKey(line: Self.key.line, in: "k") }
    #expect(throws: RulePackError.self) { try PublicRuleKey(line: "returnmill-ed25519 AAAA", in: "k") }
    #expect(throws: RulePackError.self) { try PrivateRuleKey(line: "", in: "k") }
  }

  @Test func versionsCompareNumberByNumber() throws {
    let texts = ["0.9", "1", "1.0.1", "1.9", "1.10", "2026.11.3"]
    let versions = try texts.map { try #require(PackVersion($0)) }
    #expect(versions.sorted() == versions)
    #expect(PackVersion("1.0") == PackVersion("1"))
    for text in ["", "1.", "v1", "1.a", "1..2", "-1", "99999999999"] { #expect(PackVersion(text) == nil, "\(text)") }
  }
}
