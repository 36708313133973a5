// Package kinds answers the question of each kind of test from what happened
// over time: how far does it scale, does it fail gracefully, does it come back,
// does anything drift? It reads results and does not care which engine made
// them, so that a prediction and a measurement are judged by the same rules.
package kinds

import "github.com/headroom/headroom/scenarios"

// Window is a stretch of a test in which the load stays the same.
type Window struct {
	Load     float64 // factor of the load (1)
	From, To float64 // after the start of the test; without the time that it takes to settle (s)
}

// settles is the share of a level that is left out at its start.
const settles = 0.25

// Windows are the levels of a test that asks how something scales; none of
// other tests. Neighbouring phases of one load are one level.
func Windows(t *scenarios.Test) []Window {
	if t == nil || t.Kind != scenarios.ScalabilityTest && t.Kind != scenarios.BreakpointTest {
		return nil
	}
	var out []Window
	at, open := 0.0, false
	for i := range t.Phases {
		p := &t.Phases[i]
		switch level := p.Period == 0 && p.From == p.To && p.From > 0; {
		case !level:
			open = false
		case open && out[len(out)-1].Load == p.From:
			out[len(out)-1].To = at + p.For
		default:
			out = append(out, Window{Load: p.From, From: at, To: at + p.For})
			open = true
		}
		at += p.For
	}
	for i := range out {
		out[i].From += settles * (out[i].To - out[i].From)
	}
	return out
}
