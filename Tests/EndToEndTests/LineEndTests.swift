import Foundation
import Testing

/// A message with CRLF or CR line ends has the identity, the evidence and the verdicts of its twin with LF.
@Suite struct LineEndTests {
  /// Every file of samples/ with mail in it, by its name in the twins' folders.
  private func samples() throws -> [(name: String, bytes: [UInt8])] {
    var found: [(name: String, bytes: [UInt8])] = []
    for folder in ["eml", "maildir/cur", "maildir/new"] {
      let place = Mill.samples.appending(path: folder)
      for name in try FileManager.default.contentsOfDirectory(atPath: place.path).sorted() where !name.hasPrefix(".") {
        found.append((name + ".eml", try Array(Data(contentsOf: place.appending(path: name)))))
      }
    }
    for name in ["bounces.mbox", "exchange.mbox"] {
      found.append((name, try Array(Data(contentsOf: Mill.samples.appending(path: name)))))
    }
    return found.map { ($0.name, $0.bytes.filter { $0 != 0x0D }) }
  }

  /// What is printed of the files, without where each message lies.
  private func printed(_ files: [String], _ form: String) throws -> [NSDictionary] {
    try Mill.expect(0, ["inspect", form, "--"] + files).lines.map {
      let object = try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]
      return try #require(object).filter { $0.key != "source" } as NSDictionary
    }
  }

  @Test func twinsAreOne() throws {
    let shop = try Workshop()
    let samples = try samples()
    #expect(samples.count > 20)
    var files: [[String]] = []
    for (folder, end) in [("lf", [0x0A]), ("crlf", [0x0D, 0x0A]), ("cr", [0x0D])] as [(String, [UInt8])] {
      files.append(
        try samples.map { name, bytes in
          let twin = bytes.split(separator: 0x0A, omittingEmptySubsequences: false).joined(separator: end)
          return try shop.write("\(folder)/\(name)", Data(twin))
        })
    }
    for form in ["--evidence", "--json"] {
      let expected = try printed(files[0], form)
      #expect(try printed(files[1], form) == expected, "with CRLF")
      #expect(try printed(files[2], form) == expected, "with CR")
    }
  }
}
