import ByteSlices

@testable import Mail

/// Lends a text's bytes and gives back what the body makes of them, as text that outlives the arena.
func reading(_ bytes: [UInt8], _ body: (ByteSlice, Arena) -> ByteSlice) -> String {
  let arena = Arena()
  return bytes.withByteSlice { String(body($0, arena)) }
}

func reading(_ text: String, _ body: (ByteSlice, Arena) -> ByteSlice) -> String { reading(Array(text.utf8), body) }

func utf8(_ bytes: [UInt8], label: String = "") -> (text: String, flags: MailFlags) {
  var flags = MailFlags()
  let text = reading(bytes) { bytes, arena in
    label.withByteSlice { CharsetConverter(arena: arena).utf8(bytes, label: arena.copy($0), flags: &flags) }
  }
  return (text, flags)
}
