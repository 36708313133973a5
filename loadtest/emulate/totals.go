package emulate

// totals are the sums that the meters of a service, an operation or a topic
// have come to at an instant: counts, and areas under gauges. What happened
// between two instants is the difference of their totals.
type totals [numTotals]float64

// Columns of totals; which of them are in use depends on what is counted.
const (
	ofArrivals = iota
	ofRejected
	ofFound // every core busy, or no thread free
	ofEnded // requests, or messages consumed
	ofBatches
	ofBatched // messages of the batches, those that failed included
	ofDropped // messages that were lost

	ofPresent // areas (s): requests, or messages
	ofLined   // in line for a thread or a core
	ofThreads
	ofBusy // cores
	ofFull // replicas without an idle core
	ofOn   // replicas that are up

	ofTimes // how many times were recorded, and their sums (s)
	ofWaiting
	ofDemand
	ofResponse

	numTotals
)

// mark is the totals of all parts of the system at an instant.
type mark struct {
	at    float64
	parts []totals
}

// track is the marks of a measured time, in order.
type track []mark

// from and to are the instants of the first mark and the last.
func (t track) from() float64 { return t[0].at }
func (t track) to() float64   { return t[len(t)-1].at }

// total is the total of a part in a column at the instant at, by interpolation
// between the marks beside it.
func (t track) total(part, column int, at float64) float64 {
	i, j := 0, len(t)-1
	for j-i > 1 {
		if m := (i + j) / 2; t[m].at <= at {
			i = m
		} else {
			j = m
		}
	}
	a, b := t[i], t[j]
	x, y := a.parts[part][column], b.parts[part][column]
	if !(b.at > a.at) {
		return y
	}
	share := min(max((at-a.at)/(b.at-a.at), 0), 1)
	return x + share*(y-x)
}

// thinned drops every other mark.
func (t track) thinned() track {
	out := t[:0]
	for i, m := range t {
		if i%2 == 0 {
			out = append(out, m)
		}
	}
	return out
}
