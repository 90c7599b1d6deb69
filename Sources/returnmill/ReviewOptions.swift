import ArgumentParser
import Foundation
import Pipeline
import Review

/// Options of commands that look closer at what a workspace holds, or at files without one.
struct ReviewOptions: ParsableArguments {
  @Option(name: .shortAndLong, help: "The configuration file. Default: pipeline.json here, else in the workspace.")
  var config: String?

  @Option(name: .shortAndLong, help: "The workspace. Default: what the configuration says, or work/.")
  var workspace: String?

  @Option(help: "Colour in text for a person: auto (on a terminal, unless NO_COLOR is set), always or never.")
  var color = Terminal.Color.auto

  var terminal: Terminal { .standardOutput(color) }

  /// The configuration that the options name, or that lies here; nil where there is none.
  func configuration() throws -> Configuration? {
    let isThere = FileManager.default.fileExists(atPath: "pipeline.json")
    guard config != nil || workspace != nil || isThere else { return nil }
    return try Configuration.resolve(file: config, workspace: workspace, sources: [])
  }

  /// The same for commands that can't do without a workspace.
  func neededConfiguration() throws -> Configuration {
    if let configuration = try configuration() { return configuration }
    throw ConfigurationError("no workspace: name one by --workspace, or a configuration by --config")
  }
}

extension Terminal.Color: ExpressibleByArgument {}
