import Fetch
import Spool
import Transport

extension RemoteMailbox {
  /// A source's `mailbox` and what goes with it; nil where the source is no mailbox.
  ///
  /// - Parameter folder: what paths are relative to.
  init?(_ object: inout ConfigurationReader, folder: String, workspace: Workspace) throws {
    let url = try object.string("mailbox")
    let user = try object.string("user")
    let isPlain = try object.bool("tls") == false
    let name = try object.string("name")
    let password = try object.decode("password", as: Secret.self)
    let token = try object.decode("token", as: Secret.self)
    let authorities = try object.string("ca_file")
    let afterwards = try object.choice("afterwards")
    let timeout = try object.count("timeout", most: 3600)
    guard let url else {
      guard user == nil, name == nil, password == nil, token == nil, authorities == nil, afterwards == nil else {
        throw object.error("\"mailbox\" is missing, which the other keys speak of")
      }
      return nil
    }
    do {
      try self.init(url: url, user: user, isPlain: isPlain)
    } catch let error as FetchError {
      throw object.error("\"mailbox\": \(error)")
    }
    if let name {
      guard !name.hasPrefix("."), !name.contains("/") else {
        throw object.error("\"name\": expected the name of a folder, without a slash")
      }
      self.name = name
    }
    maildir = workspace.maildir(of: self.name)
    self.password = password
    self.token = token
    guard (password == nil) != (token == nil) else {
      throw object.error(
        "expected \"password\" or \"token\", such as {\"file\": \"secret\"}, {\"environment\": \"NAME\"} "
          + "or {\"command\": [\"pass\", \"returns\"]}")
    }
    self.authorities = authorities.map { Configuration.absolute($0, to: folder) }
    if let timeout { self.timeout = timeout }
    if let afterwards { self.afterwards = try Self.afterwards(afterwards, access, object) }
  }

  private static func afterwards(
    _ choice: (name: String, values: [String]), _ access: Access, _ object: ConfigurationReader
  ) throws -> Afterwards {
    switch (choice.name, choice.values.count) {
    case ("keep", 0): return .keep
    case ("delete", 0): return .delete
    case ("move", 1) where access == .imap: return .move(choice.values[0])
    case ("flag", 1) where access == .imap:
      let flag = choice.values[0]
      guard flag.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || "\\$_-.".contains($0)) }) else {
        throw object.error("\"afterwards\": expected a flag such as \\Seen or a keyword, not \"\(flag)\"")
      }
      return .flag(flag)
    default:
      throw object.error(
        access == .imap
          ? "\"afterwards\": expected \"keep\", \"delete\", {\"move\": \"FOLDER\"} or {\"flag\": \"\\\\Seen\"}"
          : "\"afterwards\": expected \"keep\" or \"delete\", which is all that POP3 can do")
    }
  }

  /// The keys of the source that say the same.
  var members: [String: Any] {
    let scheme = access.rawValue + (security == .implicit ? "s" : "")
    let path = access == .imap ? "/" + folder : ""
    let host = host.contains(":") && !host.hasPrefix("[") ? "[\(host)]" : host
    var members: [String: Any] = ["mailbox": "\(scheme)://\(host):\(port)\(path)", "user": user, "name": name]
    if security == .none { members["tls"] = false }
    if let password { members["password"] = password.member }
    if let token { members["token"] = token.member }
    if let authorities { members["ca_file"] = authorities }
    if timeout != 60 { members["timeout"] = timeout }
    switch afterwards {
    case .keep: break
    case .delete: members["afterwards"] = "delete"
    case .move(let folder): members["afterwards"] = ["move": folder]
    case .flag(let flag): members["afterwards"] = ["flag": flag]
    }
    return members
  }
}

extension Secret {
  fileprivate var member: [String: Any] {
    switch self {
    case .file(let path): ["file": path]
    case .environment(let name): ["environment": name]
    case .command(let words): ["command": words]
    }
  }
}
