package loadtest

import (
	"fmt"

	"github.com/headroom/headroom/measure"
)

// machine is what the machine had done by some moment. A field that the system
// does not tell is 0, and so is what is reckoned from it.
type machine struct {
	stalled float64 // time in which some task waited for a core: PSI, "some" (s)
	busy    float64 // time that the cores were in use, by anybody, summed (s)
	stolen  float64 // time that the machine's host gave to others, summed (s)
	total   float64 // time of all cores, in use or not (s)
	own     float64 // time of the cores that this process used (s)
}

// Shares above which the machine is said to have been under pressure.
const (
	tooStalled = 0.20
	tooForeign = 0.10
	tooStolen  = 0.05
	tooOwn     = 0.80
)

// pressure says what of the machine's doings between two moments, that many
// seconds apart, casts doubt on what was measured.
func pressure(before, after machine, elapsed float64) []measure.Caveat {
	p := usage(before, after, elapsed)
	if p == nil {
		return nil
	}
	var out []measure.Caveat
	say := func(effect, format string, args ...any) {
		out = append(out, measure.Caveat{What: "loadtest: " + fmt.Sprintf(format, args...), Where: "this machine", Effect: effect})
	}
	if p.Stolen > tooStolen {
		say("times are longer than on a machine of one's own", "the host of this machine gave %.0f %% of its cores to others", 100*p.Stolen)
	}
	if p.Others > tooForeign && p.Stalled > tooStalled {
		say("requests waited for a core of this machine, not of the system", "other processes used %.0f %% of this machine, and tasks waited for a core %.0f %% of the time", 100*p.Others, 100*p.Stalled)
	}
	if p.Own > tooOwn {
		effect := "response times hold what this machine was short of"
		if p.Own > trustedOwn {
			effect = notTrusted
		}
		say(effect, "this process alone used %.0f %% of this machine", 100*p.Own)
	}
	return out
}

// usage is what became of the cores between two moments; nil where the system
// does not tell.
func usage(before, after machine, elapsed float64) *measure.Pressure {
	total := after.total - before.total
	if total <= 0 || elapsed <= 0 {
		return nil
	}
	own := (after.own - before.own) / total
	return &measure.Pressure{
		Own: own, Others: max((after.busy-before.busy)/total-own, 0),
		Stolen: (after.stolen - before.stolen) / total, Stalled: (after.stalled - before.stalled) / elapsed,
	}
}
