package queueing

import (
	"math"

	"github.com/headroom/headroom/scenarios"
	"github.com/headroom/headroom/scenarios/dist"
)

// closedState is what is known of the closed workloads of a model.
type closedState struct {
	workloads []int // their indices in the model
	exact     bool  // one of them, in product form: solved by convolution
	many      bool  // it would be, but for the number of its users
	why       string

	network ClosedNetwork
	where   [][2]int // service and group of each station of the network
	result  ClosedResult
	present [][][]float64 // approximate: mean number at the cores, by service, group and viewer, of one replica
	settled bool
	known   *closedKnown // several of them, in a flat network
	tried   bool         // to know them
}

// ahead reports whether the throughputs are known before the views are.
func (c *closedState) ahead() bool { return c.exact || c.known != nil }

// newClosedState looks at what is closed. A single closed workload is solved
// exactly if its requests do one thing at a time.
func (x *solver) newClosedState() *closedState {
	c := &closedState{}
	for w := range x.m.Workloads {
		if !x.m.Workloads[w].Open() {
			c.workloads = append(c.workloads, w)
		}
	}
	if len(c.workloads) == 0 {
		return nil
	}
	c.exact = true
	if len(c.workloads) > 1 {
		c.exact, c.why = false, "several closed workloads"
		return c
	}
	w := c.workloads[0]
	for op, visits := range x.tr.workload[w] {
		if visits > 0 && x.p.ops[op].path.parallel {
			c.exact, c.why = false, "a closed workload with parallel steps"
		}
	}
	k := counter{p: x.p}
	k.steps(x.m.Workloads[w].Steps, 1, false)
	if k.path.parallel {
		c.exact, c.why = false, "a closed workload with parallel steps"
	}
	if x.mayWaitForThreads(w) {
		c.exact, c.why = false, "a closed workload with fewer threads than users"
	}
	return c
}

// mayWaitForThreads reports whether the users of a closed workload come to a
// service where they, or open requests with them, can run out of threads.
func (x *solver) mayWaitForThreads(w int) bool {
	shared := false // with open requests, of which there may be any number
	for v := range x.m.Workloads {
		shared = shared || x.m.Workloads[v].Open()
	}
	for op, visits := range x.tr.workload[w] {
		threads, _ := x.limitsOf(int(x.p.ops[op].service))
		if visits > 0 && threads > 0 && (shared || threads < x.m.Workloads[w].Users) {
			return true
		}
	}
	return false
}

// closedNetwork is the network that the exact solution is of: a station for
// every group of replicas that the workload comes to, and a delay for all
// waiting that is not for cores.
func (x *solver) closedNetwork(c *closedState) {
	w := c.workloads[0]
	wl := &x.m.Workloads[w]
	c.network = ClosedNetwork{Users: wl.Users, Think: wl.Think.Mean() + x.delayOf(w)}
	c.where = nil
	viewer := x.view[w]
	for id := range x.stations {
		st := &x.stations[id]
		demand := 0.0
		for op, visits := range x.tr.workload[w] {
			if int(x.p.ops[op].service) != id {
				continue
			}
			for _, u := range x.p.ops[op].uses {
				demand += visits * (u.fixed + u.perMsg) * st.demands[u.demand].Mean()
			}
		}
		if demand == 0 || x.down[id] {
			continue
		}
		for i, g := range st.groups {
			// the open load of a replica of the group
			open := (st.load()-st.work(viewBatch, viewer))*g.each + st.fedLoad(&g)
			if most := 0.98 * float64(g.cores); open > most {
				// not to be borne, or not known yet to be turned away
				open = most
				x.over[id] = x.over[id] || !x.turnsAway(id)
			}
			c.network.Stations = append(c.network.Stations, ClosedStation{
				Demand: demand * g.each * g.replicas, Servers: g.cores, OpenLoad: math.Max(0, open), Copies: max(1, int(math.Round(g.replicas))),
			})
			c.where = append(c.where, [2]int{id, i})
		}
	}
}

// boundClosed leaves the exact solution of a closed workload alone where it
// would take too long.
func (x *solver) boundClosed() {
	c := x.closed
	if c == nil || !c.exact || c.known != nil {
		return
	}
	x.closedNetwork(c)
	if steps, cells := c.network.size(); steps > mostRoundSteps || cells > mostRoundCells {
		c.exact, c.many, c.why = false, true, "a closed workload of very many users"
	}
}

// fedLoad is the load of batches on one replica of a group, in cores.
func (st *station) fedLoad(g *group) float64 {
	return st.work(viewBatch) * st.weight(g, viewBatch) / g.replicas * boolTo(g.sources > 0)
}

func boolTo(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// delayOf is the time of one request of a workload that passes neither in line
// nor on cores: waits and the network (s).
func (x *solver) delayOf(w int) float64 {
	sum := 0.0
	none := make([]moment, len(x.p.ops))
	idle := func(dist.Dist) moment { return moment{} }
	for op, visits := range x.tr.workload[w] {
		if visits == 0 {
			continue
		}
		f := folder{x: x, service: int(x.p.ops[op].service), batch: 1, calls: none, cores: idle}
		sum += visits * f.steps(x.m.Operations[op].Steps).mean
	}
	f := folder{x: x, service: -1, batch: 1, calls: none, cores: idle}
	return sum + f.steps(x.m.Workloads[w].Steps).mean
}

// solveClosed brings the throughput of the closed workloads up to date with the
// open load. It returns the largest relative change.
func (x *solver) solveClosed(round int) (float64, error) {
	c := x.closed
	if c == nil {
		return 0, nil
	}
	if c.known != nil {
		return x.take(c.known), nil
	}
	if c.exact {
		w := c.workloads[0]
		x.closedNetwork(c)
		r, err := Convolution(c.network)
		if err != nil {
			return 0, err
		}
		c.result = r
		change := math.Abs(r.Throughput-x.requests[w]) / math.Max(r.Throughput, 1e-300)
		x.requests[w] = r.Throughput
		return change, nil
	}
	return x.approachClosed(c, stride(round)), nil
}

// closedViews fills in the views of a group that closed requests come to; it
// reports whether there were any.
func (x *solver) closedViews(id, i int, st *station, g *group) bool {
	c := x.closed
	if c == nil {
		return false
	}
	if c.known != nil {
		return x.knownViews(id, i, st, g)
	}
	if !c.exact {
		return x.meanViews(id, i, st, g)
	}
	for k, at := range c.where {
		if at != [2]int{id, i} || c.result.Throughput == 0 {
			continue
		}
		s, f := c.network.Stations[k].one(), c.result.Stations[k]
		g.total = seenMixed(s, f.Marginal)
		open := st.productForm(g.cores, g.total)
		for v := range g.views {
			g.views[v] = open
		}
		g.views[x.view[c.workloads[0]]] = st.productForm(g.cores, seenMixed(s, f.Seen))
		g.pIdle = 0
		for n, p := range g.total {
			if n < g.cores {
				g.pIdle += p
			}
		}
		return true
	}
	return false
}

// meanViews is the approximate view where several classes meet: a request finds
// on average what is there on average, less its own share, and the number is
// distributed as that of the machine-repair model with that mean.
//
//   - Source: the arrival approximation of [Schw79] and [Bard79].
func (x *solver) meanViews(id, i int, st *station, g *group) bool {
	c := x.closed
	if c.present == nil {
		return false
	}
	here := c.present[id][i]
	total, any := 0.0, false
	for v, n := range here {
		total += n
		any = any || v >= viewClosed && st.work(v) > 0
	}
	if !any {
		return false
	}
	users := 0
	for _, w := range c.workloads {
		users += x.m.Workloads[w].Users
	}
	open := st.productForm(g.cores, seenMean(g.cores, total, users))
	for v := range g.views {
		g.views[v] = open
	}
	for k, w := range c.workloads {
		v := viewClosed + k
		own := here[v] / float64(x.m.Workloads[w].Users)
		g.views[v] = st.productForm(g.cores, seenMean(g.cores, math.Max(0, total-own), users-1))
	}
	g.pIdle = 1 - open.pWait
	return true
}

// approachClosed is one round towards the fixed point of the approximation: new
// numbers at the cores from the residence times there, and new throughputs from
// the response times, each a part of the way.
func (x *solver) approachClosed(c *closedState, part float64) float64 {
	if c.present == nil {
		c.present = make([][][]float64, len(x.stations))
		for id := range x.stations {
			c.present[id] = matrix(len(x.stations[id].groups), x.viewers)
		}
	}
	change := 0.0
	for _, w := range c.workloads {
		wl := &x.m.Workloads[w]
		r := x.workloadMoments(w).mean
		target := float64(wl.Users) / math.Max(wl.Think.Mean()+r, 1e-12)
		next := x.requests[w] + part*(target-x.requests[w])
		if x.requests[w] == 0 {
			next = target
		}
		change = math.Max(change, math.Abs(target-x.requests[w])/target)
		x.requests[w] = next
	}
	x.withinCores(c)
	for id := range x.stations {
		st := &x.stations[id]
		for i := range st.groups {
			g := &st.groups[i]
			for v := range x.viewers {
				n := 0.0
				for k, d := range st.demands {
					if st.asked[v][k] > 0 {
						m, _ := g.views[v].respondMoments(d, st.service.Discipline == scenarios.PS)
						n += st.asked[v][k] * st.weight(g, v) / g.replicas * m
					}
				}
				before := c.present[id][i][v]
				now := before + part*(n-before)
				if !c.settled {
					now = n
				}
				change = math.Max(change, math.Abs(n-before)/math.Max(now, 1e-6))
				c.present[id][i][v] = now
			}
		}
	}
	c.settled = true
	return change
}

// withinCores keeps the closed workloads from asking for more than the cores
// have time for beside what is open, which the approximation of saturated
// stations may say that they do.
func (x *solver) withinCores(c *closedState) {
	for id := range x.stations {
		st := &x.stations[id]
		if x.down[id] {
			continue
		}
		closed, paced := 0.0, 0.0 // of all replicas, then and when the load was looked at
		for v := viewClosed; v < x.viewers; v++ {
			paced += st.work(v)
			closed += st.work(v) / math.Max(x.of.requests[c.workloads[v-viewClosed]], 1e-300) * x.requests[c.workloads[v-viewClosed]]
		}
		for i := range st.groups {
			g := &st.groups[i]
			room := float64(g.cores) - (g.load - paced*g.each)
			if room <= 0 || closed*g.each <= room {
				continue
			}
			for _, w := range c.workloads {
				if x.visitsService(w, id) {
					x.requests[w] *= room / (closed * g.each)
				}
			}
			closed = room / g.each
		}
	}
}

// stride is the part of the way to the next guess that a round goes: less where
// the guesses keep jumping to and fro.
func stride(round int) float64 {
	switch {
	case round < 60:
		return 0.5
	case round < 130:
		return 0.2
	}
	return 0.07
}

// workloadMoments is the response time of a workload's requests.
func (x *solver) workloadMoments(w int) moment {
	wl := &x.m.Workloads[w]
	calls := x.response[x.view[w]]
	switch {
	case wl.Route != nil:
		return x.routeMoments(w)
	case len(wl.Mix) > 0:
		var m mixMoment
		for _, s := range wl.Mix {
			m.add(s.P, calls[s.Op])
		}
		return m.moment()
	}
	return x.newFolder(-1, x.view[w]).steps(wl.Steps)
}
