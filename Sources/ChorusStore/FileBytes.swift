// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// The bytes of an immutable file, mapped into memory or held in it.
///
/// Safe to read from any thread. The file must not be shortened while it is mapped; Chorus never
/// changes a file once it is written.
@safe public final class FileBytes: Sendable {
  /// The number of bytes.
  public let byteCount: Int

  private nonisolated(unsafe) let base: UnsafeRawPointer?
  private let isMapped: Bool

  /// Holds a copy of bytes.
  public init(_ bytes: [UInt8]) {
    byteCount = bytes.count
    isMapped = false
    let copy = UnsafeMutableRawPointer.allocate(byteCount: max(bytes.count, 1), alignment: 64)
    unsafe copy.copyMemory(from: bytes, byteCount: bytes.count)
    unsafe base = UnsafeRawPointer(copy)
  }

  /// Maps an open file of a known size; the caller closes the descriptor.
  ///
  /// - Returns: `nil` when the system refuses, with `errno` set.
  init?(descriptor: Int32, byteCount: Int) {
    self.byteCount = byteCount
    isMapped = byteCount > 0
    guard byteCount > 0 else {
      unsafe base = nil
      return
    }
    let address = unsafe mmap(nil, byteCount, PROT_READ, MAP_SHARED, descriptor, 0)
    guard let address = unsafe address, unsafe address != MAP_FAILED else { return nil }
    unsafe base = UnsafeRawPointer(address)
  }

  deinit {
    guard let base = unsafe base else { return }
    if isMapped {
      unsafe munmap(UnsafeMutableRawPointer(mutating: base), byteCount)
    } else {
      unsafe base.deallocate()
    }
  }

  /// Calls a closure with the bytes of a range.
  ///
  /// - Precondition: The range lies inside the file.
  public func withBytes<Result, Failure: Error>(
    _ range: Range<Int>,
    _ body: (Span<UInt8>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    precondition(range.lowerBound >= 0 && range.upperBound <= byteCount, "outside the file")
    guard let base = unsafe base else { return try body(Span()) }
    // Sound: the range was checked, the memory is never written, and `self` outlives the call.
    let buffer = unsafe UnsafeRawBufferPointer(start: base + range.lowerBound, count: range.count)
    return try unsafe body(buffer.bindMemory(to: UInt8.self).span)
  }

  /// Returns a copy of the bytes of a range.
  ///
  /// - Precondition: The range lies inside the file.
  public func bytes(_ range: Range<Int>) -> [UInt8] {
    withBytes(range) { span in
      unsafe span.withUnsafeBufferPointer { unsafe [UInt8]($0) }
    }
  }
}
