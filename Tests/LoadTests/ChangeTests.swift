import Testing

@testable import Load

@Suite struct ChangeTests {
  private func judgement(_ recipient: String, _ reason: String) -> Judgement {
    Judgement(recipient: recipient, category: "soft_bounce", reason: reason, rule: reason)
  }

  @Test func pairsByRecipient() {
    let before = [judgement("a", "expired"), judgement("b", "expired"), judgement("c", "expired")]
    let after = [judgement("b", "expired"), judgement("a", "greylisted"), judgement("d", "expired")]
    #expect(
      Change.between(before, after) == [
        Change(before: before[0], after: after[1]), Change(before: nil, after: after[2]),
        Change(before: before[2], after: nil),
      ])
  }

  @Test func anotherOrderIsNoChange() {
    let list = [judgement("a", "expired"), judgement("a", "greylisted"), judgement("b", "expired")]
    #expect(Change.between(list, list.reversed()).isEmpty)
    #expect(Change.between([], []).isEmpty)
  }

  @Test func repeatsAreCounted() {
    let one = judgement("a", "expired")
    let other = judgement("a", "greylisted")
    #expect(Change.between([one, one], [one]) == [Change(before: one, after: nil)])
    #expect(Change.between([one, one], [one, other]) == [Change(before: one, after: other)])
    #expect(Change.between([one], [one, one]) == [Change(before: nil, after: one)])
  }
}
