import ByteSlices
import Foundation
import Testing

@testable import NDJSON

@Suite struct JSONTests {
  private func written(_ body: (inout JSONWriter) -> Void) -> String {
    let buffer = ByteBuffer()
    var json = JSONWriter(buffer)
    body(&json)
    return String(buffer.slice)
  }

  @Test func commasStandBetweenMembersAndElements() {
    let text = written { json in
      json.beginObject()
      json.field("a", 1)
      json.field("left out", "")
      json.key("b")
      json.beginArray()
      json.string("x")
      json.bool(true)
      json.null()
      json.int(-12)
      json.beginObject()
      json.endObject()
      json.endArray()
      json.flag("c", true)
      json.flag("d", false)
      json.endObject()
      json.endLine()
    }
    #expect(text == #"{"a":1,"b":["x",true,null,-12,{}],"c":true}"# + "\n")
  }

  @Test func aByteThatIsNotUTF8BecomesTheReplacementCharacter() {
    let bytes: [UInt8] = Array("caf".utf8) + [0xE9] + Array(" é 😀 ".utf8) + [0xED, 0xA0, 0x80, 0xC0, 0xAF, 0xF5]
    let text = bytes.withByteSlice { slice in written { $0.string(slice) } }
    #expect(text == "\"caf\u{FFFD} é 😀 \u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}\"")
  }

  @Test func whatNeedsAnEscapeIsSeenAtAnyPlace() throws {
    for length in 0...40 {
      for special in ["\"", "\\", "\n", "\u{7F}", "é"] {
        for place in 0..<max(length, 1) {
          let text = String(repeating: "a", count: place) + special + String(repeating: "b", count: length)
          let json = written { $0.string(text) }
          #expect(try JSONSerialization.jsonObject(with: Data("[\(json)]".utf8)) as? [String] == [text])
          let read = try json.withByteSlice { line in
            var reader = JSONReader(line, Arena())
            return String(try reader.string())
          }
          #expect(read == text)
        }
      }
    }
  }

  @Test(arguments: [
    "", "plain", "a \"quote\" and a \\", "line\nline\r\n\ttab", "\u{0}\u{1}\u{1F}\u{7F}", "Grüße, 世界 😀",
    String(repeating: "long ", count: 100) + "\"" + String(repeating: "x", count: 33),
  ])
  func whatIsWrittenIsReadBack(_ text: String) throws {
    let json = written { json in json.string(text) }
    let arena = Arena()
    let back = try json.withByteSlice { slice in
      var reader = JSONReader(slice, arena)
      return String(try reader.string())
    }
    #expect(back == text)
    let foundation = try JSONSerialization.jsonObject(with: Data(json.utf8), options: .fragmentsAllowed)
    #expect(foundation as? String == text)
  }

  @Test func latin1KeepsEveryByte() throws {
    let bytes = (0...255).map { UInt8($0) }
    let json = bytes.withByteSlice { slice in written { $0.latin1(slice) } }
    let foundation = try JSONSerialization.jsonObject(with: Data(json.utf8), options: .fragmentsAllowed)
    #expect((foundation as? String)?.unicodeScalars.map(\.value) == (0...255).map { UInt32($0) })
    let back = try json.withByteSlice { slice in
      var reader = JSONReader(slice, Arena())
      return Array(try reader.latin1())
    }
    #expect(back == bytes)
  }

  @Test func readsWhatOthersWrite() throws {
    let text = #" { "a" : [ 1 , -2 , { "x" : null } ] , "é\ud83d\ude00\u00e9\/" : "\b\f" , "n" : 12.5e3 , "t":true } "#
    var keys: [String] = []
    try text.withByteSlice { slice in
      var reader = JSONReader(slice, Arena())
      try reader.object { key, reader in
        keys.append(String(key))
        switch String(key) {
        case "a":
          var numbers: [Int] = []
          try reader.array { element in
            if numbers.count < 2 { numbers.append(try element.int()) } else { try element.skip() }
          }
          #expect(numbers == [1, -2])
        case "t":
          let flag = try reader.bool()
          #expect(flag)
        default: try reader.skip()
        }
      }
      let atEnd = reader.isAtEnd()
      #expect(atEnd)
    }
    #expect(keys == ["a", "é😀é/", "n", "t"])
  }

  @Test(arguments: [
    "", "{", "{\"a\"", "{\"a\":", "{\"a\":1", "{\"a\":1,}", "[1,", "\"open", "\"bad \\x\"", "\"\\u12\"", "{\"a\":}",
    "nul",
  ])
  func brokenTextIsAnErrorAndNoCrash(_ text: String) {
    #expect(throws: JSONError.self) {
      try text.withByteSlice { slice in
        var reader = JSONReader(slice, Arena())
        if slice.first == 0x22 {
          _ = try reader.string()
        } else {
          try reader.object { _, reader in try reader.skip() }
        }
      }
    }
  }
}
