import ByteSlices
import Testing

@testable import Mail

@Suite struct ArchiveSeparatorTests {
  private func separator(_ line: String) -> MboxSeparator? { line.withByteSlice { MboxSeparator(line: $0) } }

  @Test(arguments: [
    ("From a@example.com Mon Oct  2 09:15:00 2023", 1_696_238_100),
    ("From a@example.com  Mon Oct 02 09:15:00 2023", 1_696_238_100),
    ("From a@example.com Mon Oct  2 09:15 2023", 1_696_238_100),
    ("From - Mon Oct 02 09:15:00 2023", 1_696_238_100),
    ("From MAILER-DAEMON Mon Oct  2 09:15:00 CEST 2023", 1_696_238_100),
    ("From a@example.com Mon Oct  2 09:15:00 PST 2023", 1_696_266_900),
    ("From a@example.com Mon Oct  2 09:15:00 +0200 2023", 1_696_230_900),
    ("From a@example.com Mon Oct  2 09:15:00 2023 +0200", 1_696_230_900),
    ("From a@example.com Mon Oct  2 09:15:00 2023 WETDST", 1_696_238_100),
    ("From a@example.com Mon Oct  2 09:15:00 23", 1_696_238_100),
    ("From uucp Mon Oct  2 09:15:00 2023 remote from gateway", 1_696_238_100),
    ("From uucp Mon Oct  2 09:15 EDT 2023 remote from gateway", 1_696_252_500),
    ("From \"Jo Doe\"@example.com Mon Oct  2 09:15:00 2023", 1_696_238_100),
    ("From Jo Doe of example Mon Oct  2 09:15:00 2023", 1_696_238_100),
    ("From jo at example.com  Mon Oct  2 09:15:00 2023", 1_696_238_100),
    ("From Mon Oct  2 09:15:00 2023", 1_696_238_100),
    ("From ???@??? Mon Oct 02 09:15:00 2023", 1_696_238_100),
    ("From Sat@example.com Mon Oct  2 09:15:00 2023", 1_696_238_100),
    ("From a@example.com Mon, 2 Oct 2023 09:15:00 +0000", 1_696_238_100),
    ("From a@example.com 2 Oct 2023 09:15", 1_696_238_100),
    ("From () 2023-10-02 09:15:00 +0000", 1_696_238_100),
    ("From a@example.com 2023-10-02T09:15:00Z", 1_696_238_100),
    ("From a@example.com Mon Oct  2 09:15:00 2023 (UTC)", 1_696_238_100),
    ("From 17890@xxx Mon Oct 02 09:15:00 +0000 2023", 1_696_238_100),
    ("From a@example.com Tue Feb 29 23:59:60 2000", 951_868_800),
    ("From a@example.com Sat Jan  1 00:00:00 100", 946_684_800),
    ("From a@example.com Fri Dec 31 23:59:59 99", 946_684_799),
  ])
  func dates(_ line: String, _ seconds: Int) {
    #expect(separator(line)?.received == seconds)
  }

  @Test(arguments: [
    "From me to you", "From a@example.com", "From a@example.com at 09:15", "From our meeting on Mon Oct  2 we learned",
    "From Mon to Fri 09:15 2023 we are closed", "From a@example.com Mon Oct  2 09:15:00 2023 we were offline",
    "From a@example.com Mon Oct 32 09:15:00 2023", "From a@example.com Mon Oct  2 25:15:00 2023",
    "From a@example.com Mon Oct  2 09:75:00 2023", "From a@example.com Mon Foo  2 09:15:00 2023",
    "From: a@example.com Mon Oct  2 09:15:00 2023", "From a@example.com Mon Oct  2 09:15:00",
    "From a@example.com Mon Oct  2 2023", "from a@example.com Mon Oct  2 09:15:00 2023",
    ">From a@example.com Mon Oct  2 09:15:00 2023", "From the 2 Oct 2023 09:15 flight, we", "From ", "From",
    "From \(String(repeating: "x", count: 1000)) Mon Oct  2 09:15:00 2023",
  ])
  func noDates(_ line: String) {
    #expect(separator(line) == nil)
  }

  @Test func convincing() {
    #expect(separator(separatorLine)?.isConvincing == true)
    #expect(separator("From a@example.com Mon Oct  2 09:15 2023")?.isConvincing == false)
    #expect(separator("From a@example.com Mon Oct  2 09:15:00 23")?.isConvincing == false)
    #expect(separator("From a@example.com 2023-10-02 09:15:00")?.isConvincing == false)
  }
}
