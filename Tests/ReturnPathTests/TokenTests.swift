import ByteSlices
import Testing

@testable import ReturnPath

@Suite struct TokenTests {
  static let keys = "7:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n3:ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8="
  let keyring: Keyring
  let token = ReturnToken(
    purpose: .returnPath, subscriber: 0x1234_5678_9ABC_DEF0, addressMark: 0xBEEF, campaign: 0xCAFE_F00D, issued: 20_500,
    days: 90)

  init() throws { keyring = try Keyring(text: TokenTests.keys, from: "test") }

  private func verify(_ text: String) -> ReturnToken? { text.withByteSlice { keyring.verify($0) } }

  @Test func tokenComesBack() {
    for purpose in ReturnToken.Purpose.allCases {
      for key in [nil, 3, 7] as [UInt8?] {
        var token = token
        token.purpose = purpose
        let text = keyring.sign(token, key: key)
        #expect(text.utf8.count == 48 && text.hasPrefix("r"))
        #expect(text == text.lowercased())
        #expect(verify(text) == token)
        #expect(verify(text.uppercased()) == token)
      }
    }
  }

  /// Computed by Python's hmac and base64: any other program can make and check tokens.
  @Test func tokenIsAsDescribed() {
    #expect(keyring.sign(token) == "radrencwpcnlzxxqx3x4v7xqbvibiac2fdtd55qogwgwnr3h")
  }

  @Test func randomTokensAreRefused() {
    var random = SplitMix(state: 1)
    let letters = Array("abcdefghijklmnopqrstuvwxyz234567")
    for _ in 0..<10_000 {
      let text = "r" + String((0..<47).map { _ in letters[Int(random.next() & 31)] })
      #expect(verify(text) == nil, "\(text)")
    }
  }

  @Test func mutatedTokensAreRefused() {
    var random = SplitMix(state: 2)
    let letters = Array("abcdefghijklmnopqrstuvwxyz234567")
    let original = Array(keyring.sign(token))
    var tried = 0
    while tried < 10_000 {
      var text = original
      for _ in 0...Int(random.next() % 3) {
        switch random.next() % 8 {
        case 0: text.swapAt(Int(random.next() % 48), Int(random.next() % 48))
        case 1: text[Int(random.next() % 48)] = Array("019-=é")[Int(random.next() % 6)]
        default: text[Int(random.next() % 48)] = letters[Int(random.next() & 31)]
        }
      }
      if String(text).lowercased() == String(original) { continue }
      tried += 1
      #expect(verify(String(text)) == nil, "\(String(text))")
    }
  }

  @Test func everyFlippedBitIsRefused() {
    let text = keyring.sign(token)
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 48) { forged in
      text.withByteSlice { slice in
        var bytes = [UInt8](repeating: 0, count: 30)
        #expect(Base32.decode(slice, into: &bytes))
        for bit in 0..<240 {
          bytes[bit / 8] ^= 1 << (bit % 8)
          Base32.encode(bytes, count: 30, into: forged.baseAddress!)
          #expect(keyring.verify(ByteSlice(base: forged.baseAddress!, count: 48)) == nil, "bit \(bit)")
          bytes[bit / 8] ^= 1 << (bit % 8)
        }
      }
    }
  }

  @Test func anotherLengthIsRefused() {
    let text = keyring.sign(token)
    #expect(verify(text + "a") == nil)
    #expect(verify(String(text.dropLast())) == nil)
    #expect(verify("") == nil)
  }

  @Test func aKeyThatWasTakenOutVouchesForNothing() throws {
    let text = keyring.sign(token, key: 3)
    let rotated = try Keyring(text: String(TokenTests.keys.split(separator: "\n")[0]), from: "test")
    #expect(text.withByteSlice { rotated.verify($0) } == nil)
    #expect(keyring.digest != rotated.digest)
  }

  @Test func validityHasADayBefore() {
    let day = 20_500 * 86_400
    #expect(token.validity.contains(day - 86_400))
    #expect(!token.validity.contains(day - 86_401))
    #expect(token.validity.contains(day + 91 * 86_400 - 1))
    #expect(!token.validity.contains(day + 91 * 86_400))
  }

  @Test func textIsSearchedForTokens() {
    let text = keyring.sign(token)
    func found(_ value: String) -> [String] {
      var found: [String] = []
      value.withByteSlice { TokenText.forEach(in: $0) { found.append(String($0)) } }
      return found
    }
    #expect(found("bounces+\(text)@example.org") == [text])
    #expect(found("<https://example.org/u?t=\(text)>, <mailto:u+\(text.uppercased())@example.org>").count == 2)
    #expect(found(text) == [text])
    #expect(found("x\(text)@example.org").isEmpty)
    #expect(found("bounces+\(text)a@example.org").isEmpty)
    #expect(found("bounces+\(text.dropLast())0@example.org").isEmpty)
    #expect(found("anna@example.org").isEmpty)
    // Wherever it stands among runs of other lengths, and beside other tokens.
    for length in [0, 1, 46, 47, 48, 49, 95, 96, 97, 200] {
      let run = String(repeating: "q", count: length)
      #expect(found("\(run)+\(text)-\(run)=\(text)@\(run)") == [text, text])
      #expect(found("\(run)\(text)\(run)@") == (length == 0 ? [text] : []))
    }
  }
}

/// Random numbers that are the same in every run (Steele, Lea and Flood, 2014).
struct SplitMix {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
    return z ^ z >> 31
  }
}
