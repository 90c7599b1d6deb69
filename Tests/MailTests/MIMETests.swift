import ByteSlices
import Testing

@testable import Mail

@Suite struct MIMETests {
  /// The parts as `depth:type:body`.
  private func parts(_ text: String, _ limits: MIMELimits = MIMELimits()) -> ([String], MailFlags) {
    let tree = MIMETree(arena: Arena(), limits: limits)
    return Array(text.utf8).withByteSlice { bytes in
      tree.read(bytes)
      return (tree.parts.map { "\($0.depth):\($0.type):\($0.isLeaf ? String($0.body) : "")" }, tree.flags)
    }
  }

  @Test func aMessageWithoutMIME() {
    #expect(parts("From: a\n\nbody\n") == (["0:textPlain:body\n"], []))
    #expect(parts("") == (["0:textPlain:"], .noHeaders))
  }

  @Test func nestedMultiparts() {
    let text = """
      Content-Type: multipart/mixed; boundary="a"

      preamble
      --a
      Content-Type: multipart/alternative; boundary=ab

      --ab

      plain
      --ab
      Content-Type: text/html

      html

      --ab--
      --a
      Content-Type: message/rfc822

      Subject: inner
      Content-Type: text/html

      deep
      --a--
      epilogue
      """
    let (list, flags) = parts(text)
    #expect(
      list == [
        "0:multipartMixed:", "1:multipartAlternative:", "2:textPlain:plain", "2:textHTML:html\n", "1:message:",
        "2:textHTML:deep",
      ])
    #expect(flags == [])
  }

  @Test func aBoundaryThatBeginsAnother() {
    let text = "Content-Type: multipart/mixed; boundary=x\n\n--x\n\n--xy\nnot a delimiter\n--x--\n"
    #expect(parts(text).0 == ["0:multipartMixed:", "1:textPlain:--xy\nnot a delimiter"])
  }

  @Test func boundariesThatFail() {
    #expect(
      parts("Content-Type: multipart/mixed; boundary=x\n\n--x\n\none\n--x\n\ntwo") == (
        ["0:multipartMixed:", "1:textPlain:one", "1:textPlain:two"], .unclosedMultipart
      ))
    #expect(parts("Content-Type: multipart/mixed; boundary=x\n\ntext\n").1 == .missingBoundary)
    #expect(
      parts("Content-Type: multipart/mixed\n\n--guess\nContent-Type: text/html\n\nh\n--guess--\n").0 == [
        "0:multipartMixed:", "1:textHTML:h",
      ])
    #expect(
      parts("Content-Type: multipart/mixed; boundary=\"\"\n\n--\n\none\n-- \nsignature\n----\n").0 == [
        "0:multipartMixed:", "1:textPlain:one\n-- \nsignature",
      ])
    #expect(
      parts("Content-Type: multipart/mixed; boundary=x\n\n  --x\n\none\n  --x--\n").0 == [
        "0:multipartMixed:", "1:textPlain:one",
      ])
  }

  @Test func anInnerMultipartThatNeverCloses() {
    let text = """
      Content-Type: multipart/mixed; boundary=out

      --out
      Content-Type: multipart/mixed; boundary=in

      --in

      one
      --out

      two
      --out--
      """
    let (list, flags) = parts(text)
    #expect(list == ["0:multipartMixed:", "1:multipartMixed:", "2:textPlain:one", "1:textPlain:two"])
    #expect(flags == .unclosedMultipart)
  }

  @Test func anEmptyPartKeepsItsPlace() {
    let text = "Content-Type: multipart/mixed; boundary=x\n\n--x\nContent-Type: message/rfc822\n\n--x\n\ntwo\n--x--\n"
    #expect(parts(text).0 == ["0:multipartMixed:", "1:message:", "2:textPlain:", "1:textPlain:two"])
  }

  @Test func anEncodedMessage() {
    let text = "Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\nU3ViamVjdDogeA0KDQpib2R5DQo=\n"
    #expect(parts(text).0 == ["0:message:", "1:textPlain:body\n"])
  }

  @Test func digestPartsAreMessages() {
    let text = "Content-Type: multipart/digest; boundary=x\n\n--x\n\nSubject: a\n\nb\n--x--\n"
    #expect(parts(text).0 == ["0:multipartDigest:", "1:message:", "2:textPlain:b"])
  }

  @Test func limits() {
    let nested = String(repeating: "Content-Type: message/rfc822\n\n", count: 10)
    let (deep, deepFlags) = parts(nested, MIMELimits(depth: 3))
    #expect(deep.count == 4)
    #expect(deepFlags.contains(.depthLimit))
    let many = "Content-Type: multipart/mixed; boundary=x\n\n" + String(repeating: "--x\n\na\n", count: 10) + "--x--\n"
    let (wide, wideFlags) = parts(many, MIMELimits(parts: 4))
    #expect(wide.count == 4)
    #expect(wideFlags.contains(.partLimit))
  }
}
