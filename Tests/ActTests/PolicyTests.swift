import Foundation
import Testing

@testable import Act

@Suite struct PolicyTests {
  private func policy(_ json: String) throws -> Policy { try JSONDecoder().decode(Policy.self, from: Data(json.utf8)) }

  @Test func theDefaultsAreThoseOfTheTaxonomy() {
    let policy = Policy.default
    #expect(policy.entry(category: "hard_bounce", reason: "user_unknown") == ("hard_bounce", .init(.atOnce)))
    #expect(policy.entry(category: "soft_bounce", reason: "expired") == ("soft_bounce", .init(.after(5, days: 30))))
    #expect(policy.entry(category: "feedback_loop", reason: "abuse") == ("feedback_loop", .init(.atOnce)))
    #expect(policy.entry(category: "feedback_loop", reason: "not_spam") == ("feedback_loop.not_spam", .init(.never)))
    #expect(policy.entry(category: "feedback_loop", reason: "auth_failure").entry.suppress == .never)
    #expect(policy.entry(category: "unsubscribe_request", reason: "reply").entry.suppress == .atOnce)
    for category in ["redirect", "mail_block", "message_restriction", "auto_reply", "delivery_status", "user_reply"] {
      #expect(policy.entry(category: category, reason: "any").entry.suppress == .never)
    }
  }

  @Test func theConfigurationChangesEntries() throws {
    let policy = try policy(
      """
      {"soft_bounce": {"suppress": {"after": 3, "days": 14}}, "soft_bounce.mailbox_full": {"suppress": "never"},
       "redirect": {"suppress": "at_once"}}
      """)
    #expect(policy.entry(category: "soft_bounce", reason: "expired").entry.suppress == .after(3, days: 14))
    #expect(policy.entry(category: "soft_bounce", reason: "mailbox_full").entry.suppress == .never)
    #expect(policy.entry(category: "redirect", reason: "moved").entry.suppress == .atOnce)
    #expect(policy.entry(category: "hard_bounce", reason: "host_unknown").entry.suppress == .atOnce)
    let copy = try JSONDecoder().decode(Policy.self, from: JSONEncoder().encode(policy))
    #expect(copy == policy)
    #expect(copy.canonical == policy.canonical)
    #expect(policy.canonical != Policy.default.canonical)
  }

  @Test(arguments: [
    (#"{"bounce": {"suppress": "never"}}"#, "\"bounce\""),
    (#"{"mail_block": {"suppress": "at_once"}}"#, "never suppresses an address"),
    (#"{"auto_reply.departed": {"suppress": {"after": 2, "days": 9}}}"#, "never suppresses an address"),
    (#"{"soft_bounce": {"suppress": {"after": 0, "days": 9}}}"#, "1 ≤ after ≤ days"),
    (#"{"soft_bounce": {"suppress": {"after": 9, "days": 3}}}"#, "1 ≤ after ≤ days"),
    (#"{"soft_bounce.": {"suppress": "never"}}"#, "category.reason"),
    (#"{"soft_bounce": {"suppress": "sometimes"}}"#, "at_once"),
    (#"{"soft_bounce": {"suppress": {"after": 3, "days": 9, "reset": true}}}"#, "unknown key \"reset\""),
    (#"{"soft_bounce": {"suppress": "never", "scop": "list"}}"#, "unknown key \"scop\""),
    (#"{"soft_bounce": {"suppress": "never", "scope": "world"}}"#, "\"everywhere\" or \"list\""),
  ]) func saysWhatIsWrong(json: String, expected: String) {
    let error = #expect(throws: (any Error).self) { try policy(json) }
    #expect(error.map { "\($0)".contains(expected) } == true)
  }

  @Test func theBrakeKeepsItsDefaults() throws {
    let brake = try JSONDecoder().decode(Brake.self, from: Data(#"{"share": 0.5}"#.utf8))
    #expect(brake == Brake(count: nil, share: 0.5, always: nil, firstRun: false))
    #expect(brake.limit(of: 100, isRoster: false) == 500)
    #expect(brake.limit(of: 100, isRoster: true) == 50)
    #expect(brake.limit(of: 5, isRoster: true) == 10)
    #expect(brake.limit(of: 2001, isRoster: false) == 1000)
    #expect(Brake(count: 7).limit(of: 2001, isRoster: false) == 7)
    #expect(throws: DecodingError.self) { try JSONDecoder().decode(Brake.self, from: Data(#"{"limit": 7}"#.utf8)) }
    #expect(throws: DecodingError.self) { try JSONDecoder().decode(Brake.self, from: Data(#"{"share": 7}"#.utf8)) }
  }

  @Test func routesAreLaidOverTheDefaults() throws {
    let json = #"{"routes": {"user_reply.unsolicited": "log"}, "folders": {"customer_service": "cs", "log": "x"}}"#
    let dispositions = try JSONDecoder().decode(Dispositions.self, from: Data(json.utf8))
    func names(_ category: String, _ reason: String) -> [String] {
      dispositions.destinations(category: category, reason: reason).map(\.name)
    }
    #expect(names("user_reply", "reply") == ["customer_service"])
    #expect(names("user_reply", "unsolicited") == [])
    #expect(names("mail_block", "blocked") == [])
    #expect(names("hard_bounce", "user_unknown") == [])
    #expect(throws: ActError.self) { try Dispositions(routes: ["nonsense": ["log"]], folders: [:]) }
    #expect(throws: ActError.self) { try Dispositions(routes: ["redirect": [""]], folders: [:]) }
  }
}
