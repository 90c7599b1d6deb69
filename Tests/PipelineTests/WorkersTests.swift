import Foundation
import Synchronization
import Testing

@testable import Pipeline

@Suite struct WorkersTests {
  private struct Failure: Error, Equatable { var job: Int }

  @Test(arguments: [1, 2, 7]) func everyJobIsDoneOnce(_ workers: Int) throws {
    let done = Mutex([Int]())
    try Workers.run(100, workers: workers, context: { 0 }) { job, _ in done.withLock { $0.append(job) } }
    #expect(done.withLock { $0.sorted() } == Array(0..<100))
  }

  @Test func theFirstFailureStopsTheRest() {
    let done = Mutex(0)
    #expect(throws: Failure(job: 3)) {
      try Workers.run(1000, workers: 1, context: { 0 }) { job, _ in
        if job == 3 { throw Failure(job: 3) }
        done.withLock { $0 += 1 }
      }
    }
    #expect(done.withLock { $0 } == 3)
  }

  @Test func numbersAreGrouped() {
    #expect(grouped(0) == "0")
    #expect(grouped(999) == "999")
    #expect(grouped(1_234_567) == "1,234,567")
    #expect(grouped(-1000) == "-1,000")
  }

  @Test func aPlanNamesItsReasonsOnce() {
    var plan = StagePlan(stage: .parse)
    plan.stale = (1...3).map { .init(shard: $0, messages: 10, reason: $0 == 3 ? "new" : "dialects changed") }
    plan.fresh = 4
    #expect(
      plan.lines(verbose: false)
        == "parse    2 shards: dialects changed (20 messages)\n         1 shard: new (10 messages)\n         4 fresh\n")
    #expect(StagePlan(stage: .load).lines(verbose: false) == "load     fresh\n")
  }
}
