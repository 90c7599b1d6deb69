import Foundation
import Spool
import Transport

/// Takes a JSON object apart key by key, so that what nobody asked for can be named as a mistake.
struct ConfigurationReader {
  private var members: [String: Any]
  private var known: [String] = []
  private let place: String
  private let file: String

  init(_ json: Any, at place: String, in file: String) throws {
    guard let members = json as? [String: Any] else {
      throw ConfigurationError("\(file): \(place.isEmpty ? "the file" : place): expected an object")
    }
    self.members = members
    self.place = place
    self.file = file
  }

  /// Reads a file that holds an object.
  init(file path: String) throws {
    let bytes: [UInt8]
    do { bytes = try Files.read(path) } catch { throw ConfigurationError("\(error)") }
    do {
      try self.init(JSONSerialization.jsonObject(with: Data(bytes)), at: "", in: path)
    } catch let error as ConfigurationError {
      throw error
    } catch {
      let place = (error as NSError).userInfo["NSDebugDescription"] as? String ?? "\(error)"
      throw ConfigurationError("\(path): not valid JSON: \(place)")
    }
  }

  func error(_ message: String) -> ConfigurationError {
    ConfigurationError("\(file): \(place.isEmpty ? "" : place + ": ")\(message)")
  }

  private mutating func take(_ key: String) -> Any? {
    known.append(key)
    let value = members.removeValue(forKey: key)
    return value is NSNull ? nil : value
  }

  private func expected(_ what: String, _ key: String) -> ConfigurationError { error("\"\(key)\": expected \(what)") }

  mutating func string(_ key: String) throws -> String? {
    guard let value = take(key) else { return nil }
    guard let text = value as? String, !text.isEmpty else { throw expected("a string", key) }
    return text
  }

  mutating func bool(_ key: String) throws -> Bool? {
    guard let value = take(key) else { return nil }
    guard let flag = value as? Bool else { throw expected("true or false", key) }
    return flag
  }

  /// A whole number from 1 to `most`.
  mutating func count(_ key: String, most: Int) throws -> Int? {
    guard let value = take(key) else { return nil }
    guard let count = value as? Int, (1...most).contains(count) else {
      throw expected("a whole number from 1 to \(most)", key)
    }
    return count
  }

  mutating func object(_ key: String) throws -> ConfigurationReader? {
    guard let value = take(key) else { return nil }
    return try ConfigurationReader(value, at: "\(place.isEmpty ? "" : place + ".")\(key)", in: file)
  }

  /// A list of strings, or one string.
  mutating func strings(_ key: String) throws -> [String] {
    guard let value = take(key) else { return [] }
    if let text = value as? String { return [text] }
    guard let list = value as? [String] else { throw expected("a list of strings", key) }
    return list
  }

  /// An object whose values are texts or numbers.
  mutating func texts(_ key: String) throws -> [String: String] {
    guard let value = take(key) else { return [:] }
    guard let members = value as? [String: Any] else { throw expected("an object of texts", key) }
    return try members.mapValues { member in
      if let text = member as? String { return text }
      guard let number = member as? NSNumber, !(member is Bool) else { throw expected("an object of texts", key) }
      return "\(number)"
    }
  }

  /// A list of objects; a string stands for an object with that one member.
  mutating func objects(_ key: String, orStrings member: String) throws -> [ConfigurationReader] {
    guard let value = take(key) else { return [] }
    guard let list = value as? [Any] else { throw expected("a list", key) }
    return try list.enumerated().map { index, element in
      let object: Any = (element as? String).map { [member: $0] } ?? element
      return try ConfigurationReader(object, at: "\(place.isEmpty ? "" : place + ".")\(key)[\(index)]", in: file)
    }
  }

  /// A string, or an object with one member, which is a string or a list of strings: `"keep"`, `{"move": "Done"}`.
  mutating func choice(_ key: String) throws -> (name: String, values: [String])? {
    guard let value = take(key) else { return nil }
    if let text = value as? String { return (text, []) }
    if let members = value as? [String: Any], members.count == 1, let member = members.first {
      if let text = member.value as? String, !text.isEmpty { return (member.key, [text]) }
      if let list = member.value as? [String], !list.isEmpty { return (member.key, list) }
    }
    throw expected("a string, or an object with one member", key)
  }

  /// Any value that decodes itself; relative paths in it are relative to the file.
  mutating func decode<Value: Decodable>(_ key: String, as type: Value.Type) throws -> Value? {
    guard let value = take(key) else { return nil }
    do {
      let decoder = JSONDecoder()
      decoder.userInfo[.folder] = (file as NSString).deletingLastPathComponent
      return try decoder.decode(
        type, from: try JSONSerialization.data(withJSONObject: value, options: .fragmentsAllowed))
    } catch let error as DecodingError {
      throw self.error("\"\(key)\": \(Self.words(for: error))")
    } catch {
      throw self.error("\"\(key)\": \(error)")
    }
  }

  /// Complains of keys that nobody asked for.
  func end() throws {
    guard let stranger = members.keys.sorted().first else { return }
    throw error("unknown key \"\(stranger)\"; known are \(known.sorted().joined(separator: ", "))")
  }

  private static func words(for error: DecodingError) -> String {
    let context: DecodingError.Context
    switch error {
    case .typeMismatch(_, let found), .valueNotFound(_, let found), .keyNotFound(_, let found),
      .dataCorrupted(let found):
      context = found
    @unknown default: return "\(error)"
    }
    let path = context.codingPath.map(\.stringValue).joined(separator: ".")
    return (path.isEmpty ? "" : path + ": ") + context.debugDescription
  }
}
