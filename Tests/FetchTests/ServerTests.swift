import Foundation
import Testing

@testable import Fetch

/// Whatever a server does, nothing is lost, nothing is stored twice, and nothing is deleted that is not stored.
@Suite(.enabled(if: OddServer.python != nil)) struct ServerTests {
  private func expectAll(_ count: Int, _ server: OddServer, location: SourceLocation = #_sourceLocation) throws {
    let stored = try server.stored()
    #expect(stored.count == count, sourceLocation: location)
    #expect(stored.allSatisfy { $1 == OddServer.text($0) }, sourceLocation: location)
  }

  /// What looks like the server's words in a message is the message's.
  @Test(arguments: [RemoteMailbox.Access.imap, .pop3])
  func onlyWhatIsNewIsFetched(_ kind: RemoteMailbox.Access) throws {
    let server = try OddServer(kind, #"{"messages": 40}"#)
    defer { server.removeFolder() }
    let report = try server.fetch()
    #expect(report.failure == nil)
    #expect(report.messages == 40)
    try expectAll(40, server)
    #expect(try server.fetch().messages == 0)
    let later = try OddServer(kind, #"{"messages": 43}"#, after: server)
    #expect(try later.fetch().messages == 3)
    try expectAll(43, later)
    #expect(try !later.commands().contains { $0.contains("STORE") || $0.contains("DELE") || $0.contains(" SELECT") })
  }

  /// RFC 9051 §5.5: commands that don't hinder each other may be answered in any order.
  @Test func anAnswerMayComeEarly() throws {
    let server = try OddServer(.imap, #"{"messages": 390, "late": true}"#)
    defer { server.removeFolder() }
    #expect(try server.fetch().messages == 390)
    try expectAll(390, server)
  }

  @Test func bodiesMayBeQuoted() throws {
    let server = try OddServer(.imap, #"{"messages": 5, "quoted": true}"#)
    defer { server.removeFolder() }
    #expect(try server.fetch().messages == 5)
    #expect(try server.stored()[4] == #"Subject: message 4 "q""#)
  }

  @Test func whatCannotBeHadIsTriedAgain() throws {
    let server = try OddServer(.imap, #"{"messages": 9, "corrupt": [3, 4]}"#)
    defer { server.removeFolder() }
    let report = try server.fetch()
    #expect(report.messages == 7)
    #expect(report.failed == 2)
    let healed = try OddServer(.imap, #"{"messages": 9, "corrupt": [4]}"#, after: server)
    #expect(try healed.fetch().failed == 1)
    try expectAll(8, healed)
  }

  /// A connection that breaks is made again, as long as it is of use.
  @Test(arguments: [RemoteMailbox.Access.imap, .pop3])
  func aConnectionMayBreak(_ kind: RemoteMailbox.Access) throws {
    let server = try OddServer(kind, #"{"messages": 30, "cut": 20}"#)
    defer { server.removeFolder() }
    let report = try server.fetch(.delete)
    #expect(report.failure == nil)
    #expect(report.messages == 30)
    try expectAll(30, server)
  }

  @Test func aMailboxThatWasMadeAnewIsFetchedAgain() throws {
    let server = try OddServer(.imap, #"{"messages": 4}"#)
    defer { server.removeFolder() }
    _ = try server.fetch()
    let anew = try OddServer(.imap, #"{"messages": 6, "uidvalidity": 2}"#, after: server)
    let report = try anew.fetch(.delete)
    #expect(report.messages == 6)
    #expect(report.notes.contains { $0.contains("made anew") })
  }

  @Test func whatIsStoredMayBeMoved() throws {
    let server = try OddServer(.imap, #"{"messages": 5, "capabilities": "MOVE UIDPLUS", "corrupt": [2]}"#)
    defer { server.removeFolder() }
    #expect(try server.fetch(.move("Entwürfe")).settled == 4)
    let commands = try server.commands()
    #expect(commands.contains { $0.contains(#"CREATE "Entw&APw-rfe""#) })
    #expect(commands.last { $0.contains("UID MOVE") }?.contains("1,3:5") == true)
    #expect(try server.fetch(.move("Entwürfe")).settled == 0)
  }

  /// A plain EXPUNGE would take what somebody else has marked.
  @Test func withoutUIDPLUSNothingIsExpunged() throws {
    let server = try OddServer(.imap, #"{"messages": 3}"#)
    defer { server.removeFolder() }
    let report = try server.fetch(.delete)
    #expect(report.settled == 3)
    #expect(report.notes.contains { $0.contains("UIDPLUS") })
    #expect(try server.commands().contains { $0.contains(#"UID STORE 1:3 +FLAGS.SILENT (\Deleted)"#) })
    #expect(try !server.commands().contains { $0.contains("EXPUNGE") })
  }

  @Test func whatIsStoredMayBeDeleted() throws {
    let server = try OddServer(.imap, #"{"messages": 5, "capabilities": "UIDPLUS"}"#)
    defer { server.removeFolder() }
    #expect(try server.fetch().messages == 5)
    // What was kept stays kept; `afterwards` counts from then on.
    #expect(try server.fetch(.delete).settled == 0)
    let pop = try OddServer(.pop3, #"{"messages": 5}"#)
    defer { pop.removeFolder() }
    #expect(try pop.fetch(.delete).settled == 5)
    #expect(try pop.fetch(.delete).messages == 0)
    try expectAll(5, pop)
  }

  @Test func aServerThatCannotTellWhatIsNewIsRefused() throws {
    let server = try OddServer(.pop3, #"{"messages": 5, "bare": true}"#)
    defer { server.removeFolder() }
    #expect(try server.fetch().failure?.contains("try IMAP") == true)
  }
}
