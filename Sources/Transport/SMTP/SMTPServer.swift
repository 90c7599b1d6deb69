import Foundation

/// A mail server to submit to, and how.
///
/// In the configuration:
/// ```json
/// {"url": "smtps://mail.example.org", "user": "mill", "password": {"file": "smtp.password"}, "connections": 4}
/// ```
public struct SMTPServer: Sendable, Equatable {
  /// Whether the connection of an `smtp:` URL is encrypted by STARTTLS (RFC 3207) before anything else is said. An
  /// `smtps:` URL is encrypted from the start (RFC 8314).
  public enum StartTLS: String, Sendable, Codable, CaseIterable {
    case required, never
    /// When the server offers it: whoever is on the way can make it seem not to.
    case opportunistic
  }

  /// `smtp://host:port` or `smtps://host:port`. Ports by default 25 and 465; servers for submission have 587.
  public var url: String
  /// By default required, but never towards this machine itself.
  public var startTLS: StartTLS
  public var tls: TLS
  /// The name to log in with; nil where the server wants none.
  public var user: String?
  public var password: Secret?
  /// What EHLO says; by default the machine's name.
  public var helo: String?
  /// How many connections a pool opens, from 1 to 64.
  public var connections: Int
  /// How many messages a pool begins in a second; nil for as many as it can.
  public var perSecond: Double?
  /// Seconds to reach the server.
  public var connectTimeout: Double
  /// Seconds for one message, and for each reply. RFC 5321 §4.5.3.2 asks for up to 600.
  public var timeout: Double

  /// Settings that have been looked at.
  ///
  /// - Throws: `TransportError` when they can't work.
  public init(
    url: String, startTLS: StartTLS? = nil, tls: TLS = TLS(), user: String? = nil, password: Secret? = nil,
    helo: String? = nil, connections: Int = 1, perSecond: Double? = nil, connectTimeout: Double = 30,
    timeout: Double = 300
  ) throws(TransportError) {
    guard let parts = URLComponents(string: url), let scheme = parts.scheme, let host = parts.host, !host.isEmpty,
      ["smtp", "smtps"].contains(scheme), ["", "/"].contains(parts.path), parts.query == nil
    else { throw TransportError("\"\(url)\": expected smtp://HOST:PORT or smtps://HOST:PORT") }
    guard parts.user == nil, parts.password == nil else {
      throw TransportError("\"\(url)\": a URL with a user in it; use the keys \"user\" and \"password\"")
    }
    let isLocal = SMTPServer.isLoopback(host)
    let startTLS = startTLS ?? (isLocal ? .never : .required)
    guard (user == nil) == (password == nil) else {
      throw TransportError("\"\(url)\": \"user\" and \"password\" go together: give both or none")
    }
    if user != nil, scheme == "smtp", startTLS != .required, !isLocal {
      throw TransportError(
        "\"\(url)\": the password would cross the network unencrypted; use smtps:, or \"starttls\": \"required\"")
    }
    if let helo, !SMTPServer.isDomain(helo) {
      throw TransportError("\"helo\": \"\(helo)\" is no host name")
    }
    guard (1...64).contains(connections) else {
      throw TransportError("\"connections\": \(connections): expected 1 to 64")
    }
    if let perSecond, !(perSecond > 0) { throw TransportError("\"per_second\": expected more than 0") }
    guard connectTimeout > 0, timeout > 0, connectTimeout <= 86400, timeout <= 86400 else {
      throw TransportError("\"connect_timeout\" and \"timeout\": expected seconds, more than 0, at most 86400")
    }
    self.url = url
    self.startTLS = startTLS
    self.tls = tls
    self.user = user
    self.password = password
    self.helo = helo
    self.connections = connections
    self.perSecond = perSecond
    self.connectTimeout = connectTimeout
    self.timeout = timeout
  }

  /// Whether a URL's host is this machine itself by its very name.
  static func isLoopback(_ host: String) -> Bool {
    let octets = host.split(separator: ".", omittingEmptySubsequences: false)
    return host.lowercased() == "localhost" || host == "[::1]" || host == "::1"
      || (octets.count == 4 && octets[0] == "127" && octets.allSatisfy { UInt8($0) != nil })
  }

  private static func isDomain(_ name: String) -> Bool {
    !name.isEmpty
      && name.utf8.allSatisfy {
        switch $0 {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "["),
          UInt8(ascii: "]"), UInt8(ascii: ":"):
          true
        default: false
        }
      }
  }
}

extension SMTPServer: Codable {
  private enum CodingKeys: String, CodingKey, CaseIterable {
    case url, starttls, verify, user, password, helo, connections, timeout
    case caFile = "ca_file"
    case perSecond = "per_second"
    case connectTimeout = "connect_timeout"
  }

  public init(from decoder: any Decoder) throws {
    try decoder.refuseKeys(besides: CodingKeys.self)
    let values = try decoder.container(keyedBy: CodingKeys.self)
    do {
      try self.init(
        url: values.decode(String.self, forKey: .url),
        startTLS: values.decodeIfPresent(StartTLS.self, forKey: .starttls),
        tls: TLS(
          caFile: values.decodeIfPresent(String.self, forKey: .caFile).map(decoder.absolute),
          verify: values.decodeIfPresent(Bool.self, forKey: .verify) ?? true),
        user: values.decodeIfPresent(String.self, forKey: .user),
        password: values.decodeIfPresent(Secret.self, forKey: .password),
        helo: values.decodeIfPresent(String.self, forKey: .helo),
        connections: values.decodeIfPresent(Int.self, forKey: .connections) ?? 1,
        perSecond: values.decodeIfPresent(Double.self, forKey: .perSecond),
        connectTimeout: values.decodeIfPresent(Double.self, forKey: .connectTimeout) ?? 30,
        timeout: values.decodeIfPresent(Double.self, forKey: .timeout) ?? 300)
    } catch let error as TransportError {
      throw decoder.problem(error.description)
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(url, forKey: .url)
    try values.encode(startTLS, forKey: .starttls)
    try values.encodeIfPresent(tls.caFile, forKey: .caFile)
    try values.encode(tls.verify, forKey: .verify)
    try values.encodeIfPresent(user, forKey: .user)
    try values.encodeIfPresent(password, forKey: .password)
    try values.encodeIfPresent(helo, forKey: .helo)
    try values.encode(connections, forKey: .connections)
    try values.encodeIfPresent(perSecond, forKey: .perSecond)
    try values.encode(connectTimeout, forKey: .connectTimeout)
    try values.encode(timeout, forKey: .timeout)
  }
}
