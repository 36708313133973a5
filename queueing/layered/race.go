package layered

import (
	"math"
	"slices"
)

// count finds how often each activity runs and whether before the reply: with
// equal rates for all, since neither depends on rates unless a quorum races.
func (g *graph) count() {
	for _, p := range g.pieces {
		p.runs, p.late = 0, false
	}
	visits := g.visits(func(s *graphState, i int) float64 {
		if s.begins {
			return float64(1 - i)
		}
		return 1 / float64(len(s.running))
	})
	for i, s := range g.states {
		if s.begins {
			continue
		}
		for _, a := range s.running {
			g.pieces[a].runs += visits[i] / float64(len(s.running))
			g.pieces[a].late = g.pieces[a].late || s.replied
		}
	}
}

// visits is how often each state is entered, if its running activities win with
// the given probabilities.
func (g *graph) visits(wins func(s *graphState, i int) float64) []float64 {
	// States are numbered as they are found, so most jumps lead forward; what
	// jumps back, in loops, waits for the next round.
	v, back := make([]float64, len(g.states)), make([]float64, len(g.states))
	for range 10_000 {
		was := slices.Clone(v)
		copy(v, back)
		clear(back)
		v[0]++
		for i := range g.states {
			s := &g.states[i]
			for j := range s.next {
				p := v[i] * wins(s, j)
				for _, to := range s.next[j] {
					if to.state > i {
						v[to.state] += p * to.p
					} else if to.state >= 0 {
						back[to.state] += p * to.p
					}
				}
			}
		}
		if change(v, was) < 1e-11 {
			break
		}
	}
	return v
}

func change(a, b []float64) float64 {
	worst := 0.0
	for i := range a {
		worst = max(worst, math.Abs(a[i]-b[i])/max(1, math.Abs(a[i])))
	}
	return worst
}

// raced is an entry's time as a race of activities.
type raced struct {
	early, late moments // before the reply and after it
	each        []float64
}

// run lets the activities race: each takes an exponential time, whose mean in
// a state is stretched by those it runs beside (see beside), or, of those that
// run beside others, no time at all (see burst).
func (g *graph) run(alone []moments, at [][]presence) raced {
	rates := make([][]float64, len(g.states))
	hold := make([]float64, len(g.states))
	alone, at, lasts := g.burst(alone, at)
	for i := range g.states {
		if g.states[i].begins {
			continue
		}
		rates[i] = g.states[i].beside(alone, at)
		for _, r := range rates[i] {
			hold[i] += r
		}
	}
	wins := func(i, j int) float64 {
		if s := g.states[i]; s.begins {
			p := lasts[s.running[0]]
			if j == 0 {
				return p
			}
			return 1 - p
		}
		return rates[i][j] / hold[i]
	}
	out := raced{each: make([]float64, len(g.pieces))}
	visits := g.visitsBy(wins)
	for i, s := range g.states {
		if s.begins {
			continue
		}
		for _, a := range s.running {
			out.each[a] += visits[i] / hold[i]
		}
	}
	for a, p := range g.pieces {
		if p.runs > 0 {
			out.each[a] /= p.runs
		}
	}
	out.early = g.passage(false, hold, wins)
	out.late = g.passage(true, hold, wins)
	return out
}

func (g *graph) visitsBy(wins func(i, j int) float64) []float64 {
	number := make(map[*graphState]int, len(g.states))
	for i := range g.states {
		number[&g.states[i]] = i
	}
	return g.visits(func(s *graphState, j int) float64 { return wins(number[s], j) })
}

// passage is the time spent in states after the reply, or before it, from the
// beginning to the end, by first-step analysis:
//
//	E[T] = h + Σ p·E[T']    E[T²] = 2h² + 2h·Σ p·E[T'] + Σ p·E[T'²]
//
// where h is the mean time in a state that counts, 0 in others.
func (g *graph) passage(replied bool, hold []float64, wins func(i, j int) float64) moments {
	first, second := make([]float64, len(g.states)), make([]float64, len(g.states))
	for range 10_000 {
		moved := 0.0
		for i := len(g.states) - 1; i >= 0; i-- {
			s := &g.states[i]
			h, f2 := 0.0, 0.0
			if s.replied == replied && !s.begins {
				h = 1 / hold[i]
			}
			rest := 0.0
			for j := range s.next {
				p := wins(i, j)
				for _, to := range s.next[j] {
					if to.state >= 0 {
						rest += p * to.p * first[to.state]
						f2 += p * to.p * second[to.state]
					}
				}
			}
			f1 := h + rest
			f2 += 2*h*h + 2*h*rest
			moved = max(moved, math.Abs(f2-second[i])-1e-11*f2)
			first[i], second[i] = f1, f2
		}
		if moved <= 0 {
			break
		}
	}
	return moments{first[0], max(0, second[0]-first[0]*first[0])}
}

// presence is how long an activity is at a station, waiting and served, in one
// execution.
type presence struct {
	station *station
	stay    float64 // (s)
	service float64 // (s)
}
