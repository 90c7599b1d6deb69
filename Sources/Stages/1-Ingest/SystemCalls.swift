#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// `rename(2)`, by a name that methods do not hide.
func systemRename(_ from: String, _ to: String) -> Int32 { rename(from, to) }
