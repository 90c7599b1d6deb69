import ByteSlices
import Dispatch
import Foundation
import Synchronization

/// Connections that take a batch of messages side by side, at most so many a second; each outcome is in the ledger
/// before the connection takes the next message.
final class SubmissionPool: @unchecked Sendable {
  /// A message that outlives the composer's memory.
  struct Item: Sendable {
    let subscriber: Int
    let sender: [UInt8]
    let recipient: [UInt8]
    let message: [UInt8]

    init(_ outgoing: Outgoing) {
      subscriber = outgoing.subscriber
      sender = Array(outgoing.sender.raw)
      recipient = Array(outgoing.recipient.raw)
      message = Array(outgoing.message.raw)
    }
  }

  /// So many messages deferred one after the other end the run: the server wants to be left alone.
  private static let patience = 50

  private struct State {
    var next = 0
    var deferredInRow = 0
    var failure: (any Error)?
    /// When the next message may go, in seconds of the process's clock.
    var slot = 0.0
  }

  private let outlet: any SubmissionOutlet
  private let ledger: CampaignLedger
  private let options: ComposeOptions
  private let checkpoint: @Sendable () throws -> Void
  private let state = Mutex(State())
  /// Each is used by the worker of its number alone.
  private var connections: [(any SubmissionConnection)?]

  init(
    _ outlet: any SubmissionOutlet, _ ledger: CampaignLedger, _ options: ComposeOptions,
    _ checkpoint: @escaping @Sendable () throws -> Void
  ) {
    self.outlet = outlet
    self.ledger = ledger
    self.options = options
    self.checkpoint = checkpoint
    connections = Array(repeating: nil, count: max(options.connections, 1))
  }

  /// Offers a batch. Returns what ended it before its end, if anything.
  func submit(_ batch: [Item], _ outcome: @escaping @Sendable (Acceptance) -> Void) -> (any Error)? {
    state.withLock { $0.next = 0 }
    connections.withUnsafeMutableBufferPointer { places in
      nonisolated(unsafe) let places = places
      DispatchQueue.concurrentPerform(iterations: places.count) { worker in
        self.work(batch, &places[worker], outcome)
      }
    }
    return state.withLock { $0.failure }
  }

  func end() {
    for connection in connections { connection?.end() }
  }

  private func work(
    _ batch: [Item], _ connection: inout (any SubmissionConnection)?, _ outcome: (Acceptance) -> Void
  ) {
    while let item = take(batch) {
      do {
        try wait()
        let open = try connection ?? outlet.connect()
        connection = open
        let acceptance = try item.message.withByteSlice { message in
          try item.sender.withByteSlice { sender in
            try item.recipient.withByteSlice { try open.submit(message, from: sender, to: $0) }
          }
        }
        try note(acceptance, of: item)
        outcome(acceptance)
      } catch {
        connection?.end()
        connection = nil
        state.withLock { $0.failure = $0.failure ?? error }
        return
      }
    }
  }

  private func take(_ batch: [Item]) -> Item? {
    state.withLock { state in
      guard state.failure == nil, state.next < batch.count else { return nil }
      state.next += 1
      return batch[state.next - 1]
    }
  }

  private func note(_ acceptance: Acceptance, of item: Item) throws {
    let now = Int(Date().timeIntervalSince1970)
    switch acceptance {
    case .accepted(let words): try ledger.note([item.subscriber], .sent, at: now, note: words.isEmpty ? nil : words)
    case .refused(let words): try ledger.note([item.subscriber], .refused, at: now, note: words)
    case .deferred(let words): try ledger.note([item.subscriber], .deferred, at: now, note: words)
    }
    let isTooMuch = state.withLock { state in
      if case .deferred = acceptance { state.deferredInRow += 1 } else { state.deferredInRow = 0 }
      return state.deferredInRow >= SubmissionPool.patience
    }
    if isTooMuch, case .deferred(let words) = acceptance {
      throw ComposeError.output(
        place: outlet.place,
        problem: "put off \(SubmissionPool.patience) messages one after the other, the last with: \(words)")
    }
  }

  /// Waits for the next message's turn.
  private func wait() throws {
    try checkpoint()
    guard let rate = options.rate, rate > 0 else { return }
    let now = Double(DispatchTime.now().uptimeNanoseconds) / 1e9
    let turn = state.withLock { state -> Double in
      state.slot = max(state.slot, now)
      defer { state.slot += 1 / rate }
      return state.slot
    }
    var left = turn - now
    while left > 0 {
      Thread.sleep(forTimeInterval: min(left, 0.5))
      try checkpoint()
      left = turn - Double(DispatchTime.now().uptimeNanoseconds) / 1e9
    }
  }
}
