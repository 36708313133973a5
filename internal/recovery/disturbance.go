package recovery

import (
	"math"

	"github.com/headroom/headroom/scenarios"
)

// Disturbance is a time in which a system is worse off than usual.
type Disturbance struct {
	What         string
	Began, Ended float64 // (s)
	Calm         float64 // until when nothing else happens after it (s)
	From, To     float64 // a time at which all is as usual (s)
	Before       bool    // that lies before it
}

// Disturbances are the phases in which a test asks for more than at its end,
// and the faults, those that something comes after.
func Disturbances(t *scenarios.Test, faults []scenarios.Fault, m *scenarios.Model, duration float64) []Disturbance {
	var out []Disturbance
	if t != nil {
		for _, s := range t.Surges() {
			out = append(out, Disturbance{What: s.What, Began: s.Began, Ended: s.Ended})
		}
	}
	for i := range faults {
		f := &faults[i]
		if end := f.At + f.For; end < duration {
			out = append(out, Disturbance{What: faultName(f, m), Began: f.At, Ended: end})
		}
	}
	var kept []Disturbance
	for i := range out {
		d := &out[i]
		d.Calm = duration
		for j := range out {
			if j != i && out[j].Began >= d.Ended {
				d.Calm = math.Min(d.Calm, out[j].Began)
			}
		}
		d.From, d.To, d.Before = d.Began/2, d.Began, true
		for j := range out { // what came before needs time to be over
			if j != i && out[j].Ended <= d.Began {
				d.From = math.Max(d.From, (out[j].Ended+d.Began)/2)
			}
		}
		if d.Began == 0 || !asUsual(t, out, d, duration) {
			d.From, d.To, d.Before = d.Calm-(d.Calm-d.Ended)/4, d.Calm, false
		}
		if d.Calm > d.Ended {
			kept = append(kept, *d)
		}
	}
	return kept
}

// asUsual reports whether the time before a disturbance is like that after it.
func asUsual(t *scenarios.Test, all []Disturbance, d *Disturbance, duration float64) bool {
	for i := range all {
		if o := &all[i]; o != d && o.Began < d.To && o.Ended > d.From {
			return false
		}
	}
	if t == nil {
		return true
	}
	const looks = 100
	for i := range looks {
		at := d.From + (d.To-d.From)*(float64(i)+0.5)/looks
		if math.Abs(t.Factor(at)-t.Factor(duration)) > 1e-9 {
			return false
		}
	}
	return true
}

// faultName says what a fault is, as "kill db".
func faultName(f *scenarios.Fault, m *scenarios.Model) string {
	switch f.Kind {
	case scenarios.KillFault:
		return "kill " + m.Services[f.Service].Name
	case scenarios.SlowFault:
		return "slow " + m.Services[f.Service].Name
	case scenarios.PauseFault:
		return "pause " + m.Services[f.Service].Name
	case scenarios.PartitionFault:
		return "partition"
	}
	return "lose"
}
