// SPDX-License-Identifier: Apache-2.0

import ChorusCore
import ChorusStore
import ChorusTestSupport
import Testing

/// A storage to test, with the folder that it needs.
struct StorageFixture {
  enum Kind: CaseIterable {
    case memory
    case disk
  }

  let storage: any Storage
  private let folder: TemporaryFolder?

  init(_ kind: Kind) throws {
    switch kind {
    case .memory:
      folder = nil
      storage = MemoryStorage()
    case .disk:
      let folder = try TemporaryFolder()
      self.folder = folder
      storage = try DiskStorage(existing: folder.path)
    }
  }

  /// The names of all files but the lock.
  func names() throws -> [String] { try storage.names().filter { $0 != "lock" } }

  func write(_ name: String, _ bytes: [UInt8]) throws {
    let sink = try storage.create(name)
    try sink.append(bytes)
    try sink.close()
  }

  func read(_ name: String) throws -> [UInt8] {
    let file = try storage.open(name)
    return file.bytes(0..<file.byteCount)
  }
}

struct StorageTests {
  @Test(arguments: StorageFixture.Kind.allCases)
  func `a new storage has no files`(_ kind: StorageFixture.Kind) throws {
    #expect(try StorageFixture(kind).names().isEmpty)
  }

  @Test(arguments: StorageFixture.Kind.allCases)
  func `a file holds what was appended to it, in order`(_ kind: StorageFixture.Kind) throws {
    let fixture = try StorageFixture(kind)
    let sink = try fixture.storage.create("file")
    var wanted: [UInt8] = []
    for count in [0, 1, 5000, 0, 70_000] {
      let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31) }
      try sink.append(bytes)
      wanted += bytes
    }
    try sink.close()
    #expect(try fixture.read("file") == wanted)
  }

  @Test(arguments: StorageFixture.Kind.allCases)
  func `an empty file can be read`(_ kind: StorageFixture.Kind) throws {
    let fixture = try StorageFixture(kind)
    try fixture.write("empty", [])
    #expect(try fixture.read("empty").isEmpty)
  }

  @Test(arguments: StorageFixture.Kind.allCases)
  func `creating a file replaces one of the same name`(_ kind: StorageFixture.Kind) throws {
    let fixture = try StorageFixture(kind)
    try fixture.write("file", [1, 2, 3])
    try fixture.write("file", [9])
    #expect(try fixture.read("file") == [9])
  }

  @Test(arguments: StorageFixture.Kind.allCases)
  func `names are ascending`(_ kind: StorageFixture.Kind) throws {
    let fixture = try StorageFixture(kind)
    for name in ["b", "a", "c", "B", "10", "9"] { try fixture.write(name, [0]) }
    #expect(try fixture.names() == ["10", "9", "B", "a", "b", "c"])
  }

  @Test(arguments: StorageFixture.Kind.allCases)
  func `renaming moves the bytes and replaces the target`(_ kind: StorageFixture.Kind) throws {
    let fixture = try StorageFixture(kind)
    try fixture.write("new", [1])
    try fixture.write("old", [2])
    try fixture.storage.rename("new", to: "old")
    #expect(try fixture.names() == ["old"])
    #expect(try fixture.read("old") == [1])
  }

  @Test(arguments: StorageFixture.Kind.allCases)
  func `a removed file is gone`(_ kind: StorageFixture.Kind) throws {
    let fixture = try StorageFixture(kind)
    try fixture.write("file", [1])
    try fixture.storage.remove("file")
    #expect(try fixture.names().isEmpty)
  }

  @Test(arguments: StorageFixture.Kind.allCases)
  func `synchronising changes nothing that can be seen`(_ kind: StorageFixture.Kind) throws {
    let fixture = try StorageFixture(kind)
    try fixture.write("file", [1])
    try fixture.storage.synchronise()
    #expect(try fixture.read("file") == [1])
  }

  @Test(arguments: StorageFixture.Kind.allCases)
  func `opening a file that is not there says notFound`(_ kind: StorageFixture.Kind) throws {
    let fixture = try StorageFixture(kind)
    #expect(failure { _ = try fixture.storage.open("none") }?.code == .notFound)
  }

  @Test(arguments: StorageFixture.Kind.allCases)
  func `renaming a file that is not there says notFound`(_ kind: StorageFixture.Kind) throws {
    let fixture = try StorageFixture(kind)
    #expect(failure { try fixture.storage.rename("none", to: "x") }?.code == .notFound)
  }

  @Test(arguments: StorageFixture.Kind.allCases)
  func `removing a file that is not there says notFound`(_ kind: StorageFixture.Kind) throws {
    let fixture = try StorageFixture(kind)
    #expect(failure { try fixture.storage.remove("none") }?.code == .notFound)
  }

  @Test(arguments: StorageFixture.Kind.allCases)
  func `an error names the storage and the file`(_ kind: StorageFixture.Kind) throws {
    let fixture = try StorageFixture(kind)
    let message = failure { _ = try fixture.storage.open("none") }?.message ?? ""
    #expect(message.contains(fixture.storage.location + "/none"))
  }

  @Test(arguments: StorageFixture.Kind.allCases)
  func `an open file keeps its bytes when it is replaced`(_ kind: StorageFixture.Kind) throws {
    let fixture = try StorageFixture(kind)
    try fixture.write("file", [1, 2, 3])
    let file = try fixture.storage.open("file")
    try fixture.write("other", [9])
    try fixture.storage.rename("other", to: "file")
    #expect(file.bytes(0..<file.byteCount) == [1, 2, 3])
  }

  @Test(arguments: StorageFixture.Kind.allCases)
  func `a range of a file is the bytes of that range`(_ kind: StorageFixture.Kind) throws {
    let fixture = try StorageFixture(kind)
    try fixture.write("file", Array(0..<100))
    let file = try fixture.storage.open("file")
    #expect(file.bytes(10..<20) == Array(10..<20))
    #expect(file.bytes(100..<100).isEmpty)
  }

  // MARK: The lock

  @Test(arguments: StorageFixture.Kind.allCases)
  func `a second writer is locked out`(_ kind: StorageFixture.Kind) throws {
    let fixture = try StorageFixture(kind)
    let lock = try fixture.storage.lock()
    #expect(failure { _ = try fixture.storage.lock() }?.code == .locked)
    withExtendedLifetime(lock) {}
  }

  @Test(arguments: StorageFixture.Kind.allCases)
  func `a lock is free again when it is let go`(_ kind: StorageFixture.Kind) throws {
    let fixture = try StorageFixture(kind)
    for _ in 0..<3 {
      let lock = try fixture.storage.lock()
      withExtendedLifetime(lock) {}
    }
  }

  @Test(arguments: StorageFixture.Kind.allCases)
  func `a failed attempt does not free the lock`(_ kind: StorageFixture.Kind) throws {
    let fixture = try StorageFixture(kind)
    let lock = try fixture.storage.lock()
    for _ in 0..<2 { #expect(failure { _ = try fixture.storage.lock() }?.code == .locked) }
    withExtendedLifetime(lock) {}
  }

  // MARK: Folders

  @Test func `a folder that does not exist says notFound`() throws {
    let folder = try TemporaryFolder()
    #expect(
      failure { _ = try DiskStorage(existing: folder.path(of: "none")) }?.code == .notFound
    )
  }

  @Test func `a file in place of a folder is foreign`() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("file", [1])
    #expect(failure { _ = try DiskStorage(existing: path) }?.code == .foreign)
  }

  @Test func `a folder is created when asked for`() throws {
    let folder = try TemporaryFolder()
    _ = try DiskStorage(creating: folder.path(of: "new"))
    #expect(try folder.names() == ["new"])
  }

  @Test func `creating a folder keeps the one that is there`() throws {
    let folder = try TemporaryFolder()
    try folder.write("file", [1])
    #expect(try DiskStorage(creating: folder.path).names() == ["file"])
  }

  @Test func `a folder without its parent says notFound`() throws {
    let folder = try TemporaryFolder()
    let path = folder.path(of: "a/b")
    #expect(failure { _ = try DiskStorage(creating: path) }?.code == .notFound)
  }

  @Test func `a folder in place of a file is foreign`() throws {
    let folder = try TemporaryFolder()
    try folder.write("name/inner", [1])
    let storage = try DiskStorage(existing: folder.path)
    #expect(failure { _ = try storage.open("name") }?.code == .foreign)
  }
}
