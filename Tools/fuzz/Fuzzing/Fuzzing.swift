// SPDX-License-Identifier: Apache-2.0

import Glibc

@_silgen_name("LLVMFuzzerRunDriver")
private func runDriver(
  _ count: UnsafeMutablePointer<CInt>,
  _ arguments: UnsafeMutableRawPointer,
  _ body: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt

/// What libFuzzer is to call with one input after another.
nonisolated(unsafe) private var target: ([UInt8]) -> Void = { _ in }

/// Runs libFuzzer with the program's arguments until it ends, and never returns.
public func fuzz(_ body: @escaping ([UInt8]) -> Void) -> Never {
  unsafe target = body
  var count = CommandLine.argc
  var arguments = unsafe CommandLine.unsafeArgv
  let status = unsafe withUnsafeMutablePointer(to: &arguments) { pointer in
    unsafe runDriver(&count, UnsafeMutableRawPointer(pointer)) { bytes, count in
      unsafe target(Array(UnsafeBufferPointer(start: bytes, count: count)))
      return 0
    }
  }
  exit(status)
}
