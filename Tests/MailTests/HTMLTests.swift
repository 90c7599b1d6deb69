import ByteSlices
import Testing

@testable import Mail

@Suite struct HTMLTests {
  private func text(_ html: String, cap: Int = 10_000) -> String {
    let out = ByteBuffer()
    html.withByteSlice { _ = HTMLText.append($0, to: out, cap: cap) }
    return String(out.slice)
  }

  @Test(arguments: [
    ("a <b>b</b>c", "a bc\n"),
    ("<p>one</p><p>two</p>", "one\n\ntwo\n"),
    ("one<br>two<br/><br />three", "one\ntwo\n\nthree\n"),
    ("<div>one</div><div>two</div>", "one\ntwo\n"),
    ("  a \n\t b  ", "a b\n"),
    ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc\n"),
    ("<head><title>no</title></head><style>x{}</style><script>if (a<b) {}</script>yes", "yes\n"),
    ("a<!-- b -->c<!-- d", "ac\n"),
    ("&lt;a&gt; &amp; &quot;b&quot; &#233;&#xE9;&eacute;&nbsp;&euro;", "<a> & \"b\" ééé €\n"),
    ("&bogus; & &#0; a&", "&bogus; & \u{FFFD} a&\n"),
    ("<blockquote>quoted<br>lines</blockquote>own", "> quoted\n> lines\nown\n"),
    ("<ul><li>a<li>b</ul>", "* a\n* b\n"),
    ("5 < 6 and <ann@example.org> wrote", "5 < 6 and <ann@example.org> wrote\n"),
    ("<pre>a\n  b\nc</pre>", "a\nb\nc\n"),
    ("<a title=\"x > y\">z</a>", "z\n"),
    ("<o:p>x</o:p>", "x\n"),
    ("&#146;", "’\n"),
    ("", ""), ("<", ""), ("<p", ""),
  ]) func shownText(_ html: String, _ expected: String) { #expect(text(html) == expected) }

  @Test func entitiesAreSorted() {
    let names = HTMLEntities.names.map { "\($0.0)" }
    #expect(names == names.sorted { Array($0.utf8).lexicographicallyPrecedes(Array($1.utf8)) })
  }

  @Test func theCapCuts() { #expect(text(String(repeating: "word ", count: 1000), cap: 100).utf8.count < 120) }
}
