import Foundation
import Testing

/// Messages that are meant to exhaust a reader, at a twentieth of their full size: `scripts/hostile run` has the full one.
@Suite struct HostileInputTests {
  @Test(.enabled(if: Tool.find("python3") != nil), .timeLimit(.minutes(5)))
  func eachEndsInTimeAndMemoryWithAFlag() throws {
    let script = Mill.root.appending(path: "scripts/hostile")
    let environment = URL(fileURLWithPath: "/usr/bin/env")
    let result = try Tool.run(
      environment, ["RETURNMILL_BINARY=\(Mill.binary.path)", script.path, "run", "--scale", "20"])
    #expect(result.code == 0, "\(result.output)\(result.errors)")
  }
}
