import Foundation
import GRDB
import Testing

@testable import Subscribers

@Suite struct SubscriberImportTests {
  @Test func addsAndBringsUpToDateByKey() throws {
    let office = try Office()
    let first = try office.take("key,email,lists,name\n1,Ada@Example.org,news;offers,Ada\n2,bo@example.org,,Bo\n")
    #expect(first.added == 2 && first.changed == 0)
    let second = try office.take("key,email,city\n1,ada@new.example,Paris\n2,bo@example.org,\n3,cy@example.org,Rome\n")
    #expect(second.added == 1 && second.changed == 1 && second.unchanged == 1)
    #expect(
      try office.lines("SELECT key, address, address_key, fields FROM roster ORDER BY key") == [
        #"1 ada@new.example ada@new.example {"city":"Paris","name":"Ada"}"#,
        #"2 bo@example.org bo@example.org {"name":"Bo"}"#,
        #"3 cy@example.org cy@example.org {"city":"Rome"}"#,
      ])
    #expect(try office.bench.count("memberships") == 2, "a file without a column of lists leaves them")
    try office.take("key,email,lists\n1,ada@new.example,offers\n", lists: ["summer"])
    #expect(try office.lines("SELECT list FROM memberships ORDER BY 1") == [#"offers"#, #"summer"#])
  }

  @Test func theConfigurationSaysWhatColumnsMean() throws {
    let office = try Office()
    let map = try JSONDecoder().decode(
      ColumnMap.self,
      from: Data(
        #"{"key": "Kunde", "address": "Mail 2", "lists": "Verteiler", "separator": "|", "fields": {"first": "Vorname"}}"#
          .utf8))
    try office.take("Kunde;Mail;Mail 2;Verteiler;Vorname;X\n7;no@example.org;ja@example.org;a|b;Jo;y\n", map)
    #expect(
      try office.lines("SELECT key, address, fields FROM roster") == [
        #"7 ja@example.org {"first":"Jo"}"#
      ])
    #expect(try office.bench.count("memberships") == 2)
    // The same by members of NDJSON.
    try office.take(
      #"{"Kunde":"8","Mail 2":"x@example.org","Verteiler":["a"],"Vorname":{"de":"Jo"},"X":1}"# + "\n", map)
    #expect(
      try office.lines("SELECT fields FROM roster WHERE key = '8'") == [#"{"first":{"de":"Jo"}}"#])
    #expect(throws: SubscriberError.self) { try office.take("Kunde,Mail 2\n1,a@example.org\n", map) }
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode(ColumnMap.self, from: Data(#"{"adress": "x"}"#.utf8))
    }
  }

  @Test func badRowsAreReportedAndKeptApart() throws {
    let office = try Office()
    var problems: [String] = []
    let summary = try office.take(
      "email,name\nada@example.org,Ada\nnobody,No\nbo@example.org,Bo,x\ncy@example.org,\"Cy\n\nd@example.org,\"D\"x\n",
      problems: { problems.append($0) })
    #expect(summary.rows == 5 && summary.added == 1 && summary.rejected == 4)
    let file = office.bench.folder + "/in.csv"
    #expect(problems.first == "\(file):3: expected an address like someone@example.com; found \"nobody\"")
    #expect(problems.dropFirst().first == "\(file):4: expected 2 values, as the first line has; found 3")
    #expect(problems.count == 4 && problems[2].hasPrefix("\(file):5: expected a quote"))
    let rejects = try String(contentsOfFile: try #require(summary.rejects), encoding: .utf8)
    #expect(rejects.hasPrefix("email,name\nnobody,No\nbo@example.org,Bo,x\n"))

    // Mended, the file of rejects can be imported; then there is none any more.
    let mended = "email,name\nbo@example.org,Bo\n"
    #expect(try office.take(mended).rejects == nil)
    #expect(!FileManager.default.fileExists(atPath: office.bench.folder + "/rejects/in.csv"))
    #expect(throws: SubscriberError.self) { try office.take("name,city\nAda,Paris\n") }
    #expect(throws: SubscriberError.self) { try office.take("") }
  }

  @Test func whatTheFileSaysOfStatesIsTakenOver() throws {
    let office = try Office()
    try office.take(
      """
      email,status,since
      a@example.org,Unsubscribed,2024-01-02
      b@example.org,blocklisted,
      c@example.org,enabled,

      """)
    #expect(
      try office.lines("SELECT address_key, status, since FROM subscribers ORDER BY 1") == [
        #"a@example.org unsubscribed 1704153600"#, #"b@example.org suppressed NULL"#,
      ])
    #expect(try office.give(.csv, .init(status: "sendable")).contains("c@example.org"))
    #expect(try office.take("email,status\nd@example.org,gold\n").rejected == 1)
    let map = ColumnMap(fields: ["status": "status"])
    #expect(try office.take("email,status\nd@example.org,gold\n", map).added == 1)
  }

  @Test func dryRunsChangeNothing() throws {
    let office = try Office()
    let summary = try office.take("email\na@example.org\nb\n", change: { $0.dryRun = true })
    #expect(summary.added == 1 && summary.rejected == 1)
    #expect(try office.bench.count("roster") == 0)
  }
}
