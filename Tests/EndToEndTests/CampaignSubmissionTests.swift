import Foundation
import ReceiverSupport
import Testing

/// Campaigns that go to a mail server.
@Suite(.enabled(if: Receiver.python != nil)) struct CampaignSubmissionTests {
  @Test func eachMessageHasItsOwnReturnPath() throws {
    let post = try PostOffice(people: 20)
    let server = try Receiver(
      .smtp,
      script:
        #"[{"rcpt": {"person3@d3.example.net": "550 5.1.1 no such user", "person4@d4.example.net": "451 4.2.0 later"}}]"#
    )
    let command = post.here("compose", post.campaign, "--smtp", "smtp://127.0.0.1:\(server.port)", "--connections", "3")
    let result = try Mill.expect(3, command)
    #expect(result.output.contains("18 messages sent to smtp://"))
    #expect(result.output.contains("1 refused for good") && result.output.contains("550 5.1.1 no such user"))
    #expect(result.output.contains("1 put off"))
    let taken = server.taken
    #expect(taken.count == 18)
    #expect(Set(taken.compactMap(\.from)).count == 18)
    // libcurl closes a connection on which a recipient was refused, and opens another for who is next.
    #expect(Set(taken.map(\.connection)).count <= 3 + 2)
    for message in taken {
      #expect(message.from?.hasPrefix("bounces+r") == true && message.to?.count == 1)
      #expect(message.message?.contains("To: ") == true && message.message?.contains("Return-Path:") == false)
    }
    // Only who was put off is tried again.
    let again = try Mill.expect(3, command)
    #expect(again.output.contains("0 messages sent") && again.output.contains("1 put off"))
    #expect(server.taken.count == 18)
  }

  @Test func killedWhileSendingNobodyIsMissing() throws {
    let post = try PostOffice(people: 60)
    let server = try Receiver(.smtp, script: #"[{"delay": 0.03}]"#)
    let command = post.here("compose", post.campaign, "--smtp", "smtp://127.0.0.1:\(server.port)", "--connections", "2")
    var kills = 0
    for goal in [5, 20, 35] {
      if try Mill.kill(command, when: { server.taken.count >= goal }) { kills += 1 }
    }
    #expect(kills > 0)
    try Mill.expect(0, command)
    let recipients = server.taken.compactMap { $0.to?.first }
    #expect(Set(recipients).count == 60)
    // At most a message a connection was in the air at each kill.
    #expect(recipients.count <= 60 + 2 * kills)
  }

  @Test func aServerThatIsDownEndsTheRunAndNobodyIsLost() throws {
    let post = try PostOffice(people: 5)
    let down = try Receiver(.smtp)
    let port = down.port
    down.stop()
    let command = post.here("compose", post.campaign, "--smtp", "smtp://127.0.0.1:\(port)")
    let result = try Mill.expect(1, command)
    #expect(result.errors.contains("run the same command again"))
    let server = try Receiver(.smtp, port: port)
    try Mill.expect(0, command)
    #expect(Set(server.taken.compactMap { $0.to?.first }).count == 5)
  }

  @Test func theRateIsKept() throws {
    let post = try PostOffice(people: 6)
    let server = try Receiver(.smtp)
    let clock = ContinuousClock.now
    try Mill.expect(
      0, post.here("compose", post.campaign, "--smtp", "smtp://127.0.0.1:\(server.port)", "--rate", "5"))
    // The last of six begins a second after the first, however fast or slow the machine is.
    #expect(clock.duration(to: .now) >= .seconds(1))
    #expect(server.taken.count == 6)
  }
}
