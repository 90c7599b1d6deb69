// swift-tools-version: 6.1
import PackageDescription

// Exclusivity of access is checked at run time in debug builds, so by all tests; in release the check costs a fifth.
let swift: [SwiftSetting] = [
  .swiftLanguageMode(.v6), .unsafeFlags(["-enforce-exclusivity=unchecked"], .when(configuration: .release)),
]

let package = Package(
  name: "returnmill",
  platforms: [.macOS(.v14)],
  products: [.executable(name: "returnmill", targets: ["returnmill"])],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.0"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
    .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.1"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.0"),
  ],
  targets: [
    // The command line: a thin layer of subcommands over the libraries below.
    .executableTarget(
      name: "returnmill",
      dependencies: [
        "Pipeline", "Fetch", "Parse", "Classify", "Act", "Review", "Subscribers", "RulePacks", "ReturnPath", "Compose",
        "Transport", "Records", "Spool", "NDJSON", "ByteSlices",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Logging", package: "swift-log"),
      ],
      swiftSettings: swift),

    // Bytes: slices, arenas, output buffers, and the NDJSON that the spool is written in.
    .target(name: "ByteSlices", dependencies: ["CShims"], swiftSettings: swift),
    .target(name: "NDJSON", dependencies: ["ByteSlices", "CShims"], swiftSettings: swift),

    // The contract between the stages, and the files they exchange.
    .target(
      name: "Records",
      dependencies: ["ByteSlices", "NDJSON", "CShims", .product(name: "Crypto", package: "swift-crypto")],
      swiftSettings: swift),
    .target(
      name: "Spool",
      dependencies: [
        "ByteSlices", "NDJSON", "CISAL", "CZlib", "CShims", .product(name: "Crypto", package: "swift-crypto"),
      ],
      swiftSettings: swift),

    // Mail as such: RFC 5322, MIME, charsets, addresses, mbox and Maildir. Knows nothing of bounces.
    .target(
      name: "Mail", dependencies: ["ByteSlices", "NDJSON", "Records", "CShims", "CZlib", "CISAL"], swiftSettings: swift),

    // The database that load fills and act works on: its schema, and the statements of the bulk path.
    .target(
      name: "Store",
      dependencies: [
        "Records", "ByteSlices", .product(name: "Crypto", package: "swift-crypto"),
        .product(name: "GRDB", package: "GRDB.swift"), .product(name: "GRDBSQLite", package: "GRDB.swift"),
      ],
      swiftSettings: swift),

    // Many patterns over one text: literals first, then PCRE2.
    .target(name: "Patterns", dependencies: ["ByteSlices", "CPCRE2"], swiftSettings: swift),

    // The data files: rules and dialects, compiled into the binary.
    .target(name: "Rules", exclude: ["categories", "dialects"]),

    // The five stages, in reading order. None knows another.
    .target(
      name: "Ingest", dependencies: ["Records", "Spool", "Mail", "ByteSlices", "NDJSON"],
      path: "Sources/Stages/1-Ingest",
      swiftSettings: swift),
    .target(
      name: "Parse",
      dependencies: [
        "Records", "Spool", "Mail", "ReturnPath", "ByteSlices", "NDJSON", "Rules", "Patterns", "Yams",
        .product(name: "Crypto", package: "swift-crypto"),
      ],
      path: "Sources/Stages/2-Parse", swiftSettings: swift),
    .target(
      name: "Classify",
      dependencies: ["Records", "Spool", "ByteSlices", "NDJSON", "Rules", "Patterns", "Yams"],
      path: "Sources/Stages/3-Classify", swiftSettings: swift),
    .target(
      name: "Load",
      dependencies: [
        "Records", "Spool", "Store", "ReturnPath", "ByteSlices", "NDJSON",
        .product(name: "GRDB", package: "GRDB.swift"),
      ],
      path: "Sources/Stages/4-Load", swiftSettings: swift),
    .target(
      name: "Act",
      dependencies: [
        "Records", "Spool", "Store", "Mail", "Transport", "CShims", "ByteSlices", "NDJSON",
        .product(name: "GRDB", package: "GRDB.swift"), .product(name: "GRDBSQLite", package: "GRDB.swift"),
        .product(name: "Crypto", package: "swift-crypto"),
      ],
      path: "Sources/Stages/5-Act", swiftSettings: swift),

    // The people that mail is sent to, what is decided about them by hand, and what other systems are told of it.
    .target(
      name: "Subscribers",
      dependencies: [
        "Act", "Store", "Spool", "NDJSON", "ByteSlices", "CShims", .product(name: "GRDB", package: "GRDB.swift"),
      ],
      swiftSettings: swift),

    // To other machines and back, over libcurl: submission by SMTP, HTTP, and what they share.
    .target(name: "Transport", dependencies: ["CCurl"], swiftSettings: swift),

    // Rule packs: signed, versioned sets of rule files, and what of them a workspace has in force.
    .target(
      name: "RulePacks",
      dependencies: ["Spool", "ByteSlices", "Transport", .product(name: "Crypto", package: "swift-crypto")],
      swiftSettings: swift),

    // Mailboxes on servers: IMAP and POP3 into a Maildir, over connections that libcurl opens.
    .target(
      name: "Fetch", dependencies: ["Transport", "CCurl", "Spool", "ByteSlices", "CShims"], swiftSettings: swift),
    // What goes out: the tokens that name the subscriber in whatever comes back, and the messages themselves.
    .target(
      name: "ReturnPath", dependencies: ["ByteSlices", .product(name: "Crypto", package: "swift-crypto")],
      swiftSettings: swift),
    .target(
      name: "Compose",
      dependencies: [
        "ReturnPath", "Transport", "Store", "NDJSON", "ByteSlices", "CShims",
        .product(name: "Mustache", package: "swift-mustache"), .product(name: "Crypto", package: "swift-crypto"),
        .product(name: "GRDB", package: "GRDB.swift"),
      ],
      swiftSettings: swift),

    // Configuration, plan, staleness, runner, progress: the only place that knows all five stages.
    .target(
      name: "Pipeline",
      dependencies: [
        "Fetch", "Transport", "Ingest", "Parse", "Classify", "Load", "Act", "Store", "Subscribers", "RulePacks",
        "ReturnPath", "Compose", "Records", "Spool", "Mail", "NDJSON", "ByteSlices",
        .product(name: "GRDB", package: "GRDB.swift"),
        .product(name: "Logging", package: "swift-log"),
      ],
      swiftSettings: swift),

    // A closer look at verdicts and rules: why, how well, what is not known yet. Reads what the pipeline made.
    .target(
      name: "Review",
      dependencies: [
        "Pipeline", "Classify", "Parse", "Act", "Store", "Mail", "Records", "Spool", "NDJSON", "ByteSlices",
        .product(name: "GRDB", package: "GRDB.swift"),
      ],
      swiftSettings: swift),

    .target(name: "CShims"),
    .target(name: "CCurl", linkerSettings: [.linkedLibrary("curl")]),
    .systemLibrary(name: "CISAL", pkgConfig: "libisal", providers: [.apt(["libisal-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(name: "CPCRE2", pkgConfig: "libpcre2-8", providers: [.apt(["libpcre2-dev"])]),

    .testTarget(name: "ByteSlicesTests", dependencies: ["ByteSlices"], swiftSettings: swift),
    .testTarget(name: "NDJSONTests", dependencies: ["NDJSON"], swiftSettings: swift),
    .testTarget(name: "RecordsTests", dependencies: ["Records"], swiftSettings: swift),
    .testTarget(name: "SpoolTests", dependencies: ["Spool"], swiftSettings: swift),
    .target(name: "ArchiveSupport", dependencies: ["CZlib"], path: "Tests/ArchiveSupport", swiftSettings: swift),
    .testTarget(
      name: "MailTests", dependencies: ["Mail", "Records", "ByteSlices", "ArchiveSupport"],
      swiftSettings: swift),
    .testTarget(
      name: "IngestTests", dependencies: ["Ingest", "Mail", "Records", "Spool", "ByteSlices", "ArchiveSupport"],
      swiftSettings: swift),
    .testTarget(
      name: "ParseTests", dependencies: ["Parse", "Mail", "Records", "Rules", "NDJSON", "ByteSlices"],
      exclude: ["Golden"], swiftSettings: swift),
    .testTarget(name: "PatternsTests", dependencies: ["Patterns", "ByteSlices"], swiftSettings: swift),
    .testTarget(
      name: "ClassifyTests", dependencies: ["Classify", "Records", "Rules", "ByteSlices"], swiftSettings: swift),
    .target(
      name: "DatabaseSupport",
      dependencies: ["Load", "Records", "ByteSlices", "NDJSON", .product(name: "GRDB", package: "GRDB.swift")],
      path: "Tests/DatabaseSupport", swiftSettings: swift),
    .testTarget(name: "StoreTests", dependencies: ["Store", "ByteSlices"], swiftSettings: swift),
    .testTarget(name: "LoadTests", dependencies: ["Load", "Store", "DatabaseSupport"], swiftSettings: swift),
    .testTarget(
      name: "ActTests", dependencies: ["Act", "Store", "Transport", "DatabaseSupport", "ReceiverSupport"],
      swiftSettings: swift),
    .target(
      name: "ReceiverSupport", path: "Tests/ReceiverSupport", exclude: ["receiver.py"], swiftSettings: swift),
    .testTarget(
      name: "TransportTests", dependencies: ["Transport", "CCurl", "ReceiverSupport"], swiftSettings: swift),
    .testTarget(
      name: "SubscribersTests",
      dependencies: ["Subscribers", "Act", "Store", "DatabaseSupport", .product(name: "GRDB", package: "GRDB.swift")],
      swiftSettings: swift),
    .testTarget(name: "RulePacksTests", dependencies: ["RulePacks", "Spool"], swiftSettings: swift),
    .testTarget(
      name: "FetchTests", dependencies: ["Fetch", "Transport", "Spool", "ByteSlices"], exclude: ["mail_server.py"],
      swiftSettings: swift),
    .testTarget(name: "ReturnPathTests", dependencies: ["ReturnPath", "ByteSlices"], swiftSettings: swift),
    .testTarget(
      name: "ComposeTests",
      dependencies: [
        "Compose", "ReturnPath", "Mail", "ByteSlices", .product(name: "Mustache", package: "swift-mustache"),
      ],
      swiftSettings: swift),
    .testTarget(name: "PipelineTests", dependencies: ["Pipeline", "Compose", "Act", "Parse"], swiftSettings: swift),
    .testTarget(
      name: "ReviewTests", dependencies: ["Review", "Classify", "Records", "ByteSlices"], swiftSettings: swift),
    .testTarget(
      name: "EndToEndTests",
      dependencies: ["returnmill", "ReceiverSupport", .product(name: "GRDB", package: "GRDB.swift")],
      swiftSettings: swift),
  ]
)

// The fuzzed program has libFuzzer's main, and wants everything built with its instruments: scripts/fuzz asks for it.
if Context.environment["RETURNMILL_FUZZ"] != nil {
  package.targets.append(
    .executableTarget(
      name: "returnmill-fuzz", dependencies: ["Parse", "Mail", "Records", "NDJSON", "ByteSlices"], path: "Tests/Fuzz",
      swiftSettings: [.swiftLanguageMode(.v6), .unsafeFlags(["-parse-as-library"])]))
}
