import CZlib

/// The bytes as one gzip member.
public func gzipped(_ bytes: [UInt8]) -> [UInt8] {
  var stream = z_stream()
  deflateInit2_(&stream, 6, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
  defer { deflateEnd(&stream) }
  var input = bytes
  var output = [UInt8](repeating: 0, count: Int(deflateBound(&stream, UInt(bytes.count))) + 64)
  let written = input.withUnsafeMutableBufferPointer { source in
    output.withUnsafeMutableBufferPointer { place in
      stream.next_in = source.baseAddress
      stream.avail_in = UInt32(source.count)
      stream.next_out = place.baseAddress
      stream.avail_out = UInt32(place.count)
      deflate(&stream, Z_FINISH)
      return place.count - Int(stream.avail_out)
    }
  }
  return Array(output.prefix(written))
}

/// The text as one gzip member.
public func gzipped(_ text: String) -> [UInt8] { gzipped(Array(text.utf8)) }
