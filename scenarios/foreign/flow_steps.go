package foreign

import (
	"fmt"
	"math"

	"github.com/headroom/headroom/scenarios"
	"github.com/headroom/headroom/scenarios/dist"
)

// maxCalls bounds calls within calls.
const maxCalls = 200

// call sends requests through an operation, and with the network there and back.
func (f *flow) call(op scenarios.OpID, cur []mass, path string, network bool) []mass {
	o := &f.x.m.Operations[op]
	latency := f.x.m.Network.Latency
	network = network && !latency.IsZero()
	if network {
		cur = f.to(cur, f.place("to "+o.Name, spot{kind: waitWork, service: networkService, work: latency, branch: f.branch}))
	}
	if len(o.Steps) == 0 { // a visit that takes no time
		cur = f.to(cur, f.place(o.Name, spot{kind: cpuWork, service: o.Service, work: dist.Const(0), branch: f.branch}))
	} else {
		cur = f.steps(o.Steps, cur, o.Service, path+"/"+o.Name)
	}
	if network {
		cur = f.to(cur, f.place("from "+o.Name, spot{kind: waitWork, service: networkService, work: latency, branch: f.branch}))
	}
	return cur
}

// networkService stands for the network where a service would.
const networkService scenarios.ServiceID = -2

// steps sends requests through steps, one after the other.
func (f *flow) steps(steps []scenarios.Step, cur []mass, service scenarios.ServiceID, path string) []mass {
	for _, s := range steps {
		if f.walked++; f.walked > maxWalked || len(path) > maxCalls*maxName {
			f.x.fail(0, "workloads.%s: calls within calls have more than %d steps, or go round", f.name, maxWalked)
			return cur
		}
		switch s := s.(type) {
		case scenarios.CPU:
			cur = f.to(cur, f.place(s.Path(), spot{kind: cpuWork, service: service, work: s.Demand, branch: f.branch}))
		case scenarios.Wait:
			cur = f.to(cur, f.place(s.Path(), spot{kind: waitWork, service: service, work: s.Time, branch: f.branch}))
		case scenarios.Call:
			cur = f.call(s.Op, cur, path, true)
		case scenarios.Choose:
			cur = f.choose(s, cur, service, path)
		case scenarios.Cache:
			hit := f.steps(s.Then, scaled(cur, s.Hit), service, path)
			cur = merged(append(hit, f.steps(s.Else, scaled(cur, 1-s.Hit), service, path)...))
		case scenarios.Repeat:
			cur = f.repeat(s, cur, service, path)
		case scenarios.Parallel:
			cur = f.parallel(s, cur, service, path)
		case scenarios.Publish:
			f.x.lost("topics."+f.x.m.Topics[s.Topic].Name, "messages are not carried over", "nor the load that they bring")
		}
	}
	return cur
}

func (f *flow) choose(s scenarios.Choose, cur []mass, service scenarios.ServiceID, path string) []mass {
	var out []mass
	for _, b := range s.Branches {
		if b.P > 0 {
			out = append(out, f.steps(b.Steps, scaled(cur, b.P), service, path)...)
		}
	}
	return merged(out)
}

// maxRounds is how many rounds of a loop are walked before the rest is taken to
// be like the last.
const maxRounds = 64

// repeat sends requests through a loop. After some rounds they are spread over
// the last places as they were a round before; then one round stands for all.
func (f *flow) repeat(s scenarios.Repeat, cur []mass, service scenarios.ServiceID, path string) []mass {
	rounds := meanRounds(s)
	if s.PerMessage {
		rounds = 1
	} else if s.Count.Variance() > 0 || rounds != math.Trunc(rounds) {
		return f.random(s, rounds, cur, service, path)
	}
	f.folded = f.folded || rounds > 1
	for i := 0; rounds > 0; i++ {
		before := cur
		cur = f.steps(s.Steps, cur, service, path)
		rounds--
		if rounds > 0 && (i == maxRounds || alike(before, cur)) {
			f.many(s, cur, rounds, service, path)
			break
		}
		if len(f.x.mistakes) > 0 {
			break
		}
	}
	return cur
}

// many adds rounds that are all like the next one, which leaves requests where
// they are.
func (f *flow) many(s scenarios.Repeat, cur []mass, rounds float64, service scenarios.ServiceID, path string) {
	f.steps(s.Steps, scaled(cur, rounds), service, path)
}

// random sends requests through a loop whose number of rounds is drawn: taken
// as geometric from its mean m, so that after each round, and before the first,
// another one follows with probability m/(1+m).
func (f *flow) random(s scenarios.Repeat, m float64, cur []mass, service scenarios.ServiceID, path string) []mass {
	f.folded = f.folded || s.Count.String() != geometric(m).String()
	in := f.place("in "+s.Path(), spot{kind: pass})
	total := f.to(cur, in)[0].p
	out := f.steps(s.Steps, []mass{{in, total * m}}, service, path)
	f.to(out, in)
	return []mass{{in, total}}
}

// alike reports whether requests are spread over the same places.
func alike(a, b []mass) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i].at != b[i].at || math.Abs(a[i].p-b[i].p) > 1e-14*a[i].p {
			return false
		}
	}
	return true
}

// meanRounds is the mean number of rounds of a loop (1): a draw is rounded to
// the nearest whole number, so that P(n ≥ k) = P(X ≥ k − ½).
func meanRounds(s scenarios.Repeat) float64 {
	if s.Count.Variance() == 0 {
		return math.Round(s.Count.Mean())
	}
	sum := 0.0
	for k := range 1_000_000 {
		p := 1 - s.Count.CDF(math.Nextafter(float64(k)+0.5, 0))
		if above := s.Count.Survival(float64(k) + 0.5); above > 0 && p < 1e-3 {
			p = above // accurate where little is left
		}
		if sum += p; p < 1e-16 {
			break
		}
	}
	return sum
}

// parallel sends requests through branches at once. Where that is not asked for,
// or a branch does nothing, they are taken one after the other.
func (f *flow) parallel(s scenarios.Parallel, cur []mass, service scenarios.ServiceID, path string) []mass {
	if f.line {
		f.x.lost(s.Path(), "parallel branches are not carried over", "they come one after the other: response times are longer")
		for _, b := range s.Branches {
			cur = f.steps(b, cur, service, path)
		}
		return cur
	}
	outer := f.branch
	at := f.place("fork "+s.Path(), spot{kind: forks, service: service, branch: outer})
	j := f.place("join "+s.Path(), spot{kind: joins, service: service, need: s.Need, branches: len(s.Branches), branch: outer})
	all := f.to(cur, at)
	for i, b := range s.Branches {
		f.branch = fmt.Sprintf("%s/%d", s.Path(), i)
		way := f.to(all, f.place(f.branch, spot{kind: ways, branch: f.branch}))
		f.to(f.steps(b, way, service, path), j)
	}
	f.branch = outer
	return []mass{{j, all[0].p}}
}
