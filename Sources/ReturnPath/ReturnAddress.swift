import ByteSlices

/// The form of an address that carries a token: `bounces+{token}@example.org`.
public struct ReturnAddress: Sendable, Equatable {
  /// What stands in the form for the token.
  public static let mark = "{token}"

  /// What comes before the token, and after it, from the `@` or before.
  public let prefix: String
  public let suffix: String
  /// Behind the `@`.
  public let domain: String

  /// Reads a form.
  /// - Parameter key: where it stands, for errors.
  public init(_ form: String, key: String) throws {
    func problem(_ what: String) -> ReturnPathError { .address(key: key, form: form, problem: what) }
    let parts = form.components(cutAt: ReturnAddress.mark)
    guard parts.count == 2 else { throw problem("expected {token} once in it") }
    (prefix, suffix) = (parts[0], parts[1])
    guard !prefix.contains("@"), let at = suffix.firstIndex(of: "@") else {
      throw problem("expected {token} before the @")
    }
    domain = String(suffix[suffix.index(after: at)...])
    let isPlain = { (text: Substring) in
      text.utf8.allSatisfy { $0.isASCIIAlphanumeric || "+-_.=".utf8.contains($0) }
    }
    guard isPlain(prefix[...]), isPlain(suffix[..<at]), isPlain(domain[...]), !domain.hasPrefix("."),
      !domain.hasSuffix("."), !domain.isEmpty
    else { throw problem("expected letters, digits and + - _ . = around the token, and a domain behind the @") }
    if let last = prefix.utf8.last, last.isASCIIAlphanumeric {
      throw problem("expected + - _ . or = between the name and the token, or its beginning can't be told")
    }
    if suffix.utf8.first?.isASCIIAlphanumeric == true { throw problem("expected + - _ . = or @ behind the token") }
    let local = prefix.utf8.count + ReturnToken.length + suffix[..<at].utf8.count
    guard local <= 64 else {
      throw problem("the local part would have \(local) characters, and mail servers allow 64: shorten the name")
    }
  }

  /// The address that carries a token.
  public func address(_ token: String) -> String { prefix + token + suffix }
}

extension String {
  fileprivate func components(cutAt mark: String) -> [String] {
    var parts: [String] = []
    var rest = self[...]
    while let found = rest.firstRange(of: mark) {
      parts.append(String(rest[..<found.lowerBound]))
      rest = rest[found.upperBound...]
    }
    return parts + [String(rest)]
  }
}
