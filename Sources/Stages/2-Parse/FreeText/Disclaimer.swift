import ByteSlices

/// The lawyers' paragraphs below a company's mail: who may read it, and that others are to delete it. They are nobody's
/// own words, and "delete this mail" is no request.
enum Disclaimer {
  /// How such a paragraph begins, in lower case.
  private static let beginnings: PhraseList = [
    "this e-mail", "this email", "this message", "this communication", "this transmission", "this mail",
    "the information in this", "the information contained in this", "information contained in this",
    "the contents of this", "the content of this", "confidential", "disclaimer", "notice:", "important notice",
    "legal notice", "privileged", "if you are not the intended", "if you have received this", "if you received this",
    "diese e-mail", "diese email", "diese mail", "diese nachricht", "der inhalt dieser", "die in dieser", "vertraulich",
    "haftungsausschluss", "wichtiger hinweis", "hinweis:", "wenn sie nicht der", "sollten sie nicht der",
    "sollten sie diese", "falls sie nicht der",
    "ce message", "ce courriel", "cet e-mail", "cet email", "ce mail", "le contenu de ce", "les informations contenues",
    "l'information contenue", "avis de confidentialit", "si vous n'êtes pas le destinataire", "si vous avez reçu ce",
    "este mensaje", "este correo", "este e-mail", "este email", "la información contenida", "el contenido de este",
    "aviso legal", "aviso de confidencialidad", "si usted no es el destinatario", "si ha recibido este",
    "esta mensagem", "as informações contidas", "o conteúdo desta", "aviso de confidencialidade", "aviso:",
    "questo messaggio", "questa e-mail", "questa email", "le informazioni contenute", "il contenuto di questo",
    "avviso di riservatezza", "la presente e-mail", "il presente messaggio", "ai sensi del",
    "dit bericht", "deze e-mail", "deze email", "de informatie in", "de inhoud van dit", "disclaimer:",
    "ta wiadomość", "treść tej wiadomości", "niniejsza wiadomość", "informacje zawarte w",
    "tato zpráva", "tento e-mail", "obsah této", "informace obsažené", "táto správa",
    "detta meddelande", "detta e-postmeddelande", "denne e-mail", "denne mail", "denne meddelelse", "denne e-posten",
    "denne meldingen", "tämä viesti", "tämä sähköposti",
    "данное сообщение", "настоящее сообщение", "это сообщение", "информация, содержащаяся", "це повідомлення",
    "bu e-posta", "bu mesaj", "το παρόν μήνυμα", "αυτό το μήνυμα", "ez az e-mail", "ez az üzenet", "acest mesaj",
    "このメールには", "このメールは", "本メール", "本邮件", "此邮件", "本郵件", "본 메일", "이 메일은",
  ]

  /// What it soon says; letters of ASCII in any case.
  private static let marks: [StaticString] = [
    "confidential", "intended recipient", "intended solely", "intended only", "intended for the", "privileged",
    "addressee", "vertraulich", "adressat", "irrtümlich", "confidenti", "confidenci", "destinataire", "destinatario",
    "destinatário", "riservat", "vertrouwelijk", "geadresseerde", "poufn", "adresat", "důvěrn", "dôvern", "konfidenti",
    "fortrolig", "luottamuksel", "конфиденциальн", "конфіденційн", "gizli", "εμπιστευτικ", "bizalmas", "機密", "秘密情報",
    "机密", "保密", "기밀", "비밀",
  ]

  /// What machines put below a mail to say that they have looked at it.
  private static let seals: PhraseList = [
    "this email has been checked for viruses", "this e-mail has been checked for viruses",
    "this email has been scanned", "this e-mail has been scanned", "this message has been scanned", "virus-free.",
    "diese e-mail wurde von avast", "cet e-mail a été vérifié", "cet email a été vérifié", "libre de virus.",
    "el software de antivirus avast", "questa e-mail è stata controllata", "please consider the environment",
    "p please consider the environment", "think before you print", "denken sie an die umwelt",
  ]

  /// Whether the paragraph at the beginning of `rest` is one.
  static func begins(_ rest: ByteSlice) -> Bool {
    if seals.begins(rest) { return true }
    var words = rest.prefix(600)
    while let first = words.first, first == 0x2A || first == 0x5F || first == 0x28 || first == 0x5B {
      words = words.dropFirst()
    }
    guard beginnings.begins(words) else { return false }
    let paragraph = words.prefix(words.firstIndex(of: "\n\n") ?? words.count)
    return marks.contains { paragraph.contains(caseless: $0) }
  }
}
