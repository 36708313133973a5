package queueing

import "math"

// QNA solves an open network without product form by the queueing network
// analyzer: every stream is described by its rate and the SCV of its gaps, every
// station looked at on its own. The SCVs of the arrivals solve
//
//	ca²_j = a_j + Σ_i ca²_i·b_ij    b_ij = w_j·p_ij·q_ij·(1 − ρ_i²)
//	a_j = 1 + w_j·(p_0j·c0²_j − 1 + Σ_i p_ij·(1 − q_ij + q_ij·ρ_i²·x_i))
//	w_j = 1/(1 + 4(1 − ρ_j)²(v_j − 1))    v_j = 1/Σ_i p_ij²    x_i = 1 + (max(cs²_i, 0.2) − 1)/√c_i
//
// with p_ij the share of the arrivals at j that come from i, q_ij the probability
// of going from i to j: superposition (w), departure (ρ, x) and splitting (q).
// Requests that return at once are taken as staying for one longer service.
// Classes are put together at each station, and told apart again by their own
// service times. A station in order of arrival then waits as GI/G/c
// does, with the correction of [KrLa76] at a single server.
//
//   - Assumes: streams are nearly renewal, stations nearly independent.
//   - Domain: that of [OpenNetwork]; classes given by Visits have no routes to
//     follow and give an [InputError], an overloaded station an [UnstableError].
//   - Accuracy: exact where product form holds and for Poisson arrivals at one
//     single server; otherwise, in the networks simulated for the tests, with SCVs
//     up to 4, mean times in the network within about 10 % where few requests come
//     back to a station, and within 25 % where most do, by way of others: such
//     returns depend on each other, which rates and SCVs cannot say. Single
//     stations may be off by 45 % there, and by 30 % behind constant service.
//   - Source: [Whit83]; several servers [Whit93].
func QNA(n OpenNetwork) (OpenResult, error) {
	f, err := newOpenFlow(&n)
	if err != nil {
		return OpenResult{}, err
	}
	return f.solveQNA()
}

// qnaStation is a station with its classes put together, and without the
// requests that return to it at once.
type qnaStation struct {
	rate    float64 // arrivals, returns left out (1/s)
	returns float64 // probability of returning at once (1)
	mean    float64 // service time until it goes elsewhere (s)
	scv     float64 // of it (1)
	rho     float64 // utilization (1)
	outside float64 // arrivals from outside (1/s)
	outSCV  float64 // of their gaps (1)
	arrive  float64 // SCV of the gaps between arrivals (1)
}

// qnaStream is a flow between two stations.
type qnaStream struct {
	from, to int
	rate     float64 // (1/s)
}

func (f *openFlow) solveQNA() (OpenResult, error) {
	for r := range f.n.Classes {
		if c := &f.n.Classes[r]; c.Visits != nil && c.Arrivals > 0 {
			w := want{station: "QNA"}
			w.fail("class", float64(r), "one with Start and Routes instead of Visits: how streams vary depends on where they come from")
			return OpenResult{}, w.err
		}
	}
	streams := f.streams()
	st := f.aggregate(streams)
	if err := f.variability(st, streams); err != nil {
		return OpenResult{}, err
	}
	waits := make([]openWait, len(st))
	for k := range st {
		waits[k] = f.qnaWait(k, &st[k])
	}
	out, err := f.result(waits)
	for k := range out.Stations {
		out.Stations[k].ArrivalSCV = st[k].arrive
	}
	return out, err
}

// streams adds up the routes of all classes between each two stations.
func (f *openFlow) streams() []qnaStream {
	at := make(map[[2]int]int, len(f.n.Routes))
	out := make([]qnaStream, 0, len(f.n.Routes))
	for _, r := range f.n.Routes {
		rate := f.rate[f.place(r.From)] * r.P
		if rate == 0 {
			continue
		}
		key := [2]int{r.From.Station, r.To.Station}
		i, ok := at[key]
		if !ok {
			i = len(out)
			at[key] = i
			out = append(out, qnaStream{from: key[0], to: key[1]})
		}
		out[i].rate += rate
	}
	return out
}

// aggregate puts the classes at each station together.
func (f *openFlow) aggregate(streams []qnaStream) []qnaStation {
	st := make([]qnaStation, len(f.n.Stations))
	for k := range st {
		s := &st[k]
		s.arrive = 1
		if f.total[k] == 0 {
			continue
		}
		s.rate, s.mean = f.total[k], f.load[k]/f.total[k]
		second := 0.0
		for r := range f.n.Classes {
			x := f.n.Classes[r].Service[k]
			m := x.Mean / s.mean // first, for squares of tiny times are 0
			second += f.rate[f.place(OpenPlace{r, k})] * m * m * (1 + x.SCV)
		}
		s.scv = math.Max(0, second/s.rate-1)
		if c := f.n.Stations[k].Servers; c > 0 {
			s.rho = f.load[k] / float64(c)
		}
		f.outside(k, s)
	}
	for _, e := range streams {
		if s := &st[e.from]; e.from == e.to {
			s.returns = math.Min(e.rate/s.rate, 1-1e-12)
			s.rate *= 1 - s.returns
			s.mean /= 1 - s.returns
			s.scv = s.returns + (1-s.returns)*s.scv
		}
	}
	return st
}

// outside finds the stream from outside to station k: the arrivals of each class
// split by where they start, and put together.
func (f *openFlow) outside(k int, s *qnaStation) {
	from := func(c *OpenClass) float64 {
		if c.Start == nil {
			return 0
		}
		return c.Arrivals * c.Start[k]
	}
	for r := range f.n.Classes {
		s.outside += from(&f.n.Classes[r])
	}
	s.outSCV = 1
	if s.outside == 0 {
		return
	}
	square, sum := 0.0, 0.0
	for r := range f.n.Classes {
		c := &f.n.Classes[r]
		if share := from(c) / s.outside; share > 0 {
			square += share * share
			sum += share * (c.Start[k]*c.SCV + 1 - c.Start[k])
		}
	}
	w := superposition(s.rho, square)
	s.outSCV = 1 - w + w*sum
}

// superposition is the weight w of the asymptotic method where streams of
// which the squared shares sum to square come together; the rest is Poisson.
func superposition(rho, square float64) float64 {
	return 1 / (1 + 4*(1-rho)*(1-rho)*(1/square-1))
}

// variability solves for the SCVs of the arrivals.
func (f *openFlow) variability(st []qnaStation, streams []qnaStream) error {
	square := make([]float64, len(st)) // Σ p_ij² of each j
	for k := range st {
		if s := &st[k]; s.rate > 0 {
			square[k] = s.outside / s.rate * s.outside / s.rate
		}
	}
	for _, e := range streams {
		if e.from != e.to {
			p := e.rate / st[e.to].rate
			square[e.to] += p * p
		}
	}
	a := make([]float64, len(st))
	weight := make([]float64, len(st))
	for k := range st {
		if s := &st[k]; s.rate > 0 {
			weight[k] = superposition(s.rho, square[k])
			a[k] = 1 - weight[k] + weight[k]*s.outside/s.rate*s.outSCV
		}
	}
	edges := make([]flowEdge, 0, len(streams))
	for _, e := range streams {
		if e.from == e.to {
			continue
		}
		from := &st[e.from]
		p, q := e.rate/st[e.to].rate, e.rate/from.rate
		keep := 1 - from.rho*from.rho
		a[e.to] += weight[e.to] * p * (1 - q + q*(1-keep)*f.service(e.from, from))
		edges = append(edges, flowEdge{e.to, e.from, weight[e.to] * p * q * keep})
	}
	x, err := newSparseFlow(len(st), edges).solve(a)
	if err != nil {
		return err
	}
	for k, v := range x {
		if st[k].rate == 0 {
			continue
		}
		if math.IsNaN(v) || math.IsInf(v, 0) {
			w := want{station: stationOfOpen(k)}
			w.fail("SCV of the gaps between arrivals", v, "SCVs of arrivals and services that add up to a finite one")
			return w.err
		}
		st[k].arrive = v
	}
	return nil
}

// service is x: what the service times of a busy station do to its departures.
// Processor sharing passes Poisson arrivals on whatever the service times, so
// there they count as exponential.
func (f *openFlow) service(k int, s *qnaStation) float64 {
	if f.n.Stations[k].Shared {
		return 1
	}
	return 1 + (math.Max(s.scv, 0.2)-1)/math.Sqrt(float64(max(1, f.n.Stations[k].Servers)))
}

// qnaWait is the wait at station k, per visit.
func (f *openFlow) qnaWait(k int, s *qnaStation) openWait {
	out := openWait{stretch: 1}
	c := f.n.Stations[k].Servers
	if c == 0 || s.rate == 0 {
		return out
	}
	if f.n.Stations[k].Shared { // the number present with exponential service is that in order of arrival
		out.stretch = 1 + newQNAWait(s.rate, s.mean, s.arrive, 1, c).wait/s.mean
		return out
	}
	q := newQNAWait(s.rate, s.mean, s.arrive, s.scv, c)
	out.pWait, out.scv = q.pWait, q.scv
	out.wait = q.wait * (1 - s.returns)
	return out
}

// newQNAWait is GI/G/c as [Whit83] has it for one server, and [Whit93] for more.
func newQNAWait(lambda, mean, ca, cs float64, c int) GGc {
	if math.Abs(ca-1) < asEqual {
		return newMGc(lambda, mean, cs, 0, c)
	}
	q := newGGc(lambda, mean, ca, cs, 0, c)
	if c > 1 {
		return q
	}
	rho := lambda * mean
	q.wait = mean * rho / (1 - rho) * (ca + cs) / 2
	if ca < 1 && q.wait > 0 {
		q.wait *= math.Exp(-2 * (1 - rho) * (1 - ca) * (1 - ca) / (3 * rho * (ca + cs)))
	}
	return q
}
