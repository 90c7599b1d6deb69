import Testing

@testable import ReturnPath

@Suite struct KeyringTests {
  private func problem(_ text: String) -> String {
    do {
      _ = try Keyring(text: text, from: "keys")
      return ""
    } catch { return "\(error)" }
  }

  @Test func entriesAreReadFromFilesAndVariables() throws {
    let secret = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
    #expect(try Keyring(text: "# ours\n2:\(secret) # new\n1:\(secret)\n", from: "keys").ids == [2, 1])
    #expect(try Keyring(text: "2:\(secret),1:\(secret)", from: "env").signingKey == 2)
  }

  @Test func errorsNameThePlace() {
    #expect(problem("# nothing\n").contains("keys: no key"))
    #expect(problem("\n300:AAAA").contains("keys, line 2: the key's id is not a number"))
    #expect(problem("1:short").contains("base64 of 16 bytes"))
    #expect(problem("AAECAwQF").contains("no colon"))
    let entry = Keyring.newEntry(id: 1)
    #expect(problem("\(entry)\n\(entry)").contains("line 2: a second key 1"))
  }

  @Test func newEntriesDiffer() throws {
    #expect(Keyring.newEntry(id: 1) != Keyring.newEntry(id: 1))
    #expect(try Keyring(text: Keyring.newEntry(id: 255), from: "keys").ids == [255])
  }

  @Test func formsOfAddresses() throws {
    let form = try ReturnAddress("bounces+{token}@example.org", key: "return_path.address")
    #expect(form.address("abc") == "bounces+abc@example.org" && form.domain == "example.org")
    #expect(try ReturnAddress("{token}@bounces.example.org", key: "k").address("x") == "x@bounces.example.org")
    for bad in [
      "bounces@example.org", "{token}", "bounces{token}@example.org", "a+{token}{token}@example.org",
      "a@example.org+{token}", "a-name-that-is-too-long+{token}@example.org", "a b+{token}@example.org", "b+{token}@",
    ] {
      #expect(throws: ReturnPathError.self, "\(bad)") { try ReturnAddress(bad, key: "k") }
    }
  }
}
