// SPDX-License-Identifier: Apache-2.0

/// Keeps the best few of many elements.
///
/// The order must be strict and total for the result not to depend on the order of insertion.
public struct TopK<Element> {
  private let limit: Int
  private let isBetter: (Element, Element) -> Bool
  private var heap: [Element] = []

  /// Creates an empty selection.
  ///
  /// - Parameters:
  ///   - limit: How many elements to keep, at least 1.
  ///   - isBetter: Whether the first element is to be preferred to the second.
  public init(limit: Int, by isBetter: @escaping (Element, Element) -> Bool) {
    precondition(limit > 0, "a selection keeps at least one element")
    self.limit = limit
    self.isBetter = isBetter
  }

  /// Considers one element.
  ///
  /// - Complexity: O(log *k*).
  public mutating func insert(_ element: Element) {
    if heap.count < limit {
      heap.append(element)
      rise(from: heap.count - 1)
    } else if isBetter(element, heap[0]) {
      heap[0] = element
      sink(from: 0)
    }
  }

  /// The worst element kept, once there are as many as may be; a worse one is not taken any more.
  public var worst: Element? { heap.count == limit ? heap[0] : nil }

  /// The elements kept, best first.
  public var sorted: [Element] { heap.sorted(by: isBetter) }

  // The heap's root is the worst element kept.

  private mutating func rise(from start: Int) {
    var child = start
    while child > 0 {
      let parent = (child - 1) / 2
      guard isBetter(heap[parent], heap[child]) else { return }
      heap.swapAt(parent, child)
      child = parent
    }
  }

  private mutating func sink(from start: Int) {
    var parent = start
    while true {
      var worst = parent
      for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count {
        if isBetter(heap[worst], heap[child]) { worst = child }
      }
      if worst == parent { return }
      heap.swapAt(parent, worst)
      parent = worst
    }
  }
}
