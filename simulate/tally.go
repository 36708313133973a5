package simulate

// tally is what a simulation has counted, but for what stations and sources
// count themselves.
type tally struct {
	operations []opTally
	stations   []stationTally
	responses  []histogram // by workload
	topics     []feed
	delays     []histogram // by topic
}

type opTally struct {
	response histogram // of visits that ended well
	arrivals int64
	well     int64
	failed   int64
}

type stationTally struct {
	waiting histogram // in lines, one visit
	work    histogram // asked of the cores, one visit
}

func newTally(p *program) tally {
	return tally{
		operations: apart[opTally](len(p.operations)),
		stations:   apart[stationTally](len(p.services)),
		responses:  apart[histogram](len(p.workloads)),
		delays:     apart[histogram](len(p.topics)),
	}
}

// counts reports whether times of what began at the instant t are wanted.
func (k *kernel) counts(t float64) bool { return t >= k.from && t < k.until }

// record counts a visit that leaves.
func (k *kernel) record(fr *frame, s *station, how outcome) {
	op := &k.tally.operations[fr.op]
	if how != outWell {
		op.failed++
		return
	}
	op.well++
	if k.counts(fr.born) {
		op.response.add(k.now - fr.born)
		st := &k.tally.stations[k.operations[fr.op].service]
		st.waiting.add(fr.waited)
		st.work.add(fr.work)
	}
}

// forget drops all times counted so far.
func (t *tally) forget() {
	for i := range t.operations {
		t.operations[i].response.reset()
	}
	for i := range t.stations {
		t.stations[i].waiting.reset()
		t.stations[i].work.reset()
	}
	for i := range t.responses {
		t.responses[i].reset()
	}
	for i := range t.delays {
		t.delays[i].reset()
	}
}
