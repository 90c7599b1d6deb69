import CCurl
import Foundation
import ReceiverSupport
import Testing

@testable import Transport

@Suite(.enabled(if: Receiver.python != nil, "python3 is not installed"), .timeLimit(.minutes(2)))
struct HTTPTests {
  private func request(_ receiver: Receiver, _ body: String = "{}") -> HTTPRequest {
    HTTPRequest(
      url: "http://127.0.0.1:\(receiver.port)/hook", headers: [("Content-Type", "application/json"), ("X-Empty", "")],
      body: Array(body.utf8))
  }

  @Test func posts() throws {
    let receiver = try Receiver(
      .http, script: #"[{}, {"status": 503, "headers": {"Retry-After": "7"}, "body": "later"}, {"status": 302}]"#)
    let client = try HTTPClient()
    #expect(try client.post(request(receiver, "{\"a\":1}")) == HTTPResponse(status: 200, body: "ok"))
    #expect(try client.post(request(receiver)) == HTTPResponse(status: 503, body: "later", retryAfter: 7))
    #expect(try client.post(request(receiver, "")).status == 302)
    #expect(receiver.taken.map(\.body) == ["{\"a\":1}", "{}", ""])
    #expect(receiver.taken[0].headers?["content-type"] == "application/json")
    #expect(receiver.taken[0].headers?["x-empty"] == "")
    #expect(Set(receiver.taken.map(\.connection)).count == 1)
  }

  @Test func aServerThatHangsIsLeft() throws {
    let receiver = try Receiver(.http, script: #"[{"hang": 60}, {"close": true}]"#)
    let client = try HTTPClient(HTTPSettings(timeout: 0.5))
    let failure = #expect(throws: CurlFailure.self) { try client.post(request(receiver)) }
    #expect(failure?.code == CURLE_OPERATION_TIMEDOUT)
    #expect(throws: CurlFailure.self) { try client.post(request(receiver)) }
    #expect(throws: CurlFailure.self) { try client.post(request(receiver), unless: { true }) }
  }

  @Test func aHeaderCannotEndTheLine() throws {
    let client = try HTTPClient()
    #expect(throws: TransportError.self) {
      try client.post(HTTPRequest(url: "http://127.0.0.1:1/", headers: [("A", "b\r\nC: d")], body: []))
    }
  }

  @Test func onlyWhatIsAskedForIsFetched() throws {
    let file = FileManager.default.temporaryDirectory.appending(path: "fetch-\(UUID().uuidString)")
    try Data("twelve bytes".utf8).write(to: file)
    defer { try? FileManager.default.removeItem(at: file) }
    #expect(try Download.bytes(of: "file://\(file.path)", limit: 12).count == 12)
    let failure = #expect(throws: CurlFailure.self) { try Download.bytes(of: "file://\(file.path)", limit: 11) }
    #expect(failure?.words == "more than 11 bytes")
    #expect(throws: CurlFailure.self) { try Download.bytes(of: "http://127.0.0.1:1/", limit: 1) }
  }
}
