package simulate

import (
	"fmt"

	"github.com/headroom/headroom/scenarios"
	"github.com/headroom/headroom/scenarios/dist"
)

// system builds a model by hand; every step is named after where it is added.
type system struct {
	*scenarios.Model
	steps int
}

func newSystem(name string) *system {
	return &system{Model: &scenarios.Model{Name: name, Part: 1}}
}

func (s *system) at() scenarios.At {
	s.steps++
	return scenarios.At(fmt.Sprintf("step/%d", s.steps))
}

func (s *system) service(v scenarios.Service) scenarios.ServiceID {
	v.Replicas, v.Cores = max(v.Replicas, 1), max(v.Cores, 1)
	s.Services = append(s.Services, v)
	return scenarios.ServiceID(len(s.Services) - 1)
}

func (s *system) op(at scenarios.ServiceID, name string, steps ...scenarios.Step) scenarios.OpID {
	id := scenarios.OpID(len(s.Operations))
	s.Operations = append(s.Operations, scenarios.Operation{
		Name: s.Services[at].Name + "." + name, Service: at, Steps: steps,
	})
	s.Services[at].Operations = append(s.Services[at].Operations, id)
	return id
}

func (s *system) cpu(d dist.Dist) scenarios.Step { return scenarios.CPU{At: s.at(), Demand: d} }

func (s *system) wait(d dist.Dist) scenarios.Step { return scenarios.Wait{At: s.at(), Time: d} }

func (s *system) call(op scenarios.OpID) scenarios.Step { return scenarios.Call{At: s.at(), Op: op} }

func (s *system) publish(t scenarios.TopicID) scenarios.Step {
	return scenarios.Publish{At: s.at(), Topic: t}
}

func (s *system) parallel(need int, branches ...[]scenarios.Step) scenarios.Step {
	return scenarios.Parallel{At: s.at(), Branches: branches, Need: need}
}

func (s *system) repeat(count dist.Dist, steps ...scenarios.Step) scenarios.Step {
	return scenarios.Repeat{At: s.at(), Count: count, Steps: steps}
}

func (s *system) each(steps ...scenarios.Step) scenarios.Step {
	return scenarios.Repeat{At: s.at(), PerMessage: true, Steps: steps}
}

func (s *system) poisson(name string, rate float64, op scenarios.OpID) {
	s.open(name, scenarios.Arrivals{Kind: scenarios.Poisson, Rate: rate}, op)
}

func (s *system) open(name string, a scenarios.Arrivals, op scenarios.OpID) {
	s.Workloads = append(s.Workloads, scenarios.Workload{
		Name: name, Arrivals: &a, Mix: []scenarios.Share{{Op: op, P: 1}},
	})
}

func (s *system) closed(name string, users int, think dist.Dist, op scenarios.OpID) {
	s.Workloads = append(s.Workloads, scenarios.Workload{
		Name: name, Users: users, Think: think, Mix: []scenarios.Share{{Op: op, P: 1}},
	})
}

// mmc is M/M/c: a service of mean 1 s on c cores, FIFO, at load rho.
func mmc(c int, rho float64) *scenarios.Model {
	return single(scenarios.Service{Cores: c, Discipline: scenarios.FIFO}, dist.Exponential(1), rho*float64(c))
}

// single is one service with Poisson arrivals.
func single(v scenarios.Service, demand dist.Dist, rate float64) *scenarios.Model {
	v.Name = "web"
	s := newSystem("station")
	s.poisson("users", rate, s.op(s.service(v), "get", s.cpu(demand)))
	return s.Model
}

// tiers is three services that call one another, each with its own discipline.
func tiers() *scenarios.Model {
	s := newSystem("tiers")
	db := s.service(scenarios.Service{Name: "db", Cores: 4, Discipline: scenarios.FIFO})
	app := s.service(scenarios.Service{Name: "app", Replicas: 3, Cores: 2, Threads: 16})
	web := s.service(scenarios.Service{Name: "web", Replicas: 2, Cores: 2, Balancing: scenarios.LeastRequests})
	read := s.op(db, "read", s.cpu(dist.Exponential(0.004)))
	page := s.op(app, "page", s.cpu(dist.LognormalOf(0.003, 1.2)), s.call(read), s.cpu(dist.Exponential(0.001)))
	get := s.op(web, "get", s.cpu(dist.Exponential(0.002)), s.call(page))
	s.Network.Latency = dist.LognormalOf(0.0005, 0.8)
	s.poisson("shoppers", 700, get)
	return s.Model
}

// everything is a small system that uses every kind of step, source and line.
func everything() *scenarios.Model {
	s := newSystem("everything")
	s.Network.Latency = dist.LognormalOf(0.002, 1)
	web := s.service(scenarios.Service{Name: "web", Replicas: 3, Cores: 2, Threads: 8, Backlog: 20, Balancing: scenarios.PowerOfTwo})
	db := s.service(scenarios.Service{Name: "db", Cores: 3, Discipline: scenarios.FIFO, Threads: 6, Backlog: scenarios.Unlimited})
	index := s.service(scenarios.Service{Name: "index", Replicas: 4, Balancing: scenarios.Hash, HashKeys: 100, HashSkew: 0.8})
	mail := s.service(scenarios.Service{Name: "mail", Replicas: 2, Balancing: scenarios.LeastRequests, Threads: 2, Backlog: scenarios.Unlimited})
	read := s.op(db, "read", s.cpu(dist.Exponential(0.02)))
	write := s.op(db, "write", s.cpu(dist.LognormalOf(0.03, 1.5)), s.wait(dist.Const(0.001)))
	find := s.op(index, "find", s.cpu(dist.GammaOf(0.02, 0.7)))
	send := s.op(mail, "send", s.cpu(dist.Const(0.01)), s.each(s.cpu(dist.Exponential(0.01))))
	s.Topics = []scenarios.Topic{{Name: "letters", Partitions: 3, Consumer: send, Batch: 8}}
	page := s.op(web, "page",
		s.cpu(dist.Exponential(0.01)),
		scenarios.Cache{At: s.at(), Hit: 0.6, Else: []scenarios.Step{s.call(read)}},
		s.parallel(1, []scenarios.Step{s.call(find)}, []scenarios.Step{s.call(find), s.cpu(dist.Exponential(0.002))}),
		s.cpu(dist.ErlangOf(0.004, 3)))
	order := s.op(web, "order",
		s.repeat(dist.UniformOf(0.5, 3.5), s.call(read)),
		s.parallel(2, []scenarios.Step{s.call(write)}, []scenarios.Step{s.call(find)}),
		scenarios.Choose{At: s.at(), Branches: []scenarios.Branch{
			{P: 0.7, Steps: []scenarios.Step{s.publish(0)}}, {P: 0.3, Steps: []scenarios.Step{s.publish(0), s.publish(0)}},
		}})
	s.poisson("visitors", 20, page)
	s.closed("buyers", 25, dist.Exponential(3), order)
	s.Workloads[1].Mix = []scenarios.Share{{Op: order, P: 0.7}, {Op: page, P: 0.3}}
	s.Workloads = append(s.Workloads, scenarios.Workload{
		Name: "robots", Arrivals: &scenarios.Arrivals{Kind: scenarios.Renewal, Rate: 5, Gap: dist.GammaOf(0.2, 2)},
		Route: &scenarios.Route{
			Start: []scenarios.Share{{Op: page, P: 1}},
			Next:  map[scenarios.OpID][]scenarios.Share{page: {{Op: find, P: 0.5}, {Op: page, P: 0.2}}},
		},
	}, scenarios.Workload{
		Name: "clerks", Users: 4, Think: dist.Const(1),
		Steps: []scenarios.Step{s.call(page), s.wait(dist.Exponential(0.5)), s.parallel(2, []scenarios.Step{s.call(find)}, []scenarios.Step{s.call(find)}), s.call(order)},
	})
	return s.Model
}
