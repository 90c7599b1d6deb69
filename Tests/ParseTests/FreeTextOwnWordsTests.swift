import ByteSlices
import Testing

@testable import Parse

struct FreeTextOwnWordsTests {
  private func own(_ text: String) -> String {
    let arena = Arena()
    return text.withByteSlice { String(OwnWords.split($0, arena: arena).own) }
  }

  @Test func aHeadAboveAllIsNoQuote() {
    #expect(own("To: Anna\ncc:\nSubject: Offers\n\nStop it.\n") == "To: Anna\ncc:\nSubject: Offers\n\nStop it.")
    #expect(own(">>> News 05.05.2025 10:00 >>>\nStop it.\n") == "Stop it.")
  }

  @Test(arguments: [
    "This e-mail and any attachments are confidential. If you are not\nthe intended recipient, delete it.",
    "Diese E-Mail enthält vertrauliche Informationen. Wenn Sie nicht der Adressat sind, löschen Sie sie.",
    "Ce message est confidentiel. Si vous n'en êtes pas le destinataire, supprimez-le.",
    "*Este mensaje es confidencial.* Si lo ha recibido por error, bórrelo.",
    "このメールには機密情報が含まれる場合があります。",
  ]) func disclaimersAreNotOwn(_ words: String) {
    #expect(
      own("Please send three.\nAnna\n\n\(words)\n\nMany thanks!\n") == "Please send three.\nAnna\n\n\nMany thanks!")
    #expect(own("Please send three.\nAnna\n\(words)\n") == "Please send three.\nAnna")
    // Above all else it is what somebody has to say.
    #expect(own(words) == words)
  }

  @Test func aMailThatSpeaksOfMailIsOwn() {
    let words = "Hello,\nThis e-mail came three times today. Please see to it."
    #expect(own(words) == words)
  }

  @Test func withoutQuotesAllIsOwn() {
    let arena = Arena()
    "Please take me off.\n\nAnna\n".withByteSlice { text in
      let words = OwnWords.split(text, arena: arena)
      #expect(String(words.own) == "Please take me off.\n\nAnna")
      #expect(words.quoted.isEmpty)
    }
  }

  @Test(arguments: [
    "On Mon, 5 May 2025 at 10:00, News <news@example.org> wrote:",
    "On Mon, 5 May 2025 at 10:00, News\n<news@example.org> wrote:",
    "Am 05.05.2025 um 10:00 schrieb News:",
    "Am Mo., 5. Mai 2025 um 10:00 Uhr schrieb News <news@example.org>:",
    "Le lun. 5 mai 2025 à 10:00, News <news@example.org> a écrit :",
    "El lun, 5 may 2025 a las 10:00, News (<news@example.org>) escribió:",
    "Il giorno lun 5 mag 2025 alle ore 10:00 News <news@example.org> ha scritto:",
    "Em seg., 5 de mai. de 2025 às 10:00, News <news@example.org> escreveu:",
    "Op ma 5 mei 2025 om 10:00 schreef News <news@example.org>:",
    "W dniu 2025-05-05 o 10:00, News pisze:",
    "pon., 5 maj 2025 o 10:00 News <news@example.org> napisał(a):",
    "Dne 5. 5. 2025 v 10:00 News napsal(a):",
    "Den mån 5 maj 2025 kl 10:00 skrev News <news@example.org>:",
    "ma 5. toukok. 2025 klo 10.00 News (news@example.org) kirjoitti:",
    "5 мая 2025 г., в 10:00, News <news@example.org> написал(а):",
    "пн, 5 трав. 2025 р. о 10:00 News <news@example.org> пише:",
    "News <news@example.org>, 5 May 2025 Pzt, 10:00 tarihinde şunu yazdı:",
    "Στις Δευ 5 Μαΐ 2025 στις 10:00 ο χρήστης News <news@example.org> έγραψε:",
    "News <news@example.org> ezt írta (időpont: 2025. máj. 5., H, 10:00):",
    "2025年5月5日(月) 10:00 News <news@example.org>のメール:",
    "News <news@example.org> 于2025年5月5日周一 10:00写道：",
    "2025년 5월 5일 (월) 오전 10:00, News <news@example.org>님이 작성:",
  ]) func attributionsAreNotOwn(_ line: String) {
    #expect(own("No, thanks.\n\n\(line)\n\n> To unsubscribe, click\n> here\n") == "No, thanks.")
    // Without quote marks all that follows is quoted.
    #expect(own("No, thanks.\n\n\(line)\n\nTo unsubscribe, click\nhere\n") == "No, thanks.")
  }

  @Test(arguments: [
    "-----Original Message-----", "-----Ursprüngliche Nachricht-----", "----- Mensaje original -----",
    "-----Message d'origine-----", "-------- Oorspronkelijk bericht --------", "---------- Forwarded message ---------",
    "________________________________\nFrom: News\nSent: Monday\nTo: Anna\nSubject: Offers",
    "Von: News <news@example.org>\nGesendet: Montag, 5. Mai 2025 10:00\nAn: Anna\nBetreff: Angebote",
    "Från: News <news@example.org>\nSkickat: den 5 maj 2025 10:00\nTill: Anna\nÄmne: Erbjudanden",
    "От: News <news@example.org>\nОтправлено: 5 мая 2025 г. 10:00\nКому: Anna\nТема: Предложения",
    "De : News <news@example.org>\nEnvoyé : lundi 5 mai 2025 10:00\nÀ : Anna\nObjet : Offres",
    "*De :* News\n*Envoyé :* lundi\n*À :* Anna\n*Objet :* Offres",
    "差出人: News\n送信日時: 2025年5月5日\n宛先: Anna\n件名: Offers",
    "发件人：News\n发送时间：2025年5月5日\n收件人：Anna\n主题：Offers",
    "Begin forwarded message:", "---- On Mon, 05 May 2025 10:00:00 +0200 news@example.org wrote ----",
    ">>> \"News\" <news@example.org> 05.05.2025 10:00 >>>", "To: Anna\ncc:\nSubject: Offers",
  ]) func announcedOriginalsAreQuotedToTheEnd(_ head: String) {
    #expect(own("Stop it.\n\n\(head)\n\nunsubscribe here\n") == "Stop it.")
  }

  @Test func ownLinesBetweenQuotesStay() {
    #expect(own("> Is it blue?\nYes.\n> Is it new?\nNo.\n") == "Yes.\nNo.")
    #expect(own("JD> Is it blue?\nYes.\n| really\n| so\nNo.\n") == "Yes.\nNo.")
  }

  @Test func signaturesAndFootersAreNotOwn() {
    #expect(own("Hello.\n-- \nAnna\nunsubscribe\n") == "Hello.")
    #expect(own("Hello.\n\nSent from my phone\n") == "Hello.")
    #expect(own("Hallo.\n\nVon meinem Telefon gesendet\n") == "Hallo.")
    #expect(
      own("Hello.\n_______________________________________________\nFriends mailing list\nunsubscribe\n") == "Hello.")
  }

  @Test func signedMessagesKeepTheirWords() {
    let text = """
      -----BEGIN PGP SIGNED MESSAGE-----
      Hash: SHA256

      Take me off.
      -----BEGIN PGP SIGNATURE-----

      abcdef
      -----END PGP SIGNATURE-----
      """
    #expect(own(text) == "Take me off.")
  }

  @Test(arguments: [
    "In 2019 he wrote:\nall is well, and it was.", "To whom it may concern: stop.", "From: me, with love",
    "Van Gogh: a life\nwas a good book", "On Monday I wrote: nothing.",
  ]) func ordinarySentencesStay(_ text: String) { #expect(own(text) == text) }

  @Test func manyLinesTakeLinearTime() {
    let text = String(repeating: "On 5 May a line that ends in nothing much\n", count: 20_000)
    let clock = ContinuousClock()
    let took = clock.measure { #expect(own(text).utf8.count == text.utf8.count - 1) }
    #expect(took < .seconds(3))
  }

  @Test func mentionsAddressesOnceAndInOrder() {
    let text = """
      Write to mailto:bert@example.net, or <Anna@example.com>. 'carl@example.org'! anna@EXAMPLE.com
      Message-ID: <1.2.3@example.com> x@localhost a@b@c @example.com root@192.0.2.1 d@example.co.uk.
      """
    var found: [ByteSlice] = []
    text.withByteSlice { text in
      Mentioned.addresses(in: text, limit: 10, into: &found)
      let names = found.map { String($0) }
      #expect(names == ["bert@example.net", "Anna@example.com", "carl@example.org", "d@example.co.uk"])
      found.removeAll()
      Mentioned.addresses(in: text, limit: 2, into: &found)
      #expect(found.count == 2)
    }
  }
}
