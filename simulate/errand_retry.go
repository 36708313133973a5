package simulate

import (
	"github.com/headroom/headroom/internal/rules"
	"github.com/headroom/headroom/scenarios"
)

// ask is a step that sends out errands.
type ask struct {
	path string
	op   int32

	timeout float64 // (s); 0 = none
	cancel  bool

	attempts int32 // at most; 1 = no retry
	wait     backoff
	budget   float64

	copies int32 // at most; 1 = no hedge
	after  float64

	breaker *scenarios.Breaker

	cell    int32 // first of its cells
	service int32 // that it belongs to, or nobody
}

// askTally counts what a step sent out.
type askTally struct {
	first    int64 // errands
	attempts int64 // that were sent
	copies   int64
}

// cell is what the errands of one step from one replica share, or those of
// one step of a workload.
type cell struct {
	purse   rules.Purse
	breaker rules.Breaker
}

// cellOf is the cell of an errand.
func (k *kernel) cellOf(e int32) *cell {
	er := k.errands.at(e)
	s := &k.asks[er.step]
	i := s.cell
	if s.service != nobody {
		i += k.frames.at(er.parent).replica - k.program.services[s.service].first
	}
	return &k.cells[i]
}

// setUpAsks makes the cells of all steps that send out errands.
func (k *kernel) setUpAsks(s *streams) {
	k.calls = make([]askTally, len(k.asks))
	k.cells = make([]cell, k.cellCount)
	for i := range k.asks {
		a := &k.asks[i]
		end := k.cellCount
		if i+1 < len(k.asks) {
			end = int(k.asks[i+1].cell)
		}
		for c := int(a.cell); c < end; c++ {
			k.cells[c].purse = rules.FullPurse(a.budget)
		}
	}
	k.losing = s.named("network/loss")
	k.setUpFans()
}
