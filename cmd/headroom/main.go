// Command headroom predicts, simulates, emulates and load-tests a system from
// one scenario file, and compares what it predicted with what it measured.
package main

import (
	"os"

	"github.com/headroom/headroom/cmd/internal/cli"
)

func main() { os.Exit(cli.Main(os.Args[1:], cli.System())) }
