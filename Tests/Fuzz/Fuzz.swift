import ByteSlices

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// One reader that libFuzzer feeds: the environment names which (`scripts/fuzz` sets it).
enum Target: String, CaseIterable {
  case header, mime, dsn, charset, mbox, gzip, ndjson, html, message

  static let chosen: Target = {
    let name = getenv("RETURNMILL_FUZZ_TARGET").map { String(cString: $0) } ?? ""
    guard let target = Target(rawValue: name) else {
      fatalError("RETURNMILL_FUZZ_TARGET is '\(name)'; it must be one of \(allCases.map(\.rawValue))")
    }
    return target
  }()

  func read(_ bytes: ByteSlice) {
    switch self {
    case .header: Readers.header(bytes)
    case .mime: Readers.mime(bytes)
    case .dsn: Readers.dsn(bytes)
    case .charset: Readers.charset(bytes)
    case .mbox: Readers.mbox(bytes)
    case .gzip: Readers.gzip(bytes)
    case .ndjson: Readers.ndjson(bytes)
    case .html: Readers.html(bytes)
    case .message: Readers.message(bytes)
    }
  }
}

/// libFuzzer's own main, as a function: the package manager wants ours.
@_silgen_name("LLVMFuzzerRunDriver")
private func runDriver(
  _ count: UnsafeMutablePointer<CInt>,
  _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
  _ one: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt

/// libFuzzer's entry. The bytes are copied to their exact size, so that the address sanitizer sees a read past them.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let copy = UnsafeMutablePointer<UInt8>.allocate(capacity: count)
  if let start { copy.update(from: start, count: count) }
  Target.chosen.read(ByteSlice(base: copy, count: count))
  copy.deallocate()
  return 0
}

@main
enum Fuzz {
  static func main() {
    var count = CommandLine.argc
    var arguments = CommandLine.unsafeArgv
    exit(runDriver(&count, &arguments, fuzzOneInput))
  }
}
