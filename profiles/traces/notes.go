package traces

import (
	"fmt"
	"maps"
	"slices"
)

// notes say what traces cannot tell, and what was wrong with these.
func (w *writer) notes() {
	d := w.d
	told := true
	for s := range w.services {
		told = told && s.told
	}
	if !told {
		d.Note("", "traces do not tell computing from waiting", "all of an operation's own time is cpu, with what it waited for cores, locks and disks: take traces at low load; make it a wait where you know better")
		d.Note("", "cores are not in traces", "so many as were at work at once: a lower bound; set cores")
	} else {
		d.Note("", "cores are not in traces", "so many as explain the waiting for them that was seen; where nothing waits that is a guess, and utilization with it: set cores")
	}
	d.Note("", "limits of threads, pools and backlogs, timeouts, and users who wait for an answer are not in traces", "no limits, and open workloads")
	if w.filler.locks > 0 {
		d.Note("", fmt.Sprintf("%d spans waited for a lock or a pool", w.filler.locks), "left out; write the lock or the pool yourself")
	}
	for _, topic := range slices.Sorted(maps.Keys(w.unknown)) {
		d.Note("topic "+topic, "nobody was seen to take its messages", "publishing is left out")
	}
	for _, one := range []struct {
		n      int
		what   string
		effect string
	}{
		{w.early, "traces were learned from before the end of the files, to make room", "spans that came later count as traces of their own; hold more by --hold"},
		{w.missing, "spans have a parent that is not there", "what they say of their own operation is used"},
		{w.rootless, "traces have no first span", "their earliest one counts as a request"},
		{w.duplicates, "spans have the id of another in their trace", "left out"},
		{w.cycles, "spans are their own ancestors, or have such", "left out"},
		{w.noID, "spans have no id", "nothing is below them"},
		{w.backward, "spans end before they begin", "taken to last no time"},
		{w.endless, "spans last more than a week", "taken to last no time"},
		{w.skewed, "spans lie outside those that asked for them, as clocks differ between hosts", "moved to the middle of these"},
		{w.outlasted, "answers took longer than the calls for them", "no time on the network"},
		{w.leftBehind, "calls lie outside of the operation that made them", "what is outside counts as nobody's waiting"},
		{w.tolerated, "operations ended well although something they asked for failed", "in the scenario they fail too"},
		{w.unanswered, "calls reached no service", "left out"},
		{w.crowded, "spans are of operations beyond the first 2000", "taken together; are there ids in the names of spans?"},
		{w.filler.names.full, "names beyond the first 65536", "taken together; are there ids in the names of spans?"},
		{w.filler.odd, "attributes that should be a number of at least 0 are none", "left out"},
		{w.sampled, "traces were sampled and stand for others", "rates are raised accordingly"},
	} {
		if one.n > 0 {
			d.Note("", fmt.Sprintf("%d %s", one.n, one.what), one.effect)
		}
	}
}
