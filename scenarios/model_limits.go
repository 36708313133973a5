package scenarios

import "github.com/headroom/headroom/scenarios/dist"

// Guard says what a replica lets in, and what becomes of what waits for a
// thread. The zero value lets everything in, and serves it in order of arrival.
type Guard struct {
	Line     Line
	Target   float64 // of [CoDel]: the wait that is good (s)
	Interval float64 // of [CoDel]: how long it may be worse (s)

	// Patience is how long a request waits for a thread before it leaves,
	// failed as "abandoned"; zero = for ever.
	Patience dist.Dist

	// Rate and Burst are a token bucket at the door of the service: a request
	// that finds no whole token is rejected. Rate 0 = none.
	Rate  float64 // (1/s)
	Burst float64 // tokens that fit (1)

	// Shed rejects requests while the first in the line has waited longer (s);
	// 0 = never.
	Shed float64
}

// Line is the order in which those who wait for a thread get one.
type Line uint8

const (
	FIFOLine     Line = iota // whoever came first
	LIFOLine                 // whoever came last
	PriorityLine             // the most urgent, then whoever came first
	// AdaptiveLIFO is first come first served while the wait of the first is
	// below Target, and last come first served above (Maurer, 2015).
	AdaptiveLIFO
	// CoDel drops from the head of the line when the wait stayed above Target
	// for an Interval, more and more often (Nichols and Jacobson, 2012).
	CoDel
)

// Slow says that some replicas do less than others.
type Slow struct {
	Replicas int     // the first so many; 0 = none
	Speed    float64 // of their cores, as a part of the others' (1)
}

// Failures are those of the replicas of a service, each for itself: up for a
// time drawn from Up, down for one drawn from Down.
type Failures struct {
	Up, Down dist.Dist
	// Pause lets work in progress wait for the repair, and new work queue;
	// without it what is in progress fails, and balancing avoids the replica
	// (a request that finds no replica up fails).
	Pause bool
}

// Autoscale adds and removes replicas between Min and Max: every Interval it
// looks at Metric, and wants replicas · metric/Target, rounded up (the rule of
// the Kubernetes horizontal pod autoscaler), unless the metric is within a
// tenth of Target.
type Autoscale struct {
	Metric   ScalingMetric
	Target   float64 // in the unit of Metric: (1) or (1/s)
	Min, Max int
	Interval float64 // between two looks (s)
	Delay    float64 // until a new replica serves (s)
	Cooldown float64 // after a change, before fewer are wanted (s)
}

// ScalingMetric is what [Autoscale] looks at.
type ScalingMetric uint8

const (
	ScaleByUtilization ScalingMetric = iota // of the cores (1)
	ScaleByPresent                          // requests present for each replica (1)
	ScaleByRate                             // requests per second for each replica (1/s)
)
