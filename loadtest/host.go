package loadtest

import (
	"runtime"

	"github.com/headroom/headroom/measure"
)

// thisHost is the machine that a run is made on.
func thisHost() *measure.Host {
	h := &measure.Host{OS: runtime.GOOS, Arch: runtime.GOARCH, Cores: runtime.GOMAXPROCS(0), Go: runtime.Version()}
	fillHost(h)
	return h
}
