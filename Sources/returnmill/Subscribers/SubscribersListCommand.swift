import ArgumentParser
import Pipeline
import Subscribers

struct SubscribersListCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "List subscribers with their status, or the lists with their sizes.")

  @Argument(help: "Only those whose key or address holds this.")
  var text: String?

  @OptionGroup var options: SubscriberOptions
  @OptionGroup var selection: SubscriberQueryOptions

  @Option(help: "At most so many; 0 for all.")
  var limit = 100

  @Flag(help: "The lists, each with how many are on it and how many may be written to.")
  var lists = false

  @Flag(help: "Print a JSON object a line.")
  var json = false

  func run() throws {
    let database = try options.configuration().database
    if lists {
      for list in try Directory(database).lists() {
        print(
          json ? list.json : "\(list.name)  \(grouped(list.members)) subscribers, \(grouped(list.sendable)) sendable")
      }
      return
    }
    var query = selection.query
    query.containing = text
    query.limit = limit > 0 ? limit : nil
    let directory = Directory(database)
    let shown = try directory.forEach(query) { subscriber in
      print(json ? subscriber.json : subscriber.line)
    }
    guard !json else { return }
    let all = try directory.count(query)
    if shown < all { options.log.info("\(grouped(shown)) of \(grouped(all)); --limit 0 shows all") }
  }
}
