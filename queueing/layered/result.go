package layered

// Result is the steady state of a model, in the model's order.
type Result struct {
	Tasks      []TaskResult
	Entries    []EntryResult
	Processors []ProcessorResult
	Rounds     int     // until the layers agreed
	Change     float64 // relative, in the last round (1)
}

// TaskResult is one task.
type TaskResult struct {
	Name       string
	Throughput float64 // executions of all entries (1/s)
	Busy       float64 // mean threads busy, those that wait below too; thinking users are not (1)
	Processor  float64 // mean processors its threads use (1)
	// Response is the mean time of a reference task's cycle without thinking;
	// 0 for others (s).
	Response float64
	Waiting  float64 // mean of a request for a thread, over all callers (s)
}

// EntryResult is one entry.
type EntryResult struct {
	Name       string
	Throughput float64   // (1/s)
	Phases     []float64 // mean service time of each phase, waiting below included (s)
	Reply      float64   // mean service time until the reply (s)
	After      float64   // mean service time after it (s)
	SCV        float64   // of the whole service time (1)
	// Open is the mean response time of arrivals from outside: waiting for a
	// thread and service until the reply, where it is forwarded to too; 0 if
	// there are none (s).
	Open       float64
	Activities []ActivityResult
}

// ActivityResult is one activity of an entry's graph.
type ActivityResult struct {
	Name       string
	Throughput float64 // (1/s)
	Service    float64 // mean time of one execution, waiting included (s)
}

// ProcessorResult is one processor.
type ProcessorResult struct {
	Name        string
	Busy        float64 // mean servers busy (1)
	Utilization float64 // of each server; the mean number at a Delay (1)
	Waiting     float64 // mean of a slice of work for its turn, beyond its length (s)
}

func (n *network) result(rounds int, change float64) *Result {
	r := &Result{Rounds: rounds, Change: change}
	for _, t := range n.tasks {
		r.Tasks = append(r.Tasks, t.result())
		for _, e := range t.entries {
			r.Entries = append(r.Entries, e.result())
		}
	}
	for _, s := range n.processors {
		r.Processors = append(r.Processors, s.result())
	}
	return r
}

func (t *task) result() TaskResult {
	out := TaskResult{Name: t.Name, Throughput: t.mean, Processor: t.mean * t.cpu.visits * t.cpu.own, Busy: t.used()}
	if t.Reference {
		out.Response = t.entries[0].split[0].mean + t.entries[0].split[1].mean
	}
	rate := 0.0
	for _, l := range t.station.clients {
		rate += l.from.mean * l.visits
		out.Waiting += l.from.mean * l.visits * max(0, l.waiting)
	}
	if t.station.open > 0 {
		rate += t.station.open
		out.Waiting += t.station.open * t.station.openWaiting()
	}
	if rate > 0 {
		out.Waiting /= rate
	}
	return out
}

func (e *entry) result() EntryResult {
	out := EntryResult{
		Name: e.Name, Throughput: e.rate, Reply: e.split[0].mean, After: e.split[1].mean,
		SCV: e.split[0].plus(e.split[1]).scv(),
	}
	for _, p := range e.phases {
		out.Phases = append(out.Phases, p.time.mean)
	}
	if e.graph != nil {
		out.Phases = []float64{out.Reply, out.After}
		for i, p := range e.graph.pieces {
			out.Activities = append(out.Activities, ActivityResult{e.graph.names[i], e.rate * p.runs, p.time.mean})
		}
	}
	if e.OpenRate > 0 {
		out.Open = e.openResponse()
	}
	return out
}

// openResponse is the mean time until an arrival from outside has its reply (s).
func (e *entry) openResponse() float64 {
	r := e.task.station.openWaiting() + e.split[0].mean
	for _, f := range e.forward {
		r += f.p * f.to.openResponse()
	}
	return r
}

// openWaiting is the mean time that a Poisson arrival waits for a thread (s): it
// sees the station as it is at any time ([Wolf82]), and adds itself.
func (s *station) openWaiting() float64 {
	if s.discipline == Delay {
		return 0
	}
	r := 0.0
	for n, p := range s.dist {
		r += p * float64(n+1) / s.at(n+1)
	}
	return max(0, r-s.service.mean)
}

func (s *station) result() ProcessorResult {
	out := ProcessorResult{Name: s.name, Busy: s.rate * s.service.mean, Utilization: s.rate * s.service.mean}
	if s.discipline != Delay {
		out.Utilization /= float64(s.servers)
	}
	for _, l := range s.clients {
		wait := max(0, l.waiting)
		if s.discipline == PS {
			wait = l.own * max(0, l.waiting-1)
		}
		if s.rate > 0 {
			out.Waiting += l.from.mean * l.visits / s.rate * wait
		}
	}
	return out
}
