import Foundation

extension CodingUserInfoKey {
  /// The folder, a `String`, that relative paths of what is decoded are relative to.
  public static let folder = CodingUserInfoKey(rawValue: "returnmill.folder")!
}

private struct AnyKey: CodingKey {
  var stringValue: String
  var intValue: Int? { nil }
  init?(stringValue: String) { self.stringValue = stringValue }
  init?(intValue: Int) { nil }
}

extension Decoder {
  /// Throws when the object has a key that isn't known, for it is likely to be a slip of the pen.
  public func refuseKeys<Key: CodingKey & CaseIterable>(besides known: Key.Type) throws {
    try refuseKeys(besides: Key.allCases.map(\.stringValue))
  }

  /// Throws when the object has a key that isn't known.
  public func refuseKeys(besides known: [String]) throws {
    let strangers = try container(keyedBy: AnyKey.self).allKeys.map(\.stringValue).filter { !known.contains($0) }
    guard let stranger = strangers.min() else { return }
    throw DecodingError.dataCorrupted(
      .init(
        codingPath: codingPath,
        debugDescription: "unknown key \"\(stranger)\"; known are \(known.sorted().joined(separator: ", "))"))
  }

  /// A path made absolute, where the folder is known that it is relative to.
  public func absolute(_ path: String) -> String {
    let path = path.hasPrefix("~") ? (path as NSString).expandingTildeInPath : path
    guard !path.hasPrefix("/"), let folder = userInfo[.folder] as? String else { return path }
    var parts: [Substring] = []
    for part in (folder + "/" + path).split(separator: "/") where part != "." {
      if part == ".." { _ = parts.popLast() } else { parts.append(part) }
    }
    return "/" + parts.joined(separator: "/")
  }

  /// An error at this place.
  public func problem(_ words: String) -> DecodingError {
    .dataCorrupted(.init(codingPath: codingPath, debugDescription: words))
  }
}
