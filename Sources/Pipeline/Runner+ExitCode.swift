import Act
import Classify
import Compose
import Fetch
import GRDB
import Load
import Mail
import NDJSON
import Parse
import ReturnPath
import RulePacks
import Spool
import Store
import Subscribers
import Transport

extension Runner {
  /// The published exit code for an error of the libraries; nil for one that is not theirs.
  public static func exitCode(for error: any Error) -> Int32? {
    switch error {
    case let error as Interrupted: return 128 + error.signal
    case is ConfigurationError, is RuleError, is DialectError: return 78
    case let error as SpoolError:
      switch error.kind {
      case .locked: return 75
      case .corrupt: return 65
      case .io: return 1
      }
    case is TransportError: return 78
    case let error as FetchError: return error.kind == .configuration ? 78 : 1
    case let error as RulePackError:
      switch error.kind {
      case .refused: return 65
      case .damaged: return 78
      }
    // Something is held back until a person has looked, as with a quarantine.
    case ActError.brake: return 3
    case ActError.unfinished: return 1
    case ActError.address: return 65
    case is ActError: return 78
    case is SubscriberError: return 65
    case is ArchiveError, is JSONError: return 65
    case is ReturnPathError: return 78
    case let error as ComposeError:
      switch error {
      case .template, .unknownField, .campaign: return 78
      case .changed: return 65
      case .busy: return 75
      case .output, .stopped: return 1
      }
    case is StoreError, is LoadError, is DatabaseError: return 1
    default: return nil
    }
  }
}
