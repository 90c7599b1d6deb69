import ByteSlices
import Spool

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Files that dispositions make, with their folders.
enum PlainFile {
  /// Makes the folders that a file is to lie in.
  static func makeFolder(of path: String) throws {
    guard let slash = path.lastIndex(of: "/"), slash != path.startIndex else { return }
    let folder = String(path[..<slash])
    if !Files.exists(folder) { try about(folder) { try Files.makeFolder(folder) } }
  }

  /// Writes a file in full or not at all.
  static func write(_ bytes: ByteSlice, to path: String) throws {
    try makeFolder(of: path)
    try about(path) { try Files.writeAtomically(bytes, to: path) }
  }

  private static func about(_ path: String, _ body: () throws -> Void) throws {
    do { try body() } catch { throw DeliveryFailure(reason: "\(error)", isAboutPlace: true) }
  }
}
