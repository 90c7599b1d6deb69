import ByteSlices
import Testing

@testable import Patterns

@Suite struct LineMemoryTests {
  private let words = ["user unknown", "user", "full", "x", "quota"].map { Array($0.utf8) }

  private struct Place: Hashable {
    let word: Int
    let start: Int
  }

  /// Whatever came before, the places are those that the finder tells of the whole text.
  @Test func tellsTheSamePlacesHoweverOftenALineCame() {
    let finder = LiteralFinder(words)
    let scratch = LiteralFinder.Scratch()
    let memory = LineMemory()
    let texts = [
      "user unknown", "User Unknown\nuser unknown\n\nquota full", "\n\n", "", "full\nfull\nfull\n",
      "x", String(repeating: "user ", count: 400) + "\nuser unknown", "a line without any\nquota\nquota \n quota",
      "user unknown\r\nuser unknown\r\n",
    ]
    for _ in 0..<4 {
      for text in texts {
        text.withByteSlice { slice in
          var expected: Set<Place> = []
          for line in slice.lines {
            finder.find(in: line, scratch) { expected.insert(Place(word: $0, start: line.offset(in: slice) + $1)) }
          }
          var found: Set<Place> = []
          memory.find(finder, in: slice, scratch) { found.insert(Place(word: $0, start: $1)) }
          #expect(found == expected, "\(text.prefix(40))")
        }
      }
    }
  }

  /// More lines than it holds, and more words than it holds: it forgets, and goes on.
  @Test func forgetsWhenFull() {
    let finder = LiteralFinder(words)
    let scratch = LiteralFinder.Scratch()
    let memory = LineMemory()
    for number in 0..<6000 {
      let text = "the quota of user \(number) is full" + String(repeating: " full", count: number % 50)
      for _ in 0..<3 {
        text.withByteSlice { slice in
          var count = 0
          memory.find(finder, in: slice, scratch) { _, _ in count += 1 }
          #expect(count == 3 + number % 50)
        }
      }
    }
  }
}
