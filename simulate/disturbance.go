package simulate

import (
	"math"

	"github.com/headroom/headroom/scenarios"
)

// disturbance is a time in which a system is worse off than usual.
type disturbance struct {
	what         string
	began, ended float64 // (s)
	calm         float64 // until when nothing else happens after it (s)
	from, to     float64 // a time at which all is as usual (s)
	before       bool    // that lies before it
}

// disturbances are the phases in which a test asks for more than at its end,
// and the faults, those that something comes after.
func disturbances(t *scenarios.Test, faults []scenarios.Fault, m *scenarios.Model, duration float64) []disturbance {
	var out []disturbance
	if t != nil {
		for _, s := range t.Surges() {
			out = append(out, disturbance{what: s.What, began: s.Began, ended: s.Ended})
		}
	}
	for i := range faults {
		f := &faults[i]
		if end := f.At + f.For; end < duration {
			out = append(out, disturbance{what: faultName(f, m), began: f.At, ended: end})
		}
	}
	var kept []disturbance
	for i := range out {
		d := &out[i]
		d.calm = duration
		for j := range out {
			if j != i && out[j].began >= d.ended {
				d.calm = math.Min(d.calm, out[j].began)
			}
		}
		d.from, d.to, d.before = d.began/2, d.began, true
		for j := range out { // what came before needs time to be over
			if j != i && out[j].ended <= d.began {
				d.from = math.Max(d.from, (out[j].ended+d.began)/2)
			}
		}
		if d.began == 0 || !usual(t, out, d, duration) {
			d.from, d.to, d.before = d.calm-(d.calm-d.ended)/4, d.calm, false
		}
		if d.calm > d.ended {
			kept = append(kept, *d)
		}
	}
	return kept
}

// usual reports whether the time before a disturbance is like that after it.
func usual(t *scenarios.Test, all []disturbance, d *disturbance, duration float64) bool {
	for i := range all {
		if o := &all[i]; o != d && o.began < d.to && o.ended > d.from {
			return false
		}
	}
	if t == nil {
		return true
	}
	const looks = 100
	for i := range looks {
		at := d.from + (d.to-d.from)*(float64(i)+0.5)/looks
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
