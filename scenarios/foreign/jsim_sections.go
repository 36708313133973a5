package foreign

import (
	"github.com/headroom/headroom/scenarios"
	"github.com/headroom/headroom/scenarios/dist"
)

const (
	netStrategies = "jmt.engine.NetStrategies."
	javaInteger   = "java.lang.Integer"
	javaDouble    = "java.lang.Double"
	javaString    = "java.lang.String"
)

// parameter makes a parameter with a value.
func parameter(kind, class, name string, value any) *element {
	return tag(kind, "classPath", class, "name", name).with(tag("value").holding(value))
}

// perClass makes an array with an element for every class.
func (j *jsimWriter) perClass(class, name string, of func(w *scenarios.Workload) *element) *element {
	out := tag("parameter", "array", true, "classPath", class, "name", name)
	for i := range j.m.Workloads {
		w := &j.m.Workloads[i]
		out.with(tag("refClass").holding(w.Name), of(w))
	}
	return out
}

// write makes the elements of a node, one a copy.
func (j *jsimWriter) write(n *jsimOut) []*element {
	var out []*element
	for _, name := range n.names() {
		e := tag("node", "name", name)
		section := func(class string, parameters ...*element) {
			e.with(tag("section", "className", class).with(parameters...))
		}
		switch n.kind {
		case source:
			section("RandomSource", j.services(n))
			section("ServiceTunnel")
		case sink:
			section("JobSink")
		case fork:
			section("Queue", j.queue(-1)...)
			section("ServiceTunnel")
			section("Fork", parameter("parameter", javaInteger, "jobsPerLink", 1), parameter("parameter", javaInteger, "block", -1),
				parameter("parameter", "java.lang.Boolean", "isSimplifiedFork", true))
		case join:
			section("Join", j.joining(n))
			section("ServiceTunnel")
		case tunnel:
			section("Queue", j.queue(-1)...)
			section("ServiceTunnel")
		default:
			j.station(n, section)
		}
		if n.kind != sink && n.kind != fork {
			section("Router", j.routing(n))
		}
		out = append(out, e)
	}
	return out
}

// station makes the sections of a queue with servers, or of a delay.
func (j *jsimWriter) station(n *jsimOut, section func(string, ...*element)) {
	if n.desk == nil || n.desk.delay {
		section("Queue", j.queue(-1)...)
		section("Delay", j.services(n))
		return
	}
	section("Queue", j.queue(j.room(n.desk))...)
	servers := parameter("parameter", javaInteger, "maxJobs", j.servers(n.desk))
	visits := j.perClass(javaInteger, "numberOfVisits", func(*scenarios.Workload) *element {
		return parameter("subParameter", javaInteger, "numberOfVisits", 1)
	})
	if j.service(n.desk.service).Discipline == scenarios.FIFO {
		section("Server", servers, visits, j.services(n))
		return
	}
	share := j.perClass(netStrategies+"PSStrategy", "PSStrategy", func(*scenarios.Workload) *element {
		return tag("subParameter", "classPath", netStrategies+"PSStrategies.EPSStrategy", "name", "EPSStrategy")
	})
	weights := j.perClass(javaDouble, "serviceWeights", func(*scenarios.Workload) *element {
		return parameter("subParameter", javaDouble, "serviceWeight", "1.0")
	})
	section("PSServer", servers, visits, j.services(n), share, weights)
}

func (j *jsimWriter) queue(size int) []*element {
	drop := "waiting queue"
	if size >= 0 {
		drop = "drop"
	}
	return []*element{
		parameter("parameter", javaInteger, "size", size),
		j.perClass(javaString, "dropStrategies", func(*scenarios.Workload) *element {
			return parameter("subParameter", javaString, "dropStrategy", drop)
		}),
		tag("parameter", "classPath", netStrategies+"QueueGetStrategies.FCFSstrategy", "name", "FCFSstrategy"),
		j.perClass(netStrategies+"QueuePutStrategy", "QueuePutStrategy", func(*scenarios.Workload) *element {
			return tag("subParameter", "classPath", netStrategies+"QueuePutStrategies.TailStrategy", "name", "TailStrategy")
		}),
	}
}

// services says how a node serves each class.
func (j *jsimWriter) services(n *jsimOut) *element {
	const path = netStrategies + "ServiceStrategies."
	return j.perClass(netStrategies+"ServiceStrategy", "ServiceStrategy", func(w *scenarios.Workload) *element {
		d, v, ok := j.served(n, w)
		switch {
		case !ok:
			return tag("subParameter", "classPath", path+"DisabledServiceTimeStrategy", "name", "DisabledServiceTimeStrategy")
		case v == nil && d.IsZero(), v != nil && v.mean() == 0:
			return tag("subParameter", "classPath", path+"ZeroServiceTimeStrategy", "name", "ZeroServiceTimeStrategy")
		}
		l := j.lawOf(d, n.name)
		if v != nil && len(v.parts) > 1 {
			l = j.mixed(v, n.name)
		}
		return tag("subParameter", "classPath", path+"ServiceTimeStrategy", "name", "ServiceTimeStrategy").with(l...)
	})
}

// mixed is the law of visits that do different things: two exponentials as they
// are, anything else by mean and variance.
func (j *jsimWriter) mixed(v *visited, name string) []*element {
	a, b := v.parts[0], v.parts[1]
	if len(v.parts) == 2 && a.d.Family() == dist.FamilyExponential && b.d.Family() == dist.FamilyExponential {
		return jmtLaw("HyperExp", "Hyperexponential", "HyperExpPar", "p", a.p/v.count, "lambda1", reciprocal(a.d.Mean()), "lambda2", reciprocal(b.d.Mean()))
	}
	return j.gamma(name, v.mean(), v.scv())
}

// routing says where a node sends each class.
func (j *jsimWriter) routing(n *jsimOut) *element {
	const path = netStrategies + "RoutingStrategies."
	return j.perClass(netStrategies+"RoutingStrategy", "RoutingStrategy", func(w *scenarios.Workload) *element {
		to := n.routes[w.Name]
		if len(to) == 0 {
			return tag("subParameter", "classPath", path+"DisabledRoutingStrategy", "name", "Disabled")
		}
		total := 0.0
		for _, t := range to {
			total += t.p
		}
		entries := tag("subParameter", "array", true, "classPath", "jmt.engine.random.EmpiricalEntry", "name", "EmpiricalEntryArray")
		for _, t := range to {
			names := t.to.names()
			for _, name := range names {
				entries.with(tag("subParameter", "classPath", "jmt.engine.random.EmpiricalEntry", "name", "EmpiricalEntry").with(
					parameter("subParameter", javaString, "stationName", name),
					parameter("subParameter", javaDouble, "probability", neat(t.p/total/float64(len(names))))))
			}
		}
		return tag("subParameter", "classPath", path+"EmpiricalStrategy", "name", "Probabilities").with(entries)
	})
}

// joining says how many branches a join waits for.
func (j *jsimWriter) joining(n *jsimOut) *element {
	return j.perClass(netStrategies+"JoinStrategy", "JoinStrategy", func(w *scenarios.Workload) *element {
		need, class, name := -1, "NormalJoin", "Standard Join"
		if w.Name == n.flow.name && n.flow.quorum(n.place) {
			need, class, name = n.flow.places[n.place].need, "PartialJoin", "Quorum"
		}
		return tag("subParameter", "classPath", netStrategies+"JoinStrategies."+class, "name", name).with(parameter("subParameter", javaInteger, "numRequired", need))
	})
}

// quorum reports whether a join waits for fewer than all branches.
func (f *flow) quorum(join int) bool { return f.places[join].need < f.places[join].branches }
