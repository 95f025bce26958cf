// SPDX-License-Identifier: Apache-2.0

internal import CSimdJSON

/// Reads the wanted fields of blocks of lines, by simdjson; for one thread at a time.
@safe
final class SimdJSON {
  private let parser: OpaquePointer
  private var slotCount = 0
  private var lines = [chorus_json_line](repeating: chorus_json_line(), count: chunkLineCount)
  private var values: [chorus_json_value] = []

  /// How many lines one call fills: few enough for their values to stay in the nearest caches.
  private static let chunkLineCount = 512

  init() {
    precondition(LineBlock.paddingByteCount >= Int(CHORUS_JSON_PADDING))
    guard let created = unsafe chorus_json_create() else {
      preconditionFailure("there is no memory for a JSON parser")
    }
    unsafe parser = unsafe created
  }

  deinit { unsafe chorus_json_destroy(parser) }

  /// Returns the slot of a dotted path; equal paths have equal slots.
  ///
  /// - Precondition: The path has passed ``IngestOptions/validate()``.
  func slot(of path: String) -> Int {
    // Sound: the library copies `count` bytes.
    let slot = unsafe Array(path.utf8).withUnsafeBufferPointer { bytes in
      guard let base = bytes.baseAddress else { return Int32(-1) }
      return unsafe chorus_json_add_path(parser, base, bytes.count)
    }
    precondition(slot >= 0, "a path is checked before use")
    slotCount = max(slotCount, Int(slot) + 1)
    return Int(slot)
  }

  /// Says in which slot an array is read as a chat, and which roles are kept.
  func setText(slot: Int, roles: [String]) {
    unsafe chorus_json_set_text_slot(parser, Int32(slot))
    for role in roles where !role.isEmpty {
      // Sound: the library copies `count` bytes.
      unsafe Array(role.utf8).withUnsafeBufferPointer { bytes in
        guard let base = bytes.baseAddress else { return }
        let status = unsafe chorus_json_add_role(parser, base, bytes.count)
        precondition(status == 0, "there is no memory for a role")
      }
    }
  }

  /// Reads all lines of a block.
  func read(_ block: LineBlock, maximumLineByteCount: Int) -> ScannedBlock {
    values = Array(
      repeating: chorus_json_value(),
      count: Self.chunkLineCount * slotCount
    )
    var result = ScannedBlock(slotCount: slotCount)
    let capacity = block.byteCount + Int(CHORUS_JSON_PADDING)
    // Sound: the library checks that the block is padded and the arena large enough for it, writes
    // at most `capacity` bytes, and says how many of them are initialised.
    unsafe result.arena = [UInt8](unsafeUninitializedCapacity: capacity) { arena, count in
      var cursor = chorus_json_cursor()
      unsafe block.bytes.withUnsafeBufferPointer { bytes in
        guard let source = bytes.baseAddress, let target = arena.baseAddress else { return }
        let input = unsafe chorus_json_input(
          bytes: source,
          byte_count: block.byteCount,
          readable_count: bytes.count,
          maximum_line_count: maximumLineByteCount
        )
        while cursor.offset < block.byteCount {
          let filled = unsafe readChunk(input, target, capacity, &cursor)
          append(filled, to: &result)
        }
      }
      count = cursor.arena_count
    }
    return result
  }

  private func readChunk(
    _ input: chorus_json_input,
    _ arena: UnsafeMutablePointer<UInt8>,
    _ capacity: Int,
    _ cursor: inout chorus_json_cursor
  ) -> Int {
    // Sound: the two arrays have room for `chunkLineCount` lines and their values.
    unsafe lines.withUnsafeMutableBufferPointer { lines in
      unsafe values.withUnsafeMutableBufferPointer { values in
        guard let line = lines.baseAddress, let value = values.baseAddress else { return 0 }
        var input = unsafe input
        var output = unsafe chorus_json_output(
          arena: arena,
          arena_capacity: capacity,
          lines: line,
          values: value,
          line_capacity: lines.count
        )
        let before = cursor.offset
        let filled = unsafe chorus_json_read_lines(parser, &input, &output, &cursor)
        precondition(cursor.offset > before, "a reader of lines has to move on")
        return filled
      }
    }
  }

  private func append(_ count: Int, to result: inout ScannedBlock) {
    for line in lines.prefix(count) {
      result.lines.append(
        ScannedLine(
          offset: Int(line.offset),
          count: Int(line.count),
          number: Int(line.number),
          reason: Self.reason(of: line.status)
        )
      )
    }
    for value in values.prefix(count * slotCount) {
      result.values.append(
        ScannedValue(
          offset: value.offset,
          count: value.count,
          kind: ScannedValue.Kind(rawValue: UInt8(truncatingIfNeeded: value.kind.rawValue))
            ?? .absent
        )
      )
    }
  }

  private static func reason(of status: chorus_json_status) -> RejectReason? {
    switch status {
    case CHORUS_JSON_OK: nil
    case CHORUS_JSON_NOT_AN_OBJECT: .notAnObject
    case CHORUS_JSON_INVALID_UTF8: .invalidUTF8
    case CHORUS_JSON_LONE_SURROGATE: .loneSurrogate
    case CHORUS_JSON_TOO_LARGE: .tooLarge
    default: .notJSON
    }
  }

  /// Returns the number of line feeds in the first bytes of an array.
  static func lineFeedCount(in bytes: [UInt8], byteCount: Int) -> Int {
    precondition(byteCount <= bytes.count)
    // Sound: the library reads `byteCount` bytes, which the array has.
    return unsafe bytes.withUnsafeBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return 0 }
      return unsafe chorus_json_count_line_feeds(base, byteCount)
    }
  }
}
