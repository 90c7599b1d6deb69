/// The five stages, in the order of the flow. Their raw values name folders, commands and columns.
public enum StageName: String, Sendable, CaseIterable, Codable {
  case ingest, parse, classify, load, act
}
