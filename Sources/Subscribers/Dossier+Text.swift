extension Dossier {
  /// For a person, in lines of at most so many columns.
  public func text(width: Int = 80) -> String {
    var lines: [String] = [address]
    if let erased { lines.append("  erased on request on \(Time.text(erased)); nothing else is known") }
    if standings.isEmpty, erased == nil { lines.append("  active: nothing is known against it") }
    for standing in standings { lines += words(standing) }
    if people.isEmpty, erased == nil { lines.append("  not among the imported subscribers") }
    for person in people {
      lines.append("")
      lines.append("subscriber \(person.key)" + (person.address == address ? "" : "  \(person.address)"))
      lines.append("  lists      " + (person.lists.isEmpty ? "none" : person.lists.joined(separator: ", ")))
      for (name, value) in person.fields.sorted(by: { $0.key < $1.key }) {
        lines.append("  \(name.padded(10)) \(JSONValue.string(value.text) ?? value.text)")
      }
    }
    let happened = history.filter { $0.kind != .state }
    if !happened.isEmpty { lines += ["", "history"] }
    for entry in happened {
      lines.append("  \((entry.at.map(Time.text) ?? "no date").padded(20))  \(headline(entry))")
      let details = [entry.words, entry.subject.map { "Subject: \($0)" }, entry.place].compactMap(\.self)
      for detail in details { lines.append(String(repeating: " ", count: 24) + detail.oneLine) }
    }
    let states = history.filter { $0.kind == .state }
    if !states.isEmpty { lines += ["", "states that act has set, the latest last"] }
    for entry in states { lines.append("  " + headline(entry)) }
    return lines.map { $0.cut(to: width) + "\n" }.joined()
  }

  private func words(_ standing: Standing) -> [String] {
    var lines = ["  \(standing.status)" + (standing.list.map { " on the list \($0)" } ?? "")]
    if let since = standing.since { lines[0] += " since \(Time.text(since))" }
    func add(_ name: String, _ value: String?) { if let value { lines.append("    \(name.padded(8)) \(value)") } }
    add("why", standing.cause)
    add("rule", standing.rule)
    add("policy", standing.policy == standing.cause ? nil : standing.policy)
    add("message", standing.message)
    add("now at", standing.newAddress)
    return lines
  }

  private func headline(_ entry: Entry) -> String {
    let what: String
    switch entry.kind {
    case .event, .state: what = entry.what
    case .decision: what = "decided: \(entry.what)" + (entry.list.map { " on the list \($0)" } ?? "")
    case .delivery: what = "passed on: \(entry.what)"
    case .campaign: what = "campaign \(entry.what)"
    }
    return what + (entry.rule.map { "  by \($0)" } ?? "")
  }
}

extension String {
  /// At least so wide.
  func padded(_ width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }

  /// Line ends and control characters, which strangers may have written, as spaces.
  var oneLine: String {
    String(
      String.UnicodeScalarView(unicodeScalars.map { $0.value < 0x20 || (0x7F...0x9F).contains($0.value) ? " " : $0 }))
  }

  /// At most so wide, with a sign that something is missing.
  func cut(to width: Int) -> String {
    let line = oneLine
    return line.count <= width ? line : line.prefix(max(width - 1, 1)) + "…"
  }
}
