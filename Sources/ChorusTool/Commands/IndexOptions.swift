// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Chorus
import Foundation

/// Which index a command opens, and with what key.
struct IndexOptions: ParsableArguments {
  @Argument(help: "The folder of the index.")
  var index: String

  @Option(help: "The file of the key, for an index that was made with one.")
  var keyFile: String?

  /// The key, if one is given.
  func key() throws(ChorusError) -> SketchKey? {
    guard let keyFile else { return nil }
    guard let secret = FileManager.default.contents(atPath: keyFile) else {
      throw ChorusError(.notFound, "Cannot read the key file \(keyFile): check the path.")
    }
    return try SketchKey(secret: Array(secret))
  }

  /// Opens the index for reading.
  func open() throws(ChorusError) -> Index { try Index(path: index, key: try key()) }

  /// Opens the index for writing; it must be there.
  func writer(options: IndexWriter.Options = .init()) throws(ChorusError) -> IndexWriter {
    var options = options
    // An index is created by 'index' alone.
    options.createsIndex = false
    return try IndexWriter(DiskStorage(existing: index), key: try key(), options: options)
  }
}
