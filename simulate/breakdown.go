package simulate

import "github.com/headroom/headroom/measure"

// forget drops what was counted so far, as [tally.forget] does.
func (l *ledger) forget() {
	if l != nil {
		clear(l.sums)
	}
}

// setAside keeps what was counted so far apart, and begins anew.
func (l *ledger) setAside() {
	if l != nil {
		l.aside = append(l.aside[:0], l.sums...)
		clear(l.sums)
	}
}

// takeBack puts what was set aside back.
func (l *ledger) takeBack() {
	if l != nil {
		for i, x := range l.aside {
			l.sums[i] += x
		}
	}
}

// of is what was counted of a workload: phases by column.
func (l *ledger) of(workload int) []float64 {
	n := int(l.columns) * int(phases)
	return l.sums[workload*n : (workload+1)*n]
}

// checkAccounts holds the parts of the response times to their sums.
func (k *kernel) checkAccounts() error {
	if k.inside == nil {
		return nil
	}
	for i := range k.sources {
		sum := 0.0
		for _, x := range k.inside.of(i) {
			sum += x
		}
		if err := k.agree("workloads."+k.sources[i].name, "response time and its parts", k.tally.responses[i].total(), sum); err != nil {
			return err
		}
	}
	return nil
}

// breakdown takes the mean response time of workload i apart; nil where nobody
// asked, or nothing ended well.
func (s *study) breakdown(i int) *measure.Breakdown {
	if !s.o.Breakdown || s.responses(i).n() == 0 {
		return nil
	}
	b := &measure.Breakdown{Services: make(map[string]*measure.Parts)}
	for j := range s.services {
		if p := s.partsAt(i, j); p != nil {
			b.Services[s.services[j].name] = p
		}
	}
	b.Session = s.partsAt(i, len(s.services))
	return b
}

// partsAt are the parts of workload i in a column of the ledgers; nil where no
// time was spent.
func (s *study) partsAt(i, column int) *measure.Parts {
	out, any := &measure.Parts{}, false
	what := column * int(phases)
	for _, e := range out.Each() { // in the order of the phases
		r := make(ratio, len(s.reps))
		sum := 0.0
		for j, rep := range s.reps {
			x := rep.k.inside.of(i)[what]
			sum += x
			r[j] = pair{x, float64(rep.k.tally.responses[i].n)}
		}
		if what++; sum > 0 {
			*e, any = rate(r), true
		}
	}
	if !any {
		return nil
	}
	return out
}
