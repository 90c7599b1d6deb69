import ByteSlices

/// The names of files in a Maildir: `UNIQUE:2,FLAGS` in `cur`, `UNIQUE` in `new`. UNIQUE, the base name, may hold any
/// byte but a slash, and is what stays when flags are set or the message moves to `cur`.
public enum MaildirName {
  /// The name without its flags. Some programs write `;2,` or `!2,` where the file system forbids a colon.
  public static func base(_ name: ByteSlice) -> ByteSlice {
    var at = name.count - 3
    while at > 0 {
      if name[at + 2] == 0x2C, name[at + 1] == 0x32 || name[at + 1] == 0x31,
        name[at] == 0x3A || name[at] == 0x3B || name[at] == 0x21
      {
        return name.slice(0, at)
      }
      at -= 1
    }
    return name.last == 0x3A ? name.dropLast() : name
  }

  /// False for what other programs keep beside the mail: dot-files, and the indexes of Dovecot and Courier.
  public static func mayBeMail(_ name: ByteSlice) -> Bool {
    !name.isEmpty && name[0] != 0x2E && !name.hasPrefix("dovecot") && !name.hasPrefix("courierimap")
      && !(name == "maildirsize") && !(name == "maildirfolder") && !(name == "subscriptions")
  }

  /// The Maildir of a message's path, `DIR/cur/NAME` or `DIR/new/NAME`, and the name in it.
  public static func split(_ path: ByteSlice) -> (folder: ByteSlice, name: ByteSlice)? {
    guard let slash = path.lastIndex(of: 0x2F) else { return nil }
    let box = path.slice(0, slash)
    guard box.hasSuffix("/cur") || box.hasSuffix("/new") else { return nil }
    return (box.dropLast(4), path.dropFirst(slash + 1))
  }
}
