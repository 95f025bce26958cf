// SPDX-License-Identifier: Apache-2.0

import ChorusTestSupport
import Foundation

/// The service as a process of its own, on a free port of this machine.
final class Server {
  /// The program, in whose folder the index is.
  let program: Program
  /// The port that it listens on.
  let port: UInt16
  private let process: Process
  private let log: FileHandle

  /// It ended before it listened.
  struct NotStarted: Error {
    var log: String
  }

  /// Starts the service on the index of a program's folder.
  ///
  /// - Parameters:
  ///   - program: The program.
  ///   - arguments: What follows `serve INDEX`.
  /// - Throws: ``NotStarted`` when it ends before it listens.
  init(_ program: Program, _ arguments: String...) throws {
    self.program = program
    let pipe = Pipe()
    process = try program.start(
      ["serve", program.index, "--listen", "127.0.0.1:0"] + arguments,
      input: nil,
      errors: pipe.fileHandleForWriting
    )
    try pipe.fileHandleForWriting.close()
    log = pipe.fileHandleForReading
    var text = ""
    while true {
      let piece = log.availableData
      guard !piece.isEmpty else { throw NotStarted(log: text) }
      text += String(decoding: piece, as: UTF8.self)
      if let found = Self.port(in: text) {
        port = found
        break
      }
    }
  }

  deinit {
    process.terminate()
    process.waitUntilExit()
  }

  private static func port(in log: String) -> UInt16? {
    for line in log.split(separator: "\n") where line.contains("\"listening\"") {
      let object = try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: String]
      guard let address = object?["address"] else { continue }
      return UInt16(address.split(separator: ":").last ?? "")
    }
    return nil
  }

  /// Tells the process something.
  func send(_ signal: Int32) { kill(process.processIdentifier, signal) }

  /// Waits until the process ends.
  ///
  /// - Returns: Its status, and what it logged since it listened.
  func end(_ signal: Int32 = SIGTERM) -> (status: Int32, log: String) {
    send(signal)
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: log.readDataToEndOfFile(), as: UTF8.self))
  }

  /// Reads the log until a line has some text.
  func waitForLog(_ text: String) {
    var seen = ""
    while !seen.contains(text) {
      let piece = log.availableData
      guard !piece.isEmpty else { return }
      seen += String(decoding: piece, as: UTF8.self)
    }
  }
}

extension Server {
  /// A request and what was answered.
  struct Answer {
    var status: Int
    /// The headers, by their names in small letters.
    var headers: [String: String]
    var body: [UInt8]

    /// The body as an object.
    var object: [String: Any] {
      (try? JSONSerialization.jsonObject(with: Data(body)) as? [String: Any]) ?? [:]
    }

    /// The objects of a list in the body.
    func list(_ name: String) -> [[String: Any]] { object[name] as? [[String: Any]] ?? [] }
  }

  /// Sends a request on a connection of its own.
  func send(
    _ method: String,
    _ path: String,
    json: String? = nil,
    headers: [String: String] = [:]
  ) throws -> Answer {
    var headers = headers
    if json != nil, headers["Content-Type"] == nil { headers["Content-Type"] = "application/json" }
    return try send(method, path, body: json.map { Array($0.utf8) }, headers: headers)
  }

  /// Sends a request on a connection of its own.
  func send(
    _ method: String,
    _ path: String,
    body: [UInt8]?,
    headers: [String: String]
  ) throws -> Answer {
    var head = "\(method) \(path) HTTP/1.1\r\n"
    var all = ["Host": "127.0.0.1:\(port)", "Connection": "close"]
    if let body { all["Content-Length"] = String(body.count) }
    for (name, value) in all.merging(headers, uniquingKeysWith: { $1 }) {
      head += "\(name): \(value)\r\n"
    }
    let connection = try Connection(port: port)
    connection.write(Array((head + "\r\n").utf8) + (body ?? []))
    return try Answer(Array(connection.readToEnd()))
  }

  /// Gets an object.
  func get(_ path: String, headers: [String: String] = [:]) throws -> Answer {
    try send("GET", path, headers: headers)
  }
}

extension Server.Answer {
  /// There is no response in some bytes.
  struct NoResponse: Error {}

  /// Reads a response from all bytes of a connection.
  init(_ bytes: [UInt8]) throws {
    let gap: [UInt8] = [0x0D, 0x0A, 0x0D, 0x0A]
    guard let end = bytes.indices.first(where: { bytes[$0...].starts(with: gap) }) else {
      throw NoResponse()
    }
    let lines = String(decoding: bytes[..<end], as: UTF8.self).components(separatedBy: "\r\n")
    guard let status = lines[0].split(separator: " ").dropFirst().first.flatMap({ Int($0) }) else {
      throw NoResponse()
    }
    self.status = status
    headers = [:]
    for line in lines.dropFirst() {
      let parts = line.split(separator: ":", maxSplits: 1)
      guard parts.count == 2 else { continue }
      headers[parts[0].lowercased()] = parts[1].trimmingCharacters(in: .whitespaces)
    }
    body = Array(bytes[(end + gap.count)...])
  }
}

/// A connection to the service, byte by byte.
final class Connection {
  private let descriptor: Int32

  /// The service does not take connections.
  struct Refused: Error {}

  init(port: UInt16) throws {
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr = in_addr(s_addr: UInt32(0x7F00_0001).bigEndian)
    let size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let result = unsafe withUnsafePointer(to: &address) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
        unsafe connect(descriptor, pointer, size)
      }
    }
    guard result == 0 else {
      close(descriptor)
      throw Refused()
    }
  }

  deinit { close(descriptor) }

  /// Writes bytes.
  ///
  /// - Returns: Whether all of them were taken.
  @discardableResult
  func write(_ bytes: [UInt8]) -> Bool {
    var written = 0
    while written < bytes.count {
      let count = unsafe bytes.withUnsafeBytes { buffer in
        let rest = unsafe UnsafeRawBufferPointer(rebasing: buffer[written...])
        return unsafe Foundation.send(
          descriptor,
          rest.baseAddress,
          rest.count,
          Int32(MSG_NOSIGNAL)
        )
      }
      guard count > 0 else { return false }
      written += count
    }
    return true
  }

  /// Writes text.
  @discardableResult
  func write(_ text: String) -> Bool { write(Array(text.utf8)) }

  /// Reads until the service closes the connection.
  func readToEnd() -> [UInt8] {
    var bytes: [UInt8] = []
    while let piece = readPiece() { bytes += piece }
    return bytes
  }

  /// Reads what comes next, or `nil` at the end.
  func readPiece() -> [UInt8]? {
    var piece = [UInt8](repeating: 0, count: 1 << 16)
    let count = unsafe piece.withUnsafeMutableBytes { buffer in
      unsafe recv(descriptor, buffer.baseAddress, buffer.count, 0)
    }
    return count > 0 ? Array(piece[..<count]) : nil
  }
}
