// swift-tools-version: 6.2
// SPDX-License-Identifier: Apache-2.0

import PackageDescription

// Read from top to bottom: products, dependencies, then the layers from the ground up. A target may
// depend only on what stands above it in this file; TidyTests holds the same table for imports.

let swiftSettings: [SwiftSetting] = [
  .strictMemorySafety(),
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

/// A Swift module of ours.
func module(
  _ name: String,
  _ dependencies: [Target.Dependency],
  exclude: [String] = [],
  resources: [Resource]? = nil
) -> Target {
  .target(
    name: name,
    dependencies: dependencies,
    exclude: exclude,
    resources: resources,
    swiftSettings: swiftSettings
  )
}

/// The tests of one module.
func tests(
  _ name: String,
  _ dependencies: [Target.Dependency],
  resources: [Resource]? = nil
) -> Target {
  .testTarget(
    name: name,
    dependencies: ["ChorusTestSupport"] + dependencies,
    resources: resources,
    swiftSettings: swiftSettings
  )
}

let systemLibraries: [Target] = [
  .systemLibrary(name: "CLZ4", pkgConfig: "liblz4", providers: [.apt(["liblz4-dev"])]),
  .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
  .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
  .systemLibrary(name: "CXXHash", pkgConfig: "libxxhash", providers: [.apt(["libxxhash-dev"])]),
  .systemLibrary(
    name: "COpenBLAS",
    pkgConfig: "openblas",
    providers: [.apt(["libopenblas-dev"])]
  ),
  .systemLibrary(name: "CMalloc"),
  .systemLibrary(name: "CSodium", pkgConfig: "libsodium", providers: [.apt(["libsodium-dev"])]),
]

let nativeTargets: [Target] = [
  .target(name: "ChorusKernels", exclude: ["README.md"]),
  .target(
    name: "CICU",
    linkerSettings: [.linkedLibrary("icuuc")]
  ),
  .target(
    name: "CSimdJSON",
    linkerSettings: [.linkedLibrary("simdjson")]
  ),
]

let modules: [Target] = [
  // base
  module("ChorusCore", ["CXXHash", "ChorusKernels"]),
  // pure
  module("ChorusSimulate", ["ChorusCore"]),
  module("ChorusText", ["ChorusCore", "ChorusKernels", "CICU"]),
  module("ChorusSketch", ["ChorusCore", "ChorusKernels", "ChorusText"]),
  module("ChorusScore", ["ChorusCore", "ChorusKernels", "ChorusSketch", "COpenBLAS"]),
  // storage
  module("ChorusStore", ["ChorusCore", "CLZ4"]),
  // engine
  module(
    "ChorusIndex",
    ["ChorusCore", "ChorusKernels", "ChorusText", "ChorusSketch", "ChorusScore", "ChorusStore"]
  ),
  // domain
  module(
    "ChorusFamily",
    ["ChorusCore", "ChorusText", "ChorusSketch", "ChorusStore", "ChorusIndex"]
  ),
  module("ChorusCampaign", ["ChorusCore", "ChorusStore", "ChorusIndex", "ChorusFamily"]),
  module(
    "ChorusWire",
    [
      "ChorusCore", "ChorusSketch", "ChorusScore", "ChorusIndex", "ChorusFamily", "ChorusCampaign",
    ]
  ),
  module("ChorusReport", ["ChorusCore", "ChorusFamily", "ChorusCampaign"]),
  module(
    "ChorusIngest",
    ["ChorusCore", "ChorusSketch", "ChorusIndex", "CSimdJSON", "CZlib", "CZstd", "CLZ4"]
  ),
  // edges
  module(
    "Chorus",
    [
      "ChorusCore", "ChorusText", "ChorusSketch", "ChorusScore", "ChorusStore", "ChorusIndex",
      "ChorusFamily", "ChorusCampaign", "ChorusReport", "ChorusIngest",
    ]
  ),
  module("ChorusPage", [], resources: [.embedInCode("Web")]),
  module(
    "ChorusServe",
    [
      "ChorusCore", "ChorusSketch", "ChorusStore", "ChorusIndex", "ChorusFamily", "ChorusCampaign",
      "ChorusIngest", "ChorusWire", "ChorusPage", "CMalloc", "CSodium",
      .product(name: "CoreMetrics", package: "swift-metrics"),
      .product(name: "HTTPTypes", package: "swift-http-types"),
      .product(name: "Hummingbird", package: "hummingbird"),
      .product(name: "HummingbirdCore", package: "hummingbird"),
      .product(name: "HummingbirdHTTP2", package: "hummingbird"),
      .product(name: "Logging", package: "swift-log"),
      .product(name: "NIOCore", package: "swift-nio"),
      .product(name: "NIOHTTP1", package: "swift-nio"),
      .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
      .product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras"),
      .product(name: "NIOPosix", package: "swift-nio"),
      .product(name: "NIOSSL", package: "swift-nio-ssl"),
      .product(name: "NIOTLS", package: "swift-nio"),
      .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
      .product(name: "UnixSignals", package: "swift-service-lifecycle"),
    ]
  ),
  .executableTarget(
    name: "ChorusTool",
    dependencies: [
      "Chorus",
      "ChorusServe",
      "ChorusSimulate",
      "ChorusWire",
      .product(name: "Logging", package: "swift-log"),
      .product(name: "ArgumentParser", package: "swift-argument-parser"),
    ],
    swiftSettings: swiftSettings
  ),
]

let testTargets: [Target] = [
  .target(
    name: "ChorusTestSupport",
    dependencies: ["ChorusCore", "ChorusStore", "ChorusIndex", "ChorusSketch"],
    path: "Tests/ChorusTestSupport",
    swiftSettings: swiftSettings
  ),
  tests("ChorusCoreTests", ["ChorusCore"]),
  tests("ChorusTextTests", ["ChorusText", "ChorusKernels", "CICU"]),
  tests(
    "ChorusSketchTests",
    ["ChorusCore", "ChorusText", "ChorusSketch", "ChorusKernels"],
    resources: [.copy("Fixtures")]
  ),
  tests("ChorusScoreTests", ["ChorusCore", "ChorusScore"]),
  tests("ChorusStoreTests", ["ChorusCore", "ChorusStore"]),
  tests("ChorusIndexTests", ["Chorus"]),
  tests("ChorusFamilyTests", ["Chorus"]),
  tests("ChorusCampaignTests", ["Chorus"]),
  tests("ChorusReportTests", ["Chorus"]),
  tests("ChorusIngestTests", ["ChorusCore", "ChorusIngest", "CZlib", "CZstd", "CLZ4"]),
  tests("FormatTests", ["Chorus"], resources: [.copy("Fixtures")]),
  tests("CommandTests", ["Chorus", "ChorusTool"]),
  tests(
    "ServeTests",
    ["Chorus", "ChorusServe", "ChorusTool", "ChorusPage"],
    resources: [.copy("Page")]
  ),
  tests("TidyTests", []),
]

let package = Package(
  name: "Chorus",
  platforms: [.macOS(.v26)],
  products: [
    .library(name: "Chorus", targets: ["Chorus"]),
    .executable(name: "chorus", targets: ["ChorusTool"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
    .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
    .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.0"),
    .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.0"),
    .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.0"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
  ],
  targets: systemLibraries + nativeTargets + modules + testTargets,
  swiftLanguageModes: [.v6],
  cLanguageStandard: .c17,
  cxxLanguageStandard: .cxx17
)

// The benchmarks are built only when asked for, so that nobody else builds their dependency.
if Context.environment["CHORUS_BENCHMARK"] != nil {
  package.dependencies.append(
    .package(url: "https://github.com/ordo-one/benchmark", from: "1.38.1", traits: [])
  )
  package.targets.append(
    .executableTarget(
      name: "ChorusBenchmarks",
      dependencies: [
        "Chorus", "ChorusKernels", "ChorusSimulate", "COpenBLAS",
        .product(name: "Benchmark", package: "benchmark"),
      ],
      path: "Benchmarks/ChorusBenchmarks",
      swiftSettings: swiftSettings,
      plugins: [.plugin(name: "BenchmarkPlugin", package: "benchmark")]
    )
  )
}

// The fuzzers need libFuzzer and their own build: see Tools/fuzz/run.
if Context.environment["CHORUS_FUZZ"] != nil {
  package.targets.append(
    .target(name: "Fuzzing", path: "Tools/fuzz/Fuzzing", swiftSettings: swiftSettings)
  )
  for (name, dependencies) in [
    ("FuzzCanary", []),
    ("FuzzIndex", ["ChorusCore", "ChorusIndex", "ChorusSketch", "ChorusStore"]),
    ("FuzzNormaliser", ["ChorusText"]),
    ("FuzzPostings", ["ChorusKernels"]),
    ("FuzzSketcher", ["ChorusKernels", "ChorusSketch", "ChorusText"]),
  ] {
    package.targets.append(
      .executableTarget(
        name: name,
        dependencies: ["Fuzzing"] + dependencies.map { .byName(name: $0) },
        path: "Tools/fuzz/\(name)",
        swiftSettings: swiftSettings
      )
    )
  }
}
