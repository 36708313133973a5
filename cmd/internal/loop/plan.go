package loop

import (
	"fmt"
	"time"
)

// plan is the order of the parts of a run and about how long each takes, so
// that progress can say which part runs and how long is left.
type plan struct {
	progress Progress
	expected []time.Duration
	begun    int
}

// planned lists the parts: what is computed takes a moment, a simulation some
// part of its bound, and a live run exactly as long as it was asked to.
func planned(celled bool, o Options) *plan {
	const moment = time.Second
	simulation := min(o.MaxTime, 15*time.Second)
	p := &plan{progress: o.Progress, expected: []time.Duration{moment, simulation}}
	if celled {
		p.expected = append(p.expected, moment, simulation)
	}
	if o.Target == "" {
		p.expected = append(p.expected, 3*moment, moment)
	}
	p.expected = append(p.expected, o.Warmup+o.Duration)
	return p
}

// next begins the next part.
func (p *plan) next(name string) {
	p.begun = min(p.begun+1, len(p.expected))
	var then time.Duration
	for _, d := range p.expected[p.begun:] {
		then += d
	}
	p.progress.Stage(fmt.Sprintf("[%d/%d] %s", p.begun, len(p.expected), name), then)
}
