// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// The flags that every command has.
struct OutputOptions: ParsableArguments {
  @Flag(help: "Print JSON Lines, one object a line, for programs.")
  var json = false

  @Flag(help: "Print nothing but results and errors.")
  var quiet = false
}
