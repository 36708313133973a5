package measure

import (
	"math"
	"strings"
)

func (c *checker) workload(where string, w *Workload) {
	c.figure(where+".offered", w.Offered)
	c.figure(where+".throughput", w.Throughput)
	c.figure(where+".in_system", w.InSystem)
	c.share(where+".failed", w.Failed)
	c.times(where+".response_time", w.Response)
	c.times(where+".service_time", w.Service)
	c.times(where+".queue_time", w.Queue)
	c.times(where+".target_time", w.Target)
	c.breakdown(where, w)
	if w.Failed.Value == 0 {
		c.little(where, "in system = throughput × mean response time", w.InSystem, w.Throughput, w.Response)
	}
	well := w.Offered
	if w.Failed.Known() {
		kept := Between(1-w.Failed.Value, 1-w.Failed.Hi, 1-w.Failed.Lo, w.Failed.Confidence)
		well = product(w.Offered, kept)
	}
	const law, what = "balance of flow", "throughput = offered × (1 − failed)"
	if c.r.Stable {
		c.equal(law, where, what, w.Throughput, well)
	} else if w.Throughput.Known() && well.Known() && w.Throughput.Lo > well.Hi*(1+c.tolerance)+tiny {
		c.breaks(law, where, "throughput ≤ offered × (1 − failed)", w.Throughput.Value, well.Value)
	}
}

func (c *checker) operation(where string, o *Operation) {
	c.figure(where+".throughput", o.Throughput)
	c.figure(where+".visits", o.Visits)
	c.share(where+".failed", o.Failed)
	c.times(where+".response_time", o.Response)
	if c.losses {
		return
	}
	var all []Estimate
	for _, name := range sortedKeys(c.r.Workloads) {
		if w := c.r.Workloads[name]; w != nil {
			all = append(all, w.Throughput)
		}
	}
	if len(all) > 0 && c.r.Stable {
		c.equal("forced flow law", where, "throughput = visits × throughput of all workloads", o.Throughput, product(o.Visits, sum(all)))
	}
}

func (c *checker) service(name string, s *Service) {
	where := "services." + name
	c.share(where+".utilization", s.Utilization)
	c.share(where+".rejected", s.Rejected)
	c.share(where+".p_idle", s.PIdle)
	c.share(where+".p_wait", s.PWait)
	c.figure(where+".replicas", s.Replicas)
	c.figure(where+".throughput", s.Throughput)
	c.figure(where+".present", s.Present)
	c.figure(where+".waiting", s.Waiting)
	c.figure(where+".threads_busy", s.ThreadsBusy)
	c.times(where+".waiting_time", s.WaitingTime)
	c.times(where+".service_time", s.ServiceTime)
	c.times(where+".response_time", s.Response)
	if s.Waiting.Known() && s.Present.Known() && s.Waiting.Lo > s.Present.Hi*(1+c.tolerance)+tiny {
		c.breaks("line and station", where, "waiting ≤ present", s.Waiting.Value, s.Present.Value)
	}
	if s.ThreadsBusy.Known() && s.Present.Known() && s.ThreadsBusy.Lo > s.Present.Hi*(1+c.tolerance)+tiny {
		c.breaks("line and station", where, "threads busy ≤ present", s.ThreadsBusy.Value, s.Present.Value)
	}
	if c.losses {
		return
	}
	c.little(where, "present = throughput × mean response time", s.Present, s.Throughput, s.Response)
	c.little(where, "waiting = throughput × mean waiting time", s.Waiting, s.Throughput, s.WaitingTime)
	c.utilization(where, s)
	c.operationsOf(name, s)
}

func (c *checker) topic(where string, t *Topic) {
	c.figure(where+".throughput", t.Throughput)
	c.figure(where+".depth", t.Depth)
	c.figure(where+".batch", t.Batch)
	c.times(where+".delay", t.Delay)
	c.topicMore(where, t)
	if !c.losses && t.Dropped.Value == 0 && t.Dead.Value == 0 {
		c.little(where, "depth = throughput × mean delay", t.Depth, t.Throughput, t.Delay)
	}
	if t.Batch.Known() && t.Throughput.Value > 0 && t.Batch.Value < 1-c.tolerance {
		c.breaks("batches", where, "a batch holds at least one message", t.Batch.Value, 1)
	}
}

// little checks N = X·R. It does not hold for an unstable system, whose
// numbers present grow as long as one looks.
func (c *checker) little(where, what string, present, throughput Estimate, t *Times) {
	if t == nil || !c.r.Stable {
		return
	}
	c.equal("Little's law", where, what, present, product(throughput, t.Mean))
}

// utilization checks U = X·S/c. A result does not hold the number of cores c,
// so what is checked is that one follows: X·S/(U·replicas) is a whole number.
func (c *checker) utilization(where string, s *Service) {
	if s.ServiceTime == nil || !c.r.Stable {
		return
	}
	busy := product(s.Throughput, s.ServiceTime.Mean) // cores busy, all replicas
	if !busy.Known() || !s.Utilization.Known() || !s.Replicas.Known() || s.Replicas.Value <= 0 {
		return
	}
	const law, what = "utilization law", "throughput × mean demand = utilization × replicas × cores, for a whole number of cores"
	if s.Utilization.Value <= tiny {
		c.equal(law, where, what, busy, product(s.Utilization, s.Replicas))
		return
	}
	cores := math.Max(1, math.Round(busy.Value/(s.Utilization.Value*s.Replicas.Value)))
	c.equal(law, where, what, busy, product(s.Utilization, s.Replicas, Exactly(cores)))
}

// operationsOf checks that the requests of a service are those of its operations.
func (c *checker) operationsOf(name string, s *Service) {
	var rates []Estimate
	for _, op := range sortedKeys(c.r.Operations) {
		if o := c.r.Operations[op]; o != nil && strings.HasPrefix(op, name+".") {
			rates = append(rates, o.Throughput)
		}
	}
	if len(rates) > 0 {
		c.equal("balance of flow", "services."+name, "throughput = sum over its operations", s.Throughput, sum(rates))
	}
}

// whole checks what is said of the system as a whole.
func (c *checker) whole() {
	if b := c.r.Bottleneck; b != "" && c.r.Services != nil {
		if _, ok := c.r.Services[b]; !ok {
			c.breaks("names", "bottleneck", "the bottleneck "+b+" is one of the services", 0, 1)
		}
	}
	for _, name := range sortedKeys(c.r.Saturation) {
		limit := c.r.Saturation[name]
		where := "saturation." + name
		if limit <= 0 {
			c.breaks("saturation", where, "a rate at which something saturates is above 0", limit, 0)
		}
		w := c.r.Workloads[name]
		if c.r.Stable && c.r.Kind == Prediction && w != nil && w.Throughput.Known() && w.Throughput.Lo > limit*(1+c.tolerance) {
			c.breaks("saturation", where, "a stable system carries no more than its saturation rate", w.Throughput.Value, limit)
		}
	}
	if s := c.r.Series; s != nil {
		c.series(s)
	}
}

func (c *checker) series(s *Series) {
	if s.Interval <= 0 {
		c.breaks("series", "series.interval", "an interval of a series is above 0", s.Interval, 0)
	}
	for _, name := range sortedKeys(s.Services) {
		for _, u := range s.Services[name].Utilization {
			if u > 1+c.tolerance { // NaN is not: it stands for "not known"
				c.breaks("shares", "series.services."+name+".utilization", "a share is at most 1", u, 1)
				break
			}
		}
	}
}
