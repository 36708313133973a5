package scenarios

import "github.com/headroom/headroom/scenarios/dist"

// LockTable is a set of keys that operations of one service lock, over all its
// replicas.
type LockTable struct {
	Name string
	Keys int
	Skew float64 // Zipf exponent of the popularity of keys (1)
}

// LockMode says how a [Lock] keeps others out.
type LockMode uint8

const (
	Exclusive  LockMode = iota // one holder; the others wait in order of arrival
	SharedLock                 // several such holders, or one exclusive
	Optimistic                 // nobody waits: a check at the end finds out
)

// Pool is a number of things of a replica (connections) that operations take
// and give back.
type Pool struct {
	Name    string
	Size    int
	Backlog int // that may wait for one; Unlimited = no bound
}

// Store is what a cache holds: Size of Keys objects, kept by Policy. One store
// serves all replicas of a service.
type Store struct {
	Keys   int
	Skew   float64 // Zipf exponent of the popularity of keys (1)
	Size   int     // objects that fit; 0 = all
	Policy Eviction
	TTL    dist.Dist // how long an object may be used after it was fetched; zero = for ever
}

// Eviction says which object makes room for a new one.
type Eviction uint8

const (
	LRU       Eviction = iota // the one not asked for the longest
	LFU                       // the one asked for the least often since it came
	FIFOStore                 // the one that came first
)

// Partitions split the data of a service: each request has a key, each key a
// partition, and partition p is served by replica p mod replicas alone.
type Partitions struct {
	Count int
	// Shares are the parts of the requests that go to each partition (1),
	// summing to 1; empty when Keys and Skew say it, or all alike.
	Shares []float64
	Keys   int     // hashed to partitions; 0 = no keys
	Skew   float64 // Zipf exponent of the popularity of keys (1)
	// Rebalance is the time between two rounds in which partitions are given
	// to replicas anew, by what was asked of them since the last (s); 0 = never.
	Rebalance float64
}

// Replication keeps the data of a service on several replicas. Operations in
// Writes change an item, those in Reads look at one.
//
// Under [Async] and [Sync] the first replica leads: writes run there, and each
// follower has the change a time Lag later, for itself; changes may overtake each
// other, and a copy keeps the newest. Under [Sync] the answer waits for the
// acknowledgements of all. Reads run at any of the copies.
//
// Under [Quorum] nobody leads: whoever runs a write sends it to all copies and
// answers when Write of them have acknowledged it; whoever runs a read asks all
// and answers with the newest of the first Read answers. A message to a copy
// takes Lag, where it is a write, and the latency of the network, where it is a
// question or an answer (the WARS model of Bailis et al., 2012).
//
// A read is stale when it does not have the newest change that was answered
// before the read began.
type Replication struct {
	Mode   ReplicationMode
	Copies int       // replicas of the data, the leader included
	Write  int       // copies that must have a write before it is answered
	Read   int       // copies that are asked by a read
	Lag    dist.Dist // until a copy has a write (s), each for itself
	Keys   int       // items that are written and read
	Skew   float64   // Zipf exponent of the popularity of items (1)
	Writes []OpID
	Reads  []OpID
	From   ReadFrom // where reads run; of no meaning under [Quorum]
}

// ReadFrom says which copies serve reads.
type ReadFrom uint8

const (
	AnyCopy ReadFrom = iota
	Leader
	Followers
)

// ReplicationMode names the usual ways to choose Write and Read.
type ReplicationMode uint8

const (
	Async  ReplicationMode = iota // Write 1, Read 1
	Sync                          // Write all, Read 1
	Quorum                        // as said
)
