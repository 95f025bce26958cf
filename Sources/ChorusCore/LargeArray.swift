// SPDX-License-Identifier: Apache-2.0

internal import ChorusKernels
internal import Synchronization

/// A long array of plain values: grows without copying, in large pages where the system has them.
///
/// A reference: whoever holds it sees what others append. One thread appends or changes at a time;
/// any number may read meanwhile what was there before they began, as long as it does not grow.
/// An ordinary array of a gigabyte is copied each time it grows and touched four kibibytes at a
/// time, which costs more than filling it.
@safe
public final class LargeArray<Element: BitwiseCopyable>: @unchecked Sendable {
  @usableFromInline var storedCount = 0
  /// The number of elements.
  @inlinable public var count: Int { storedCount }
  @usableFromInline var capacity = 0
  @usableFromInline var base: UnsafeMutablePointer<Element>?

  /// Creates an empty array.
  public init() { unsafe base = nil }

  /// Creates an array of equal elements.
  @inlinable
  public convenience init(repeating element: Element, count: Int) {
    self.init(unspecified: count)
    unsafe base?.update(repeating: element, count: count)
  }

  /// Creates an array of elements that are still to be given their values.
  @inlinable
  public convenience init(unspecified count: Int) {
    self.init()
    reserve(count)
    storedCount = count
  }

  deinit {
    if let base = unsafe base {
      unsafe MemoryPool.give(base, capacity * MemoryLayout<Element>.stride)
    }
  }

  /// Makes room for more elements.
  @inlinable
  public func reserve(_ extraCount: Int) {
    if count + extraCount > capacity { grow(to: count + extraCount) }
  }

  @usableFromInline
  func grow(to least: Int) {
    let stride = MemoryLayout<Element>.stride
    let page = 1 << 16
    let bytes = (max(2 * capacity, least) * stride + page - 1) / page * page
    // Sound: the old memory, if any, has exactly the size that is said, and the new one replaces
    // it with all that was in it.
    let (moved, size) = unsafe MemoryPool.take(bytes, replacing: base, capacity * stride)
    capacity = size / stride
    unsafe base = moved.bindMemory(to: Element.self, capacity: capacity)
  }

  /// Adds an element.
  @inlinable
  @inline(__always)
  public func append(_ element: Element) {
    if count == capacity { grow(to: count + 1) }
    // Sound: there is room for one more.
    unsafe base.unsafelyUnwrapped[count] = element
    storedCount += 1
  }

  /// Adds elements.
  @inlinable
  public func append(contentsOf elements: ArraySlice<Element>) {
    guard !elements.isEmpty else { return }
    reserve(elements.count)
    unsafe elements.withUnsafeBufferPointer { source in
      guard let start = source.baseAddress else { return }
      // Sound: room was made.
      unsafe (base.unsafelyUnwrapped + count).update(from: start, count: source.count)
    }
    storedCount += elements.count
  }

  /// Adds some elements of another array.
  ///
  /// - Precondition: The range lies inside the other array, which is not this one.
  @inlinable
  public func append(contentsOf other: LargeArray, _ range: Range<Int>) {
    precondition(range.lowerBound >= 0 && range.upperBound <= other.count && other !== self)
    guard !range.isEmpty else { return }
    reserve(range.count)
    // Sound: the range was checked and room was made.
    let source = unsafe other.base.unsafelyUnwrapped + range.lowerBound
    unsafe (base.unsafelyUnwrapped + count).update(from: source, count: range.count)
    storedCount += range.count
  }

  /// Adds what a closure makes of some elements of an array.
  @inlinable
  @inline(__always)
  public func append<Source>(
    mapping source: [Source],
    _ range: Range<Int>,
    _ body: (Source) -> Element
  ) {
    reserve(range.count)
    var next = storedCount
    for element in source[range] {
      // Sound: there is room for as many as the range has.
      unsafe base.unsafelyUnwrapped[next] = body(element)
      next += 1
    }
    storedCount = next
  }

  /// Adds elements that are still to be given their values.
  @inlinable
  public func extend(unspecified extraCount: Int) {
    reserve(extraCount)
    storedCount += extraCount
  }

  /// Removes all elements and keeps the memory.
  public func removeAll() { storedCount = 0 }

  /// Removes elements from the end.
  public func removeLast(_ removed: Int) {
    precondition(removed >= 0 && removed <= count)
    storedCount -= removed
  }

  /// The element at a position.
  @inlinable public subscript(position: Int) -> Element {
    @inline(__always)
    get {
      precondition(position >= 0 && position < count)
      return unsafe base.unsafelyUnwrapped[position]
    }
    @inline(__always)
    set {
      precondition(position >= 0 && position < count)
      unsafe base.unsafelyUnwrapped[position] = newValue
    }
  }

  /// Returns a copy of some elements.
  @inlinable
  public func elements(_ range: Range<Int>) -> [Element] {
    unsafe withBuffer(range) { buffer in unsafe Array(buffer) }
  }

  /// Calls a closure with some elements, which it may change.
  @inlinable
  public func withBuffer<Result>(
    _ range: Range<Int>,
    _ body: (UnsafeMutableBufferPointer<Element>) -> Result
  ) -> Result {
    precondition(range.lowerBound >= 0 && range.upperBound <= count)
    // Sound: the range was checked.
    let start = unsafe base.map { unsafe $0 + range.lowerBound }
    return unsafe body(UnsafeMutableBufferPointer(start: start, count: range.count))
  }
}

/// Long stretches of memory that were used and are used again: getting one from the system costs
/// more than filling it.
private enum MemoryPool {
  @safe
  private struct Stretch: @unchecked Sendable {
    var address: UnsafeMutableRawPointer
    var byteCount: Int
  }

  /// The most bytes that are kept.
  private static let limit = 1 << 30
  /// What is shorter comes from the system each time.
  private static let least = 4 << 20
  private static let free = Mutex<[Stretch]>([])

  /// Returns memory of at least so many bytes that begins with what other memory held, which is
  /// given back.
  static func take(
    _ byteCount: Int,
    replacing old: UnsafeMutableRawPointer?,
    _ oldByteCount: Int
  ) -> (UnsafeMutableRawPointer, Int) {
    if byteCount >= least {
      let found = free.withLock { free -> Stretch? in
        // The shortest that is long enough leaves the long ones to the long arrays.
        let best = free.indices.filter { free[$0].byteCount >= byteCount }
          .min { free[$0].byteCount < free[$1].byteCount }
        guard let best else { return nil }
        return free.remove(at: best)
      }
      if let found {
        if let old = unsafe old {
          unsafe found.address.copyMemory(from: old, byteCount: oldByteCount)
          unsafe give(old, oldByteCount)
        }
        return unsafe (found.address, found.byteCount)
      }
    }
    guard let moved = unsafe chorus_remap(old, oldByteCount, byteCount) else {
      fatalError("out of memory: cannot map \(byteCount) bytes")
    }
    return unsafe (moved, byteCount)
  }

  /// Keeps memory for another array, or gives it back to the system.
  static func give(_ address: UnsafeMutableRawPointer, _ byteCount: Int) {
    let isKept =
      byteCount >= least
      && free.withLock { free -> Bool in
        let kept = free.reduce(0) { $0 + $1.byteCount }
        guard kept + byteCount <= limit else { return false }
        unsafe free.append(Stretch(address: address, byteCount: byteCount))
        return true
      }
    if !isKept { _ = unsafe chorus_remap(address, byteCount, 0) }
  }
}
