import ByteSlices
import Mustache
import Testing

@testable import Compose

@Suite struct TemplateTests {
  static let fields = Fields(["first_name", "city", "points"])

  private func render(_ text: String, _ values: [String: String], isHTML: Bool = false) throws -> String {
    let part = try PartTemplate(text, file: "letter.txt", isHTML: isHTML, fields: TemplateTests.fields)
    let arena = Arena()
    let out = ByteBuffer()
    let slices = TemplateTests.fields.names.map { values[$0].map { arena.copy($0) } ?? .empty }
    part.render(slices, to: out)
    // Again, by what was kept.
    let first = String(out.slice)
    out.removeAll()
    part.render(slices, to: out)
    #expect(String(out.slice) == first)
    return first
  }

  @Test func valuesAreEscapedInHTMLAlone() throws {
    let values = ["first_name": "Ann <b> & \"Co\" 'x'"]
    #expect(try render("Dear {{first_name}},", values) == "Dear Ann <b> & \"Co\" 'x',")
    #expect(
      try render("<p>{{first_name}}|{{{first_name}}}|{{&first_name}}", values, isHTML: true)
        == "<p>Ann &lt;b&gt; &amp; &quot;Co&quot; &#39;x&#39;|Ann <b> & \"Co\" 'x'|Ann <b> & \"Co\" 'x'")
  }

  /// What is kept of a template says the same as the library itself, for every combination of values.
  @Test(arguments: [
    "Dear {{first_name}},\n\n{{#city}}\nIn {{city}} {{#points}}({{points}} points){{/points}}\n{{/city}}\n{{^city}}\nHow are you?\n{{/city}}\nBye",
    "{{#first_name}}\nHello {{.}}!\n{{/first_name}}\n  {{^first_name}}Hello!{{/first_name}}\n{{! a comment }}\nEnd {{points}}",
    "{{uppercased(first_name)}} of {{city}}", "no tag at all", "", "{{first_name}}",
  ])
  func saysWhatTheLibrarySays(_ text: String) throws {
    for pattern in 0..<8 {
      var values: [String: String] = [:]
      if pattern & 1 != 0 { values["first_name"] = "Zoë & <Co>" }
      if pattern & 2 != 0 { values["city"] = "Łódź" }
      if pattern & 4 != 0 { values["points"] = "12" }
      for isHTML in [true, false] {
        let type = isHTML ? "HTML" : "TEXT"
        let library = try MustacheTemplate(string: "{{% CONTENT_TYPE:\(type)}}\n" + text).render(values)
        #expect(try render(text, values, isHTML: isHTML) == library)
      }
    }
  }

  private func problem(_ text: String) -> String {
    do {
      _ = try PartTemplate(
        text, file: "letter.txt", isHTML: false, fields: TemplateTests.fields,
        partials: ["foot": ("\nBye, {{nobody}}", "foot.mustache"), "sign": ("Yours", "sign.mustache")])
      return ""
    } catch { return "\(error)" }
  }

  @Test func errorsNameFileLineAndField() {
    #expect(
      problem("Dear\n{{ frist_name }}").contains("letter.txt, line 2: unknown field \"frist_name\"; known are address"))
    #expect(problem("{{#city}}\n\n{{town}}{{/city}}").contains("letter.txt, line 3: unknown field \"town\""))
    #expect(problem("{{uppercased(town)}}").contains("unknown field \"town\""))
    #expect(problem("a\n{{#city}}x").contains("not closed"))
    #expect(problem("a\n\nb {{city").contains("letter.txt, line 3: a tag is not closed"))
    #expect(problem("{{#city}}\n{{/points}}").contains("letter.txt, line 2"))
    #expect(problem("{{=<% %>=}}").contains("delimiters"))
    #expect(problem("x\n{{> head}}").contains("letter.txt, line 2: no partial \"head\""))
    #expect(problem("{{> foot}}").contains("foot.mustache, line 2: unknown field \"nobody\""))
    #expect(problem("{{> sign}}").isEmpty)
  }

  @Test func partialsAreWoven() throws {
    let part = try PartTemplate(
      "Hi\n{{> sign}}\n", file: "a", isHTML: false, fields: TemplateTests.fields,
      partials: ["sign": ("Yours, {{city}}\n", "sign.mustache")])
    let out = ByteBuffer()
    let arena = Arena()
    part.render(TemplateTests.fields.names.map { $0 == "city" ? arena.copy("Ulm") : .empty }, to: out)
    #expect(String(out.slice) == "Hi\nYours, Ulm\n")
  }
}
