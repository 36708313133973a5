package layered

// work is one slice on the processor, undisturbed.
func (p *piece) work() moments { return moments{p.slice, p.SCV * p.slice * p.slice} }

// spend is the time of one visit to a station with n threads of the visitor
// busy, of which the given service is undisturbed. The waiting time is taken to
// be 0 with the probability 1 − w/(w + s) and exponential otherwise, as it is
// with Poisson arrivals and exponential service ([GrHa98]): its variance is then
// w² + 2·w·s.
func (l *link) spend(service moments, n int) moments {
	w := l.wait[n]
	if l.to.task == nil && l.to.discipline == PS {
		return moments{service.mean * w, service.vari * w * w}
	}
	if w <= 0 {
		return moments{max(service.mean+w, shortest), service.vari}
	}
	return moments{service.mean + w, service.vari + w*w + 2*w*l.to.service.mean}
}

// run finds the time of one run of a piece with n threads of its task busy. The
// number K of cuts is geometric, or fixed, and between two of them is a slice:
//
//	T = Σ_{i=0}^{K} slice_i + Σ_{i=1}^{K} call_i
//	Var T = (E[K]+1)·Var slice + E[K]·Var call + Var K·(E[slice] + E[call])²
//
// where a call is any of those called, or one not waited for, of no time.
func (p *piece) run(t *task, n int) {
	var slice moments
	if p.slices > 0 {
		slice = t.cpu.spend(p.work(), n)
	}
	call := mixture{weight: p.cuts}
	p.time = moments{p.slices * slice.mean, p.slices * slice.vari}
	for _, c := range p.calls {
		m := c.via.spend(c.to.split[0], n)
		call.first += c.mean * m.mean
		call.second += c.mean * m.raw()
		p.time.mean += c.mean * m.mean
		if p.Fixed {
			p.time.vari += c.mean * m.vari
		}
	}
	if c := call.moments(); !p.Fixed {
		between := slice.mean + c.mean
		p.time.vari += p.cuts*c.vari + p.cuts*(1+p.cuts)*between*between
	}
}

// at is where a run of a piece is, and how long.
func (p *piece) at(t *task, n int) []presence {
	var out []presence
	if p.slices > 0 {
		out = append(out, presence{t.cpu.to, p.slices * t.cpu.spend(p.work(), n).mean, p.Demand})
	}
	for _, c := range p.calls {
		out = append(out, presence{
			c.via.to, c.mean * c.via.spend(c.to.split[0], n).mean, c.mean * c.to.split[0].mean,
		})
	}
	return out
}
