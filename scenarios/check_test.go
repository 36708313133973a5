package scenarios

import (
	"maps"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/headroom/headroom/scenarios/dist"
)

// handMade is a model that a program might fill in: every kind of thing once.
func handMade() *Model {
	return &Model{
		Name: "hand-made",
		Services: []Service{
			{Name: "web", Replicas: 4, Cores: 1, Threads: 8, Backlog: 2, Operations: []OpID{0}},
			{Name: "db", Replicas: 2, Cores: 2, Backlog: Unlimited, Balancing: Hash, HashKeys: 10, Operations: []OpID{1}},
		},
		Operations: []Operation{
			{Name: "web.page", Service: 0, Steps: []Step{
				CPU{At: "web.page/0", Demand: dist.Exponential(0.01)},
				Choose{At: "web.page/1", Branches: []Branch{{P: 0.5, Steps: []Step{Call{At: "web.page/1/0/0", Op: 1}}}, {P: 0.5}}},
				Parallel{At: "web.page/2", Need: 1, Branches: [][]Step{{Wait{At: "web.page/2/0/0", Time: dist.Const(1)}}}},
				Publish{At: "web.page/3", Topic: 0},
			}},
			{Name: "db.read", Service: 1, Steps: []Step{
				Cache{At: "db.read/0", Hit: 0.5, Then: []Step{Repeat{At: "db.read/0/0/0", Count: dist.Const(2), Steps: []Step{CPU{At: "db.read/0/0/0/0"}}}}},
			}},
		},
		Topics: []Topic{{Name: "log", Partitions: 2, Consumer: 1, Batch: 3}},
		Workloads: []Workload{
			{Name: "open", Arrivals: &Arrivals{Kind: Renewal, Rate: 10, Gap: dist.Const(0.1)}, Mix: []Share{{Op: 0, P: 1}}},
			{Name: "closed", Users: 4, Steps: []Step{Call{At: "closed/0", Op: 0}}},
			{Name: "routed", Arrivals: &Arrivals{Rate: 10}, Route: &Route{Start: []Share{{Op: 0, P: 1}}, Next: map[OpID][]Share{0: {{Op: 1, P: 0.5}}, 1: nil}}},
		},
		Objectives: []Objective{{Subject: "db", Kind: OfService, Metric: "utilization", Limit: 0.8}},
		Live:       Live{Cells: 2},
		Part:       1,
	}
}

func TestCheckPassesGoodModels(t *testing.T) {
	if err := handMade().Check(); err != nil {
		t.Errorf("hand-made: %v", err)
	}
	if err := handMade().Cell().Check(); err != nil {
		t.Errorf("its cell: %v", err)
	}
	for _, e := range Library() {
		m, err := Load(e.Name, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if err := m.Check(); err != nil {
			t.Errorf("%s: %v", e.Name, err)
		}
	}
}

// TestCheckFindsEachFault breaks the good model in one place at a time.
func TestCheckFindsEachFault(t *testing.T) {
	faults := map[string]struct {
		want  string
		fault func(*Model)
	}{
		"no services":        {"services: none", func(m *Model) { *m = Model{Part: 1} }},
		"replicas":           {"0 replicas", func(m *Model) { m.Services[0].Replicas = 0 }},
		"cores":              {"-1 cores", func(m *Model) { m.Services[0].Cores = -1 }},
		"threads":            {"-1 threads", func(m *Model) { m.Services[0].Threads = -1 }},
		"backlog":            {"a backlog of -2", func(m *Model) { m.Services[0].Backlog = -2 }},
		"backlog alone":      {"without a limit on threads", func(m *Model) { m.Services[0].Threads = 0 }},
		"discipline":         {"no discipline 9", func(m *Model) { m.Services[0].Discipline = 9 }},
		"balancing":          {"no balancing 9", func(m *Model) { m.Services[0].Balancing = 9 }},
		"hash keys":          {"hash balancing with 0 keys", func(m *Model) { m.Services[1].HashKeys = 0 }},
		"service name":       {"the name is empty or taken", func(m *Model) { m.Services[1].Name = "web" }},
		"listed operation":   {"no operation 7", func(m *Model) { m.Services[0].Operations = []OpID{0, 7} }},
		"foreign operation":  {"belongs to another service", func(m *Model) { m.Services[0].Operations = []OpID{0, 1} }},
		"unlisted operation": {"does not list it", func(m *Model) { m.Services[0].Operations = nil }},
		"operation service":  {"no service 5", func(m *Model) { m.Operations[0].Service = 5 }},
		"operation name":     {"the name is empty or taken", func(m *Model) { m.Operations[0].Name = "" }},
		"call":               {"no operation -1", func(m *Model) { m.Operations[0].Steps[0] = Call{At: "x", Op: -1} }},
		"publish":            {"no topic 3", func(m *Model) { m.Operations[0].Steps[3] = Publish{At: "x", Topic: 3} }},
		"nil step":           {"step 0 is nil", func(m *Model) { m.Operations[0].Steps[0] = nil }},
		"path":               {"the path is empty or taken", func(m *Model) { m.Operations[0].Steps[0] = CPU{} }},
		"same path":          {"the path is empty or taken", func(m *Model) { m.Operations[0].Steps[0] = CPU{At: "web.page/3"} }},
		"join":               {"waits for 2 of 1 branches", func(m *Model) { m.Operations[0].Steps[0] = Parallel{At: "x", Need: 2, Branches: [][]Step{nil}} }},
		"choose sum":         {"probabilities add up to 0.5", func(m *Model) { m.Operations[0].Steps[0] = Choose{At: "x", Branches: []Branch{{P: 0.5}}} }},
		"choose":             {"probability -1", func(m *Model) { m.Operations[0].Steps[0] = Choose{At: "x", Branches: []Branch{{P: 2}, {P: -1}}} }},
		"cache":              {"probability NaN", func(m *Model) { m.Operations[0].Steps[0] = Cache{At: "x", Hit: math.NaN()} }},
		"partitions":         {"0 partitions", func(m *Model) { m.Topics[0].Partitions = 0 }},
		"batch":              {"a batch of 0", func(m *Model) { m.Topics[0].Batch = 0 }},
		"consumer":           {"no operation 9", func(m *Model) { m.Topics[0].Consumer = 9 }},
		"rate":               {"a rate of NaN/s", func(m *Model) { m.Workloads[2].Arrivals.Rate = math.NaN() }},
		"gap":                {"a mean gap of 0.1 s at a rate of 20/s", func(m *Model) { m.Workloads[0].Arrivals.Rate = 20 }},
		"users":              {"0 users", func(m *Model) { m.Workloads[1].Users = 0 }},
		"both":               {"both arrivals and users", func(m *Model) { m.Workloads[0].Users = 2 }},
		"does nothing":       {"has 0 of mix, steps and route", func(m *Model) { m.Workloads[0].Mix = nil }},
		"does twice":         {"has 2 of mix, steps and route", func(m *Model) { m.Workloads[1].Mix = m.Workloads[0].Mix }},
		"mix":                {"probabilities add up to 0.9", func(m *Model) { m.Workloads[0].Mix[0].P = 0.9 }},
		"session demand":     {"a session has no cores", func(m *Model) { m.Workloads[1].Steps[0] = CPU{At: "x"} }},
		"session publish":    {"publishes through an operation", func(m *Model) { m.Workloads[1].Steps[0] = Publish{At: "x"} }},
		"route":              {"never ends from operation 0", func(m *Model) { m.Workloads[2].Route.Next[0] = []Share{{Op: 0, P: 1}} }},
		"route sum":          {"probabilities add up to 1.5", func(m *Model) { m.Workloads[2].Route.Next[0] = []Share{{Op: 0, P: 1}, {Op: 1, P: 0.5}} }},
		"metric":             {"no such metric", func(m *Model) { m.Objectives[0].Metric = "depth" }},
		"subject":            {"no such subject", func(m *Model) { m.Objectives[0].Subject = "dbb" }},
		"limit":              {"a limit of NaN", func(m *Model) { m.Objectives[0].Limit = math.NaN() }},
		"part":               {"part: 0", func(m *Model) { m.Part = 0 }},
		"cells":              {"4 replicas for 3 cells", func(m *Model) { m.Live.Cells = 3 }},
		"live operation":     {"live operations: no operation 8", func(m *Model) { m.Live.Operations = map[OpID]Request{8: {}} }},
		"cycle": {"db.read → web.page", func(m *Model) {
			m.Operations[1].Steps = []Step{Call{At: "db.read/0", Op: 0}, Call{At: "db.read/1", Op: 0}}
		}},
		"no time": {"neither thinking nor the request takes any time", func(m *Model) {
			m.Operations[0].Steps = nil
			m.Workloads[1].Think = dist.Const(0)
		}},
	}
	for _, name := range slices.Sorted(maps.Keys(faults)) {
		t.Run(name, func(t *testing.T) {
			m := handMade()
			faults[name].fault(m)
			err := m.Check()
			if err == nil || !strings.Contains(err.Error(), faults[name].want) {
				t.Errorf("got %v, want %q in it", err, faults[name].want)
			}
		})
	}
}
