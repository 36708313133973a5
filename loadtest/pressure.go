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
	total := after.total - before.total
	if total <= 0 || elapsed <= 0 {
		return nil
	}
	var out []measure.Caveat
	say := func(effect, format string, args ...any) {
		out = append(out, measure.Caveat{What: "loadtest: " + fmt.Sprintf(format, args...), Where: "this machine", Effect: effect})
	}
	own := (after.own - before.own) / total
	foreign := (after.busy-before.busy)/total - own
	stalled := (after.stalled - before.stalled) / elapsed
	if stolen := (after.stolen - before.stolen) / total; stolen > tooStolen {
		say("times are longer than on a machine of one's own", "the host of this machine gave %.0f %% of its cores to others", 100*stolen)
	}
	if foreign > tooForeign && stalled > tooStalled {
		say("requests waited for a core of this machine, not of the system", "other processes used %.0f %% of this machine, and tasks waited for a core %.0f %% of the time", 100*foreign, 100*stalled)
	}
	if own > tooOwn {
		effect := "response times hold what this machine was short of"
		if own > trustedOwn {
			effect = notTrusted
		}
		say(effect, "this process alone used %.0f %% of this machine", 100*own)
	}
	return out
}
