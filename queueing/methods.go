package queueing

import (
	"slices"
	"strings"

	"github.com/headroom/headroom/scenarios"
)

// bardSchweitzer names the method for closed workloads that nothing better is for.
const bardSchweitzer = "closed network by the Bard–Schweitzer approximation"

// Method is one of the methods that a solution used.
type Method struct {
	Name     string
	Services []string // that it was used for; none where it is about the whole
	Exact    bool     // for means, where what it assumes holds
	Assumes  string   // or how far off it is
}

// detail names the methods that the solution used.
func (x *solver) detail() string {
	var names []string
	for _, m := range x.methods() {
		names = append(names, m.Name)
	}
	return strings.Join(names, "; ")
}

// methods lists what the solution used, in the order of the computation.
func (x *solver) methods() []Method {
	out := []Method{{Name: "traffic equations", Exact: true, Assumes: "every request is answered in the end"}}
	use := func(m Method, service string) {
		i := slices.IndexFunc(out, func(o Method) bool { return o.Name == m.Name })
		if i < 0 {
			out = append(out, m)
			i = len(out) - 1
		}
		out[i].Exact = out[i].Exact && m.Exact
		// services come in turn, so that one named already is the last
		if last := len(out[i].Services) - 1; service != "" && (last < 0 || out[i].Services[last] != service) {
			out[i].Services = append(out[i].Services, service)
		}
	}
	for id := range x.stations {
		st := &x.stations[id]
		if st.mix.rate > 0 {
			use(st.method(), st.service.Name)
		}
		for i := range st.threads {
			if st.threads[i].limits {
				use(Method{
					Name:    "thread limits as flow-equivalent servers",
					Exact:   st.threads[i].pure && st.mix.exponential,
					Assumes: "what calls take does not depend on how many are made",
				}, st.service.Name)
			}
		}
	}
	if len(x.tries) > 0 {
		use(Method{Name: "timeouts and retries as a fixed point of the load", Assumes: "attempts are independent of each other"}, "")
	}
	if len(x.m.Topics) > 0 {
		use(Method{Name: "bulk-service chains", Assumes: "messages come as a Poisson stream"}, "")
	}
	if x.closed != nil && x.closed.exact {
		use(Method{Name: "closed network by convolution", Exact: true, Assumes: "product form"}, "")
	} else if x.closed != nil && x.closed.known != nil {
		use(x.closed.known.method(), "")
	} else if x.closed != nil {
		use(Method{Name: bardSchweitzer, Assumes: "mean times in nine of ten within 9 %"}, "")
	}
	if x.recalls {
		use(Method{Name: "visits of one request correlated", Assumes: "percentiles only"}, "")
	}
	use(Method{Name: "composed transforms, Euler inversion", Exact: true, Assumes: "percentiles: as if the visits of a request were independent"}, "")
	return out
}

// method is how the cores of a station were taken.
func (st *station) method() Method {
	switch {
	case st.service.Discipline == scenarios.PS:
		return Method{Name: "processor sharing by the tagged-request chain", Exact: true, Assumes: "Poisson arrivals"}
	case st.mix.exponential:
		return Method{Name: "M/M/c", Exact: true, Assumes: "Poisson arrivals"}
	case capacity(st.service) == 1:
		return Method{Name: "M/G/1 (Pollaczek–Khinchine)", Exact: true, Assumes: "Poisson arrivals"}
	}
	return Method{Name: "M/G/c (Kimura, Whitt)", Assumes: "mean wait within about 3 %"}
}
