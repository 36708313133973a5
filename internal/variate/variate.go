// Package variate gives every random quantity of a run a stream of its own.
//
// A stream is named after what it drives, such as "arrivals/shoppers". Streams
// of different names, replications or seeds are independent for all practical
// purposes, so adding a service to a scenario shifts no other's draws, and two
// designs can be compared on the same random numbers. The simulator and the
// live load use the same names: one seed gives both the same path.
//
// The package holds no generator of its own and never reads the clock: what is
// drawn is a function of seed, replication and name alone, and stays so (the
// first draws of some streams are pinned by a test).
package variate

import (
	"crypto/sha256"
	"encoding/binary"
	"math/rand/v2"
)

// Stream returns the stream of the given name in one replication of a run. It
// is a PCG generator ([math/rand/v2.PCG]) whose state is the SHA-256 of seed,
// replication and name: streams start at unrelated points of its cycle of
// length 2^128. A Stream is not safe for use by several goroutines.
func Stream(seed uint64, replication int, name string) *rand.Rand {
	g := Generator(seed, replication, name)
	return rand.New(&g)
}

// Generator returns the generator that [Stream] draws from, for those who keep
// its state where they like.
func Generator(seed uint64, replication int, name string) rand.PCG {
	var b [16]byte
	binary.LittleEndian.PutUint64(b[:8], seed)
	binary.LittleEndian.PutUint64(b[8:], uint64(replication))
	h := sha256.New()
	h.Write(b[:])
	h.Write([]byte(name))
	var sum [sha256.Size]byte
	h.Sum(sum[:0])
	return *rand.NewPCG(binary.LittleEndian.Uint64(sum[:8]), binary.LittleEndian.Uint64(sum[8:16]))
}
