package scenarios

import (
	"testing"

	"github.com/headroom/headroom/scenarios/dist"
)

// beyond is a model that uses a word of every kind: of a service, a step, a
// call, a topic, a workload and the whole.
func beyond() *Model {
	return &Model{
		Name: "beyond", Part: 1,
		Network: Network{Loss: 0.01},
		Services: []Service{
			{
				Name: "web", Replicas: 2, Cores: 1, Backlog: Unlimited, Discipline: SRPT, Operations: []OpID{0},
				Locks: []LockTable{{Name: "row", Keys: 10}}, Threads: 4, Guard: Guard{Line: LIFOLine},
			},
			{Name: "db", Replicas: 3, Cores: 1, Backlog: Unlimited, Discipline: LIFO, Operations: []OpID{1}},
		},
		Operations: []Operation{
			{Name: "web.page", Service: 0, Steps: []Step{
				Lock{At: "web.page/0", Steps: []Step{
					CPU{At: "web.page/0/0", Demand: dist.Exponential(0.01)},
					Call{At: "web.page/0/1", Op: 1, Options: CallOptions{Timeout: 1, Retry: &Retry{Attempts: 3, Factor: 1, Most: 1}}},
				}},
				FanOut{At: "web.page/1", Op: 1, Need: 2},
				Fail{At: "web.page/2", P: 0.1},
				Publish{At: "web.page/3", Topic: 0},
			}},
			{Name: "db.read", Service: 1, Steps: []Step{CPU{At: "db.read/0", Demand: dist.Exponential(0.01)}}},
		},
		Topics:    []Topic{{Name: "log", Partitions: 1, Batch: 1, Consumer: 1, Linger: 1, Delivery: AtLeastOnce}},
		Workloads: []Workload{{Name: "w", Arrivals: &Arrivals{Kind: MMPP, Rate: 5, States: []MMPPState{{5, 1}}}, Mix: []Share{{0, 1}}}},
		Jobs:      []Job{{Name: "nightly", Stages: []Stage{{Name: "map", Tasks: 1, Op: 1, Local: 1}}}},
	}
}

func TestFeatures(t *testing.T) {
	m := beyond()
	if err := m.Check(); err != nil {
		t.Fatal(err)
	}
	got := map[Word]string{}
	for _, f := range m.Features() {
		got[f.Word] = f.String()
	}
	want := map[Word]string{
		WordDiscipline: "services.db: its order of service", WordLine: "services.web: the order of its line",
		WordLock: `services.web: lock "row"`, WordTimeout: "services.web: timeouts of calls", WordRetry: "services.web: retries",
		WordFanOut: "services.web: fanout", WordFail: "services.web: a step that fails", WordLinger: "topics.log: linger",
		WordDelivery: "topics.log: delivery at least once", WordMMPP: "workloads.w: mmpp arrivals",
		WordJobs: "jobs.nightly: the job", WordLoss: "network: loss of messages",
	}
	for w, s := range want {
		if got[w] != s {
			t.Errorf("%s: %q, want %q", w, got[w], s)
		}
	}
	if len(got) != len(want) {
		t.Errorf("%v, want %v", got, want)
	}
}

// TestPlain holds that what is left is in the base of the language, that it
// still holds together, and that what is known stays.
func TestPlain(t *testing.T) {
	m := beyond()
	plain, left := m.Plain()
	if err := plain.Check(); err != nil {
		t.Error(err)
	}
	if more := plain.Features(); len(left) == 0 || len(more) > 0 {
		t.Errorf("%d replaced, and still there: %v", len(left), more)
	}
	steps := plain.Operations[0].Steps
	if p, ok := steps[2].(Parallel); !ok || len(p.Branches) != 3 || p.Need != 2 {
		t.Errorf("the fan-out became %+v", steps[2])
	}
	if _, ok := m.Operations[0].Steps[0].(Lock); !ok {
		t.Error("the model itself was changed")
	}
	kept, left := m.Plain(WordLock, WordJobs)
	if _, ok := kept.Operations[0].Steps[0].(Lock); !ok || len(kept.Jobs) != 1 {
		t.Errorf("a known word was replaced: %+v", left)
	}
	if again, none := plain.Plain(); again != plain || none != nil {
		t.Error("a plain model is not returned as it is")
	}
}
