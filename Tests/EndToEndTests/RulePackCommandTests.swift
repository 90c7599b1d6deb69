import Foundation
import Testing

/// A team makes a pack, and another machine takes it.
@Suite struct RulePackCommandTests {
  /// A key, a folder of rules, and a workspace with mail in it that trusts nobody yet.
  private func shop() throws -> Workshop {
    let shop = try Workshop()
    try shop.write("rules/site.yaml", Data(HistoryTests.rules[0].utf8))
    try Mill.expect(0, ["rules", "keygen", "-o", "team", "--comment", "the team"], in: shop.folder)
    try Mill.expect(0, ["run", Mill.samples.path] + shop.here())
    return shop
  }

  @discardableResult
  private func pack(_ version: String, _ shop: Workshop, key: String = "team.key") throws -> String {
    try Mill.expect(
      0, ["rules", "pack", "rules", "--name", "team", "--pack-version", version, "--key", key], in: shop.folder)
    return shop.folder.appending(path: "team-\(version).rmpack").path
  }

  @Test func packedTrustedInstalledAndRolledBack() throws {
    let shop = try shop()
    let pack = try pack("1.0", shop)
    let secret = try FileManager.default.attributesOfItem(atPath: shop.folder.appending(path: "team.key").path)
    #expect(secret[.posixPermissions] as? Int == 0o600)

    let stranger = try Mill.expect(65, shop.here("rules", "install", pack, "--yes"))
    #expect(stranger.errors.contains("not trusted") && stranger.errors.contains("the team"))
    try Mill.expect(0, shop.here("rules", "trust", shop.folder.appending(path: "team.pub").path))
    let rows = try shop.rows()
    let asked = try Mill.expect(1, shop.here("rules", "install", pack))
    #expect(asked.output.contains("verdicts change") && asked.errors.contains("--yes"))
    #expect(try Mill.expect(0, shop.here("rules", "packs")).output.contains("no rule packs"))
    #expect(try Mill.expect(0, shop.here("run")).output.contains("fresh"), "what was only looked at doesn't count")

    let shown = try HistoryTests.report(shop.here("rules", "install", pack, "--yes", "--json"))
    #expect(shown.verdicts.changed_verdicts > 0)
    let packs = try Mill.expect(0, shop.here("rules", "packs")).output
    #expect(packs.contains("team 1.0, digest ") && packs.contains("the team"))
    let classify = try Mill.expect(0, shop.here("plan")).lines.first { $0.hasPrefix("classify") }
    #expect(classify?.contains("rules") == true)
    try Mill.expect(0, shop.here("run", "--release-brake"))
    #expect(try shop.value("SELECT count(*) FROM events WHERE rule LIKE 'site-%'") ?? 0 > 0)
    #expect(try Mill.expect(0, shop.here("diff", "--list")).output.contains("team 1.0"))

    try Mill.expect(0, shop.here("rules", "rollback", "--apply", "--release-brake"))
    #expect(try shop.rows(but: HistoryTests.diaries) == rows.filter { !$0.hasPrefix("changes:") })
  }

  @Test func olderForgedAndBrokenPacksAreRefused() throws {
    let shop = try shop()
    try Mill.expect(0, shop.here("rules", "trust", shop.folder.appending(path: "team.pub").path))
    let (old, new) = (try pack("1.9", shop), try pack("1.10", shop))
    try Mill.expect(0, shop.here("rules", "install", new, "--yes"))
    #expect(try Mill.expect(65, shop.here("rules", "install", old, "--yes")).errors.contains("--allow-older"))
    try Mill.expect(0, shop.here("rules", "install", "file://" + old, "--yes", "--allow-older"))
    try Mill.expect(0, shop.here("rules", "rollback"))
    #expect(try Mill.expect(0, shop.here("rules", "packs")).output.contains("team 1.10"))

    var forged = try String(contentsOfFile: new, encoding: .utf8)
    forged = forged.replacingOccurrences(of: "1.10", with: "1.11")
    let place = try shop.write("forged.rmpack", Data(forged.utf8))
    let refused = try Mill.expect(65, shop.here("rules", "install", place, "--yes", "--allow-older"))
    #expect(refused.errors.contains("signature is wrong"))
    try Mill.expect(65, shop.here("rules", "install", shop.folder.appending(path: "none").path, "--yes"))
    try Mill.expect(65, shop.here("rules", "install", "http://127.0.0.1/x.rmpack", "--yes"))

    try shop.write("rules/site.yaml", Data("- id: x\n  category: nothing\n".utf8))
    try Mill.expect(
      78, ["rules", "pack", "rules", "--pack-version", "2", "--key", "team.key"], in: shop.folder)
    try shop.write(
      "rules/site.yaml", Data(HistoryTests.rules[0].replacingOccurrences(of: "552 ", with: "550 no such user ").utf8))
    let example = try Mill.expect(
      78, ["rules", "pack", "rules", "--pack-version", "2", "--key", "team.key"], in: shop.folder)
    #expect(example.errors.contains("site-full-is-hard"), "an example that another rule decides")
  }

  @Test func theConfigurationMayTrustAKey() throws {
    let shop = try shop()
    let pack = try pack("1.0", shop)
    let key = try String(contentsOf: shop.folder.appending(path: "team.pub"), encoding: .utf8)
    for trust in ["team.pub", key.trimmingCharacters(in: .newlines)] {
      let text = "{\"sources\": [], \"workspace\": \"other\", \"trust\": [\"\(trust)\"]}"
      let file = try shop.write("pipeline.json", Data(text.utf8))
      try Mill.expect(0, ["rules", "install", pack, "--yes", "--config", file])
      #expect(try Mill.expect(0, ["rules", "packs", "--config", file]).output.contains("team 1.0"))
    }
  }

  /// A server with a certificate of its own, as a team may have one.
  @Test(.enabled(if: Tool.find("python3") != nil && Tool.find("openssl") != nil, "python3 or openssl is not installed"))
  func packsComeByHTTPS() throws {
    let (shop, openssl) = (try shop(), try #require(Tool.find("openssl")))
    let pack = try pack("1.0", shop)
    try Mill.expect(0, shop.here("rules", "trust", shop.folder.appending(path: "team.pub").path))
    let request = "req -x509 -newkey rsa:2048 -nodes -keyout tls.key -out tls.pem -days 2 -subj /CN=localhost"
    _ = try Tool.run(
      openssl, request.split(separator: " ").map(String.init) + ["-addext", "subjectAltName=DNS:localhost"],
      in: shop.folder)
    let program = """
      import http.server, ssl
      server = http.server.HTTPServer(('127.0.0.1', 0), http.server.SimpleHTTPRequestHandler)
      context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER); context.load_cert_chain('tls.pem', 'tls.key')
      server.socket = context.wrap_socket(server.socket, server_side=True)
      print(server.server_port, flush=True); server.serve_forever()
      """
    let server = Process()
    server.executableURL = Tool.find("python3")
    server.arguments = ["-c", program]
    server.currentDirectoryURL = shop.folder
    let output = Pipe()
    server.standardOutput = output
    server.standardError = FileHandle.nullDevice
    try server.run()
    defer { server.terminate() }
    let port = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self).trimmingCharacters(
      in: .whitespacesAndNewlines)
    let url = "https://localhost:\(port)/" + URL(fileURLWithPath: pack).lastPathComponent
    // Nobody vouches for the certificate.
    #expect(try Mill.expect(65, shop.here("rules", "install", url, "--yes")).errors.contains("can't be fetched"))
    let env = URL(fileURLWithPath: "/usr/bin/env")
    let authority = "CURL_CA_BUNDLE=" + shop.folder.appending(path: "tls.pem").path
    let install = try Tool.run(
      env, [authority, Mill.binary.path] + shop.here("rules", "install", url, "--yes"), in: shop.folder)
    #expect(install.code == 0, "\(install.errors)")
    #expect(try Mill.expect(0, shop.here("rules", "packs")).output.contains(url))
    let missing = try Tool.run(
      env, [authority, Mill.binary.path] + shop.here("rules", "install", url + "x", "--yes"), in: shop.folder)
    #expect(missing.code == 65)
  }
}
