import Foundation
import Spool
import Testing

@testable import RulePacks

@Suite struct RuleShelfTests {
  /// A workspace that is removed when the test is over.
  final class Place {
    let folder = FileManager.default.temporaryDirectory.path + "/shelf-\(UUID().uuidString)"
    var shelf: RuleShelf { RuleShelf(Workspace(root: folder)) }
    deinit { try? FileManager.default.removeItem(atPath: folder) }

    func pack(_ version: String, name: String = "team", text: String = "- id: a") throws -> RulePack {
      let data = try RulePackTests.pack(version, name: name, text: text)
      return try RulePack(data, in: "file", trusted: [RulePackTests.key.publicKey])
    }

    func install(_ version: String, name: String = "team", text: String = "- id: a", older: Bool = false) throws {
      let state = try shelf.prepare(
        pack(version, name: name, text: text), from: "file", at: Date(timeIntervalSince1970: 1), allowOlder: older)
      if let state { try shelf.commit(state) }
      try shelf.sweep()
    }

    var names: [String] { get throws { try shelf.state().packs.map { "\($0.name) \($0.version)" } } }
  }

  @Test func installedRolledBackAndInstalledAgain() throws {
    let place = Place()
    #expect(try place.shelf.folders().isEmpty)
    try place.install("1.0")
    try place.install("1.1")
    try place.install("3", name: "ours")
    #expect(try place.names == ["ours 3", "team 1.1"])
    #expect(try place.shelf.folders().count == 2)
    try place.shelf.rollBack()
    #expect(try place.names == ["team 1.1"])
    try place.shelf.rollBack()
    #expect(try place.names == ["team 1.0"])
    let folder = try #require(try place.shelf.folders().first)
    #expect(try String(contentsOfFile: folder + "/20-b.yaml", encoding: .utf8) == "- id: a")
    try place.shelf.rollBack()
    #expect(try place.names.isEmpty)
    #expect(throws: RulePackError.self) { try place.shelf.rollBack() }
  }

  @Test func olderAndOtherContentOnlyWhenTold() throws {
    let place = Place()
    try place.install("2.0")
    #expect(throws: RulePackError.self) { try place.install("1.9") }
    #expect(throws: RulePackError.self) { try place.install("2.0", text: "- id: other") }
    #expect(try place.names == ["team 2.0"])
    try place.install("2.0")
    #expect(try place.shelf.former() == RuleShelf.State(), "the same pack again changes nothing")
    try place.install("1.9", older: true)
    #expect(try place.names == ["team 1.9"])
  }

  @Test func whatIsOnlyLookedAtIsNotInForce() throws {
    let place = Place()
    try place.install("1.0")
    let state = try #require(
      try place.shelf.prepare(place.pack("2.0"), from: "file", at: Date(), allowOlder: false))
    #expect(try place.shelf.folders(of: state) != place.shelf.folders())
    #expect(try place.names == ["team 1.0"])
    try place.shelf.sweep()
    #expect(try Files.names(in: place.folder + "/rules/packs").count == 1)
  }

  @Test func changedFilesAreNoticed() throws {
    let place = Place()
    try place.install("1.0")
    try place.install("1.1")
    let folder = try #require(try place.shelf.folders().first)
    try Data("- id: mine".utf8).write(to: URL(fileURLWithPath: folder + "/10-a.yaml"))
    #expect(throws: RulePackError.self) { try place.shelf.folders() }
    try place.shelf.rollBack()
    #expect(try place.shelf.folders().count == 1)
  }

  @Test func ownRulesAreCopiedAndComeFirst() throws {
    let place = Place()
    try place.install("1.0")
    let mine = place.folder + "/mine"
    try Files.makeFolder(mine)
    try Files.writeAtomically("- id: mine", to: mine + "/a.yaml")
    try Files.writeAtomically("no rule", to: mine + "/README")
    try place.shelf.commit(try place.shelf.prepareOwn([mine, mine + "/a.yaml"], at: Date()))
    try Files.writeAtomically("- id: changed", to: mine + "/a.yaml")
    let folders = try place.shelf.folders()
    #expect(folders.count == 3)
    #expect(try Files.names(in: folders[0]) == ["a.yaml"] && Files.names(in: folders[1]) == ["a.yaml"])
    #expect(try String(contentsOfFile: folders[0] + "/a.yaml", encoding: .utf8) == "- id: mine")
    try place.shelf.rollBack()
    #expect(try place.shelf.state().own == nil && place.shelf.folders().count == 1)
  }

  @Test func keysThatAreTrusted() throws {
    let place = Place()
    #expect(try place.shelf.trustedKeys().isEmpty)
    try place.shelf.trust(RulePackTests.key.publicKey)
    try place.shelf.trust(RulePackTests.key.publicKey)
    #expect(try place.shelf.trustedKeys() == [RulePackTests.key.publicKey])
  }

  @Test func packsComeByFileAndURL() throws {
    let place = Place()
    try Files.makeFolder(place.folder)
    let path = place.folder + "/t.rmpack"
    let data = try RulePackTests.pack()
    try data.write(to: URL(fileURLWithPath: path))
    #expect(try PackSource.bytes(of: path) == data)
    #expect(try PackSource.bytes(of: "file://" + path) == data)
    #expect(throws: RulePackError.self) { try PackSource.bytes(of: path + "x") }
    #expect(throws: RulePackError.self) { try PackSource.bytes(of: "file://" + path + "x") }
    #expect(throws: RulePackError.self) { try PackSource.bytes(of: "http://localhost/t.rmpack") }
    #expect(throws: RulePackError.self) { try PackSource.bytes(of: "https://127.0.0.1:1/t.rmpack") }
  }
}
