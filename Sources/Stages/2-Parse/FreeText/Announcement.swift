import ByteSlices

/// Lines by which mail programs and lists announce what is not the writer's own.
enum Announcement {
  /// `-----Original Message-----` in the languages of mail programs, and what announces a forwarded message.
  private static let originals: PhraseList = [
    "original message", "ursprüngliche nachricht", "urspr. nachricht", "originalnachricht", "original-nachricht",
    "message d'origine", "message d’origine", "message original", "message initial", "mensaje original",
    "mensagem original", "messaggio originale", "oorspronkelijk bericht", "origineel bericht",
    "ursprungligt meddelande",
    "originalmeddelande", "oprindelig meddelelse", "original meddelelse", "opprinnelig melding", "alkuperäinen viesti",
    "wiadomość oryginalna", "oryginalna wiadomość", "původní zpráva", "pôvodná správa", "eredeti üzenet",
    "mesaj original",
    "исходное сообщение", "исходное письмо", "пересылаемое сообщение", "вихідне повідомлення", "orijinal mesaj",
    "özgün ileti", "αρχικό μήνυμα", "元のメッセージ", "原始邮件", "原始郵件", "原邮件", "转发邮件", "原本メッセージ", "original mail",
    "원본 메시지", "원본 메일", "forwarded message", "forwarded by", "weitergeleitete nachricht", "message transféré",
    "mensaje reenviado", "messaggio inoltrato", "mensagem encaminhada", "doorgestuurd bericht", "reply message",
    "przekazana wiadomość", "originale besked", "転送メッセージ", "reply separator",
  ]

  /// Without dashes around them.
  private static let forwards: PhraseList = [
    "begin forwarded message:", "anfang der weitergeleiteten nachricht:", "début du message réexpédié",
    "início da mensagem",
    "début du message transféré", "inicio del mensaje reenviado:", "inizio messaggio inoltrato:",
    "begin doorgestuurd bericht:",
    "vidarebefordrat brev:", "videresendt besked:", "videresendt melding:", "välitetty viesti alkaa",
    "начало переадресованного",
    "początek przekazywanej wiadomości:", "転送されたメッセージ:", "以下是转发的邮件:",
  ]

  static func isOriginalSeparator(_ words: ByteSlice) -> Bool {
    let first = words.first ?? 0
    if first == 0x2D || first == 0x5F || first == 0x2A || first == 0x3D || first == 0x23 {
      var at = 0
      while at < words.count, words[at] == first || words[at].isBlank { at += 1 }
      guard at >= 2 else { return false }
      let rest = words.dropFirst(at)
      if originals.begins(rest) { return true }
      // Zoho: `---- On Mon, 05 May 2025 10:00:00 +0200 anna@example.org wrote ----`
      return rest.hasPrefix(caseless: "on ") && rest.contains(caseless: " wrote ")
    }
    return forwards.begins(words)
  }

  /// GroupWise: `>>> Anna Example <anna@example.org> 05.05.2025 10:00 >>>`; what follows bears no marks.
  static func isGroupWiseHead(_ words: ByteSlice) -> Bool {
    words.count > 12 && words.count < 200 && words.hasPrefix(">>> ") && words.hasSuffix(">>>")
      && words.contains(where: { $0.isASCIIDigit })
  }

  private static let footers: PhraseList = [
    "you received this message because you are subscribed", "you are receiving this because you are subscribed",
    "to unsubscribe, e-mail:", "to unsubscribe from this group", "to unsubscribe from this list", "yahoo! groups links",
    "this email was sent to you by", "if you wish to stop receiving notifications from this topic",
    "sie erhalten diese nachricht, weil sie", "vous recevez ce message car vous êtes abonné",
    "this message was sent to the following",
  ]

  /// What lists and mailers put below a message.
  static func isFooter(_ words: ByteSlice) -> Bool {
    if footers.begins(words) { return true }
    // Mailman: `_______ Name mailing list`, on one line where lines were joined.
    return words.hasPrefix("____________") && words.prefix(200).contains(caseless: "mailing list")
  }

  private static let mobiles: PhraseList = [
    "sent from my ", "sent from mail for ", "sent from outlook", "sent from yahoo", "sent from proton", "sent via ",
    "get outlook for ", "von meinem ", "gesendet von ", "gesendet mit ", "diese nachricht wurde von meinem",
    "envoyé de mon ",
    "envoyé depuis ", "envoyé à partir de", "enviado desde ", "enviado do ", "enviado a partir", "enviado de meu",
    "enviado del ",
    "inviato da ", "inviato dal ", "verzonden vanaf ", "verstuurd vanaf ", "skickat från ", "sendt fra ", "lähetetty ",
    "wysłane z ", "wysłano z ", "odesláno z ", "odoslané z ", "отправлено с ", "отправлено из ", "надіслано з ",
    "gönderen: ", "iphone'umdan gönderildi", "elküldve az ", "στάλθηκε από", "trimis de pe ", "iphoneから送信",
    "私のiphoneから",
    "发自我的", "發自我的", "从我的", "나의 iphone에서", "내 iphone에서", "gửi từ ",
  ]

  static func isMobileSignature(_ words: ByteSlice) -> Bool {
    words.count < 100 && mobiles.begins(words)
  }

  /// A line of twelve or more underscores, dashes, stars or equal signs.
  static func isRule(_ words: ByteSlice) -> Bool {
    guard words.count >= 12, let first = words.first, [0x5F, 0x2D, 0x2A, 0x3D].contains(first) else { return false }
    for i in 0..<words.count where words[i] != first { return false }
    return true
  }

  static let from: PhraseList = [
    "from", "von", "de", "da", "van", "od", "från", "fra", "lähettäjä", "от", "від", "kimden", "gönderen", "από",
    "feladó",
    "expéditeur", "差出人", "送信者", "发件人", "寄件者", "보낸 사람", "보낸사람", "from (", "nadawca", "odesílatel", "absender",
  ]
  static let sent: PhraseList = [
    "sent", "date d'envoi", "date", "gesendet", "datum", "dato", "envoyé", "enviado", "enviada", "fecha", "data",
    "inviato", "verzonden", "wysłano",
    "wysłane", "odesláno", "odoslané", "skickat", "sendt", "lähetetty", "päivämäärä", "отправлено", "дата", "надіслано",
    "gönderildi", "tarih", "στάλθηκε", "ημερομηνία", "elküldve", "dátum", "送信日時", "日時", "发送时间", "日期", "寄件日期", "보낸 날짜",
    "날짜", "gönderme tarihi",
  ]
  static let to: PhraseList = [
    "to", "an", "à", "para", "a", "aan", "do", "komu", "till", "til", "vastaanottaja", "кому", "kime", "προς",
    "címzett", "宛先",
    "收件人", "收件者", "받는 사람", "받는사람",
  ]
  static let subject: PhraseList = [
    "subject", "betreff", "objet", "asunto", "assunto", "oggetto", "onderwerp", "temat", "předmět", "predmet", "ämne",
    "emne",
    "aihe", "тема", "konu", "θέμα", "tárgy", "subiect", "件名", "主题", "主旨", "제목",
  ]

  /// `Label:` at the start, also bold (`*Label:*`), also with a space or of full width before or as the colon.
  static func hasLabel(_ line: ByteSlice, _ labels: PhraseList) -> Bool {
    var words = line.prefix(64)
    while words.first == 0x2A || words.first == 0x7C || words.first?.isBlank == true { words = words.dropFirst() }
    guard let length = labels.prefixLength(of: words) else { return false }
    var rest = words.dropFirst(length)
    // Some write `Label (English label):`, or a no-break space.
    while let next = rest.first, next == 0x20 || next == 0x2A || next == 0xC2 || next == 0xA0 {
      rest = rest.dropFirst()
    }
    return rest.first == 0x3A || rest.hasPrefix("：")
  }
}
