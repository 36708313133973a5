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
	for _, h := range t.histograms() {
		h.reset()
	}
}

// histograms are all distributions that are counted.
func (t *tally) histograms() []*histogram {
	var out []*histogram
	for i := range t.operations {
		out = append(out, &t.operations[i].response)
	}
	for i := range t.stations {
		out = append(out, &t.stations[i].waiting, &t.stations[i].work)
	}
	for i := range t.responses {
		out = append(out, &t.responses[i])
	}
	for i := range t.delays {
		out = append(out, &t.delays[i])
	}
	return out
}
