package layered

import (
	"context"
	"math"
)

// Options are how long and how closely [Solve] iterates. The zero value works.
type Options struct {
	Tolerance float64 // relative change of a round at which to stop (1); 0 is 1e-6
	Rounds    int     // until layers agree, at most; 0 is 500. There can be five times as many where stations are full
}

// Solve predicts the steady state of a model. It fails with a [*ModelError] or
// queueing.InputError if the model makes no sense, with a
// queueing.UnstableError if open arrivals are more than it can bear, and with
// a [*ConvergenceError] if it finds no state that agrees with itself.
func Solve(ctx context.Context, m *Model, o Options) (*Result, error) {
	n, err := compile(m)
	if err != nil {
		return nil, err
	}
	if o.Tolerance <= 0 {
		o.Tolerance = 1e-6
	}
	if o.Rounds <= 0 {
		o.Rounds = 500
	}
	n.begin()
	crowding := n.newCrowding()
	rounds := 0
	for {
		more, change, err := n.agree(ctx, o)
		if err != nil {
			return nil, err
		}
		rounds += more
		if err := n.bearable(); err != nil {
			return nil, err
		}
		if !(change <= o.Tolerance) || rounds > mostRounds*o.Rounds {
			return nil, &ConvergenceError{Rounds: rounds, Change: change}
		}
		if crowding.step(n) {
			return n.result(rounds, change), nil
		}
	}
}

// mostRounds bounds all rounds, in those that there may be until layers agree:
// after each step of [crowding], they agree anew.
const mostRounds = 5

// agree iterates until the layers agree.
func (n *network) agree(ctx context.Context, o Options) (rounds int, change float64, err error) {
	change = math.Inf(1)
	for rounds < o.Rounds && change > o.Tolerance {
		if err := ctx.Err(); err != nil {
			return rounds, change, err
		}
		change = n.round(rounds)
		rounds++
	}
	return rounds, change, nil
}

// begin sets out from threads that never wait.
func (n *network) begin() {
	for i := len(n.order) - 1; i >= 0; i-- {
		t := n.order[i]
		for _, l := range t.links {
			if l.to.task == nil && l.to.discipline == PS {
				for j := range l.wait {
					l.wait[j] = 1
				}
			}
		}
		for k := 1; k <= t.limit; k++ {
			cycle, early := t.execute(k)
			t.through[k], t.early[k] = float64(k)/cycle, early/cycle
		}
		if t.Reference {
			t.mean = t.through[t.limit]
			continue
		}
		for k := range t.busy { // few, since many would seem to block each other
			t.busy[k] = math.Ldexp(1, -k-1)
		}
		t.busy[0] += math.Ldexp(1, -t.limit-1)
	}
	n.flows()
	for _, s := range n.processors {
		s.solveMany(nobody, s.depth(nil))
	}
	for _, t := range n.tasks {
		t.station.solveMany(nobody, t.station.depth(nil))
		for _, l := range t.links {
			for k := range l.resid {
				l.resid[k] = max(l.own, shortest)
			}
		}
	}
}

// round passes once from the lowest layer up, for times, and once down, for
// rates and how many threads are busy. It returns the largest change.
func (n *network) round(number int) float64 {
	keep := kept(number)
	was := n.state()
	n.flows()
	n.holdings()
	for _, s := range n.processors {
		s.solve(s.others(nil, s.depth(nil)), s.depth(nil))
	}
	for i := len(n.order) - 1; i >= 0; i-- {
		t := n.order[i]
		t.inside(keep)
		if t.Reference {
			t.mean = t.through[t.limit]
		}
		t.visit()
		t.describe()
		if !t.Reference {
			t.station.solve(t.station.others(nil, t.station.depth(nil)), t.station.depth(nil))
		}
	}
	n.flows()
	for _, s := range n.processors {
		if s.dist != nil {
			s.watch()
		}
	}
	for _, t := range n.order {
		if t.Reference {
			continue
		}
		before := t.busy
		t.station.watch()
		t.occupy()
		for k := range t.busy {
			t.busy[k] = (1-keep)*t.busy[k] + keep*before[k]
		}
	}
	return change(n.state(), was) / (1 - keep)
}

// kept is the part of the last round's rates that a round keeps (1): none at
// first, and more the longer it swings about.
func kept(round int) float64 {
	if round < 5 {
		return 0
	}
	return 1 - 0.7/(1+max(0, float64(round-40)/20))
}

// state is what must agree from one round to the next.
func (n *network) state() []float64 {
	var out []float64
	for _, t := range n.tasks {
		out = append(out, t.mean, mean(t.busy, count(len(t.busy))))
		for _, e := range t.entries {
			out = append(out, e.split[0].mean, e.split[1].mean)
		}
	}
	return out
}

func count(n int) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = float64(i)
	}
	return out
}
