package layered

// station is a processor or a task as those see it who use it.
type station struct {
	name       string
	discipline Discipline
	servers    int // processors or threads
	task       *task
	clients    []*link
	net        *network

	crowded float64 // factor of the time that a visit takes; see [crowding] (1)

	rate    float64     // of visits (1/s)
	open    float64     // those of no one who waits (1/s)
	service moments     // of a visit before the reply (s)
	after   moments     // of a visit after it (s)
	nu      []float64   // replies with 1, 2, … present; the last goes on (1/s)
	given   [][]float64 // P(n threads busy | present), if not just the present
	dist    []float64   // P(present), as the station on its own has it
	seen    []float64   // P(present), as its clients' networks have it
}

// at is replies with n present (1/s).
func (s *station) at(n int) float64 {
	if s.discipline == Delay && s.task == nil {
		return float64(n) / max(s.service.mean, shortest)
	}
	if n <= len(s.nu) {
		return s.nu[n-1]
	}
	last := s.nu[len(s.nu)-1]
	if s.discipline == Delay && len(s.nu) > 1 {
		return max(last+float64(n-len(s.nu))*(last-s.nu[len(s.nu)-2]), last)
	}
	return last
}

// most is how many present a station is solved for, unless open arrivals need
// more; beyond it, rates stay as they are.
const most = 160

// solve finds the conditional throughputs of a station on its own, under
// arrivals that depend on how many are present.
func (s *station) solve(arrivals background, depth int) {
	switch {
	case s.discipline == Delay && s.task == nil:
		return
	case s.task != nil && s.servers == 1, s.task == nil && s.servers == 1 && s.discipline != PS:
		s.solveSingle(arrivals, depth)
	case s.after.mean > 0 && s.task != nil && s.servers > 0 && s.servers <= maxSecond:
		s.solveThreads(arrivals, depth)
	default:
		s.solveMany(arrivals, depth)
	}
}

// solveSingle is one server or thread, with the stages of its time before and
// after the reply. With no one present the first stage is that of being idle,
// from which an arrival finds its service begun.
func (s *station) solveSingle(arrivals background, depth int) {
	first := newCox(s.service.mean, s.service.scv())
	if s.after.mean == 0 && len(first.rate) == 1 {
		s.birthDeath(arrivals, depth, func(int) float64 { return first.rate[0] })
		return
	}
	second := cox{}
	if s.after.mean > 0 {
		second = newCox(s.after.mean, s.after.scv())
	}
	a, b := len(first.rate), len(second.rate)
	k := a + b
	local := func(n int) [][]float64 {
		m := square(k)
		for i := 0; n > 0 && i+1 < a; i++ {
			m[i][i+1] = first.rate[i] * first.on[i]
		}
		for i := range b {
			if i+1 < b {
				m[a+i][a+i+1] = second.rate[i] * second.on[i]
			}
			m[a+i][0] += second.rate[i] * (1 - second.on[i])
		}
		return m
	}
	down := func(int) [][]float64 {
		m := square(k)
		next := 0
		if b > 0 {
			next = a
		}
		for i := range a {
			m[i][next] = first.rate[i] * (1 - first.on[i])
		}
		return m
	}
	pi := chain{stages: k, local: local, down: down, up: arrivals.rate, most: depth}.solve()
	s.nu, s.dist, s.given = make([]float64, depth), make([]float64, depth+1), make([][]float64, depth+1)
	for n, level := range pi {
		total, out := 0.0, 0.0
		for _, p := range level {
			total += p
		}
		for i := range a {
			out += level[i] * first.rate[i] * (1 - first.on[i])
		}
		s.dist[n] = total
		if n > 0 {
			s.nu[n-1] = s.conditional(out, total, n)
		}
		free := 0.0
		if n == 0 && total > 0 {
			free = level[0] / total
		}
		s.given[n] = []float64{free, 1 - free}
	}
}

// conditional is throughput given a number present; where the chain has lost
// that number to underflow, the server is taken for saturated.
func (s *station) conditional(out, total float64, n int) float64 {
	if total > 1e-250 && out > 0 {
		return out / total
	}
	if n > 1 {
		return s.nu[n-2]
	}
	return 1 / max(s.service.mean+s.after.mean, shortest)
}

// birthDeath is a station whose rate depends on how many are present only.
func (s *station) birthDeath(arrivals background, depth int, rate func(n int) float64) {
	s.nu, s.dist, s.given = make([]float64, depth), make([]float64, depth+1), nil
	p, total := 1.0, 1.0
	s.dist[0] = 1
	for n := 1; n <= depth; n++ {
		s.nu[n-1] = rate(n)
		p *= arrivals.rate(n-1) / s.nu[n-1]
		s.dist[n] = p
		total += p
		if total > 1e200 {
			for i := range n + 1 {
				s.dist[i] *= 1e-200
			}
			p, total = p*1e-200, total*1e-200
		}
	}
	for n := range s.dist {
		s.dist[n] /= total
	}
}

// solveMany is several servers or threads without a second phase that counts.
func (s *station) solveMany(arrivals background, depth int) {
	t := s.task
	if t == nil {
		unit := max(s.service.mean, shortest)
		if s.discipline == PS {
			unit = 1 // rates in work, since each class has its own
		}
		s.birthDeath(arrivals, depth, func(n int) float64 { return min(float64(n), float64(s.servers)) / unit })
		return
	}
	s.birthDeath(arrivals, depth, func(n int) float64 {
		if s.servers > 0 {
			n = min(n, s.servers)
		}
		return t.flow(n)
	})
}

// maxSecond is the most threads for which second phases are counted one by one.
const maxSecond = 12

// solveThreads is several threads with second phases: the stage is how many of
// these are running. Times depend on how many threads are busy.
func (s *station) solveThreads(arrivals background, depth int) {
	m := s.servers
	t := s.task
	first := func(n, second int) float64 {
		one := min(n, m-second)
		if one == 0 {
			return 0
		}
		cycle, early := t.cycle(one+second), t.earlyPart(one+second)
		return float64(one) / max(cycle*early, shortest)
	}
	local := func(n int) [][]float64 {
		a := square(m + 1)
		for i := 1; i <= m; i++ {
			busy := min(n, m-i) + i
			a[i][i-1] = float64(i) / max(t.cycle(busy)*(1-t.earlyPart(busy)), shortest)
		}
		return a
	}
	down := func(n int) [][]float64 {
		a := square(m + 1)
		for i := range m {
			a[i][i+1] = first(n, i)
		}
		return a
	}
	pi := chain{stages: m + 1, local: local, down: down, up: arrivals.rate, most: depth}.solve()
	s.nu, s.dist, s.given = make([]float64, depth), make([]float64, depth+1), make([][]float64, depth+1)
	for n, level := range pi {
		total, out := 0.0, 0.0
		s.given[n] = make([]float64, m+1)
		for i, p := range level {
			total += p
			out += p * first(n, i)
			s.given[n][min(n, m-i)+i] += p
		}
		s.dist[n] = total
		if n > 0 {
			s.nu[n-1] = s.conditional(out, total, n)
		}
		for i := range s.given[n] {
			s.given[n][i] /= max(total, 1e-300)
		}
	}
}

// flow is the throughput of a task with n threads busy (1/s).
func (t *task) flow(n int) float64 {
	if n <= t.limit {
		return t.through[n]
	}
	last := t.through[t.limit]
	if t.limit == 1 {
		return last * float64(n)
	}
	return last + float64(n-t.limit)*max(0, last-t.through[t.limit-1])
}

// cycle is the service time of a task with n threads busy, all phases (s).
func (t *task) cycle(n int) float64 { return float64(n) / max(t.flow(n), 1e-300) }

func (t *task) earlyPart(n int) float64 { return t.early[min(n, t.limit)] }
