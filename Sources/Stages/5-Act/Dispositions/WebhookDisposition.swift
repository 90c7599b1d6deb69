import ByteSlices
import Crypto
import Foundation
import Transport

/// Posts each event as JSON:
/// ```json
/// {"kind": "webhook", "url": "https://crm.example/hook", "secret": {"environment": "HOOK_SECRET"}, "timeout": 10}
/// ```
struct WebhookSettings: DispositionSettings {
  static let kind = "webhook"
  var url: String
  /// The key of the signature; nil for none.
  var secret: Secret?
  /// Further header fields.
  var headers: [String: String]
  var http: HTTPSettings
  /// How often an event is posted in one run, before it is left to the next.
  var tries: Int
  /// Seconds before the second try; twice as many before each further one.
  var backOff: Double
  /// How many are posted side by side.
  var connections: Int
  let takesEvents = true
  var place: String { url }
  let verb = "posted to"

  init(_ reader: SettingsReader) throws {
    let url: String = try reader.required("url")
    self.url = url
    guard let parts = URLComponents(string: url), ["http", "https"].contains(parts.scheme), parts.host?.isEmpty == false
    else { throw reader.problem("\"url\": \"\(url)\": expected https://HOST/PATH") }
    secret = try reader.optional("secret")
    let headers: [String: String] = try reader.optional("headers") ?? [:]
    self.headers = headers
    if let name = headers.keys.sorted().first(where: { !WebhookSettings.isField($0, headers[$0] ?? "") }) {
      throw reader.problem("\"headers\": \"\(name)\" can't be a header field; expected a name and a value of one line")
    }
    http = HTTPSettings(
      tls: try reader.tls(), connectTimeout: try reader.number("connect_timeout", in: 0.1...3600, default: 5),
      timeout: try reader.number("timeout", in: 0.1...3600, default: 10))
    tries = try reader.number("tries", in: 1...20, default: 3)
    backOff = try reader.number("back_off", in: 0.01...3600, default: 1)
    connections = try reader.number("connections", in: 1...64, default: 1)
  }

  func open(_ context: DispositionContext) -> any Disposition { WebhookDisposition(self, context) }

  private static func isField(_ name: String, _ value: String) -> Bool {
    !name.isEmpty && name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: ":") }
      && value.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F }
  }
}

/// A receiver of events by HTTP.
///
/// Each request names its key in `Idempotency-Key`; a repeat has the same key and the same body. An answer of 2xx means
/// that the event has arrived.
final class WebhookDisposition: Disposition {
  private let settings: WebhookSettings
  private let context: DispositionContext
  private var pool: HTTPPool?
  private var signature: WebhookSignature?
  private var jobs: [DeliveryJob] = []

  let needsMessage = false
  let isRecordedAtOnce = true

  init(_ settings: WebhookSettings, _ context: DispositionContext) {
    self.settings = settings
    self.context = context
  }

  func add(_ job: DeliveryJob, _ message: ByteSlice) throws -> DeliveryOutcome? {
    jobs.append(job)
    return nil
  }

  /// As many at a time as there are connections, so that no more than those can be repeated when the process dies.
  func commit(_ record: (Int, DeliveryOutcome) throws -> Bool) throws {
    let batch = jobs
    jobs.removeAll()
    var at = 0
    while at < batch.count {
      let round = batch[at..<min(at + settings.connections, batch.count)]
      at = round.endIndex
      let outcomes = post(round.map(request))
      for (job, outcome) in zip(round, outcomes) where try !record(job.index, outcome) { at = batch.count }
    }
  }

  private func request(_ job: DeliveryJob) -> (key: String, body: [UInt8]) { (job.key, job.entry.facts.json()) }

  private func post(_ requests: [(key: String, body: [UInt8])]) -> [DeliveryOutcome] {
    do {
      if pool == nil {
        pool = try HTTPPool(settings.http, connections: settings.connections)
        signature = try settings.secret.map { WebhookSignature(secret: try $0.read()) }
      }
    } catch {
      return requests.map { _ in .failed(DeliveryFailure(reason: "\(error)", isAboutPlace: true)) }
    }
    guard let pool else { return [] }
    let (settings, signature) = (settings, signature)
    return pool.map(requests, unless: context.shouldStop) { request, client, shouldStop in
      WebhookDisposition.post(request, settings, signature, client, shouldStop)
    }
  }

  /// Tries until it has arrived, or no more tries are left, or trying is no use for now.
  private static func post(
    _ request: (key: String, body: [UInt8]), _ settings: WebhookSettings, _ signature: WebhookSignature?,
    _ client: HTTPClient, _ shouldStop: @escaping @Sendable () -> Bool
  ) -> DeliveryOutcome {
    var failure = DeliveryFailure(reason: "interrupted", isAboutPlace: true)
    for round in 0..<settings.tries {
      var wait = settings.backOff * Double(1 << round)
      do {
        var headers = settings.headers.sorted { $0.key < $1.key }.map { (name: $0.key, value: $0.value) }
        headers += [("Content-Type", "application/json"), ("Idempotency-Key", request.key)]
        // The signature is made anew for each try, as the time is part of it.
        if let signature {
          headers.append(
            (WebhookSignature.header, signature.value(body: request.body, time: Int(Date().timeIntervalSince1970))))
        }
        let response = try client.post(
          HTTPRequest(url: settings.url, headers: headers, body: request.body), unless: shouldStop)
        if (200...299).contains(response.status) { return .delivered(place: nil) }
        failure = refusal(response, settings.url)
        // 408, 425, 429 and 5xx pass by themselves.
        guard [408, 425, 429].contains(response.status) || response.status >= 500 else { return .failed(failure) }
        if let asked = response.retryAfter {
          if asked > longestWait { return .failed(failure) }
          wait = max(wait, asked)
        }
      } catch {
        failure = DeliveryFailure(reason: "\(settings.url): \(error)", isAboutPlace: true)
      }
      guard round + 1 < settings.tries, Pause.until(.now + .seconds(min(wait, longestWait)), unless: shouldStop) else {
        break
      }
    }
    return .failed(failure)
  }

  /// A run doesn't wait longer between two tries.
  private static let longestWait = 60.0

  private static func refusal(_ response: HTTPResponse, _ url: String) -> DeliveryFailure {
    let words = response.body.split(whereSeparator: \.isNewline).joined(separator: " ").prefix(200)
    // 400, 409, 413 and 422 speak of the event; all else of the receiver.
    return DeliveryFailure(
      reason: "\(url) answered \(response.status)\(words.isEmpty ? "" : ": \(words)")",
      isAboutPlace: ![400, 409, 413, 422].contains(response.status))
  }
}

/// How a receiver tells that a request is ours, and not an old one sent again: `t=SECONDS,v1=HEX`, where HEX is the
/// HMAC-SHA256 (RFC 2104), under the shared secret, of the seconds in decimal, a dot, and the body.
struct WebhookSignature: Sendable {
  static let header = "X-ReturnMill-Signature"
  private let key: SymmetricKey

  init(secret: String) { key = SymmetricKey(data: Array(secret.utf8)) }

  func value(body: [UInt8], time: Int) -> String {
    let code = HMAC<SHA256>.authenticationCode(for: Array("\(time).".utf8) + body, using: key)
    return "t=\(time),v1=" + code.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }
}
