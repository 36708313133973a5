package layered_test

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/headroom/headroom/queueing/layered"
)

// refCase is one model of ../testdata/models/lqn.json, whose README says what
// the fields mean.
type refCase struct {
	Name      string
	Tolerance map[string]float64
	Model     struct {
		Processors []struct {
			Name, Scheduling string
			Multiplicity     int
		}
		Tasks []refTask
	}
	Expected map[string]refAnswer
}

type refTask struct {
	Name, Processor, Scheduling string
	Multiplicity                int
	Think                       float64 `json:"think_time"`
	Priority                    int
	Entries                     []refEntry
	Activities                  []refPhase
	Precedence                  []struct {
		Join, Fork string
		From       []string
		To         []struct {
			Activity    string
			Prob, Count float64
		}
		End    string
		Quorum int
	}
	Replies map[string][]string
}

type refEntry struct {
	Name       string
	Phases     []refPhase
	Forwarding []struct {
		Dest string
		Prob float64
	}
	Open float64 `json:"open_arrival_rate"`
}

type refPhase struct {
	Name   string
	Demand float64
	SCV    *float64 `json:"demand_scv"`
	Order  string   `json:"call_order"`
	Phase  int
	Bound  string `json:"bound_to_entry"`
	Calls  []struct {
		Type, Dest string
		Mean       float64
	}
}

type refAnswer struct {
	Tasks map[string]struct {
		Throughput, Utilization float64
	}
	Entries map[string]struct {
		Throughput float64
		Phases     map[string]float64 `json:"service_time_by_phase"`
		First      float64            `json:"phase1_service_time"`
		Open       float64            `json:"open_wait_time"`
	}
	Processors map[string]struct{ Utilization float64 }
	Activities map[string]struct {
		Service float64 `json:"service_time"`
	}
}

func refCases(t testing.TB) []refCase {
	t.Helper()
	raw, err := os.ReadFile("../testdata/models/lqn.json")
	if err != nil {
		t.Fatal(err)
	}
	var all []refCase
	if err := json.Unmarshal(raw, &all); err != nil {
		t.Fatal(err)
	}
	return all
}

func (c refCase) model() *layered.Model {
	m := &layered.Model{}
	for _, p := range c.Model.Processors {
		d := map[string]layered.Discipline{"fcfs": layered.FCFS, "ps": layered.PS, "inf": layered.Delay, "hol": layered.HeadOfLine, "pp": layered.Preemptive}
		m.Processors = append(m.Processors, layered.Processor{Name: p.Name, Discipline: d[p.Scheduling], Servers: p.Multiplicity})
	}
	for _, t := range c.Model.Tasks {
		m.Tasks = append(m.Tasks, t.task())
	}
	return m
}

func (t refTask) task() layered.Task {
	out := layered.Task{
		Name: t.Name, Processor: t.Processor, Threads: t.Multiplicity,
		Reference: t.Scheduling == "ref", Think: t.Think, Priority: t.Priority,
	}
	if t.Scheduling == "inf" {
		out.Threads = 0
	}
	bound := map[string]string{}
	for _, a := range t.Activities {
		act := layered.Activity{Name: a.Name, Phase: a.phase()}
		for e, all := range t.Replies {
			for _, r := range all {
				if r == a.Name {
					act.Replies = append(act.Replies, e)
				}
			}
		}
		bound[a.Bound] = a.Name
		out.Activities = append(out.Activities, act)
	}
	kind := map[string]layered.Kind{"seq": layered.Sequence, "and": layered.And, "or": layered.Or, "loop": layered.Loop}
	for _, p := range t.Precedence {
		o := layered.Precedence{Join: kind[p.Join], From: p.From, Quorum: p.Quorum, Fork: kind[p.Fork], End: p.End}
		for _, b := range p.To {
			o.To = append(o.To, layered.Branch{Activity: b.Activity, P: b.Prob, Count: b.Count})
		}
		out.Order = append(out.Order, o)
	}
	for _, e := range t.Entries {
		x := layered.Entry{Name: e.Name, OpenRate: e.Open}
		for i := range e.Phases {
			for len(x.Phases)+1 < e.Phases[i].Phase {
				x.Phases = append(x.Phases, layered.Phase{})
			}
			x.Phases = append(x.Phases, e.Phases[i].phase())
		}
		if len(e.Phases) == 0 {
			x.Start = bound[e.Name]
		}
		for _, f := range e.Forwarding {
			x.Forward = append(x.Forward, layered.Forward{Entry: f.Dest, P: f.Prob})
		}
		out.Entries = append(out.Entries, x)
	}
	return out
}

func (p refPhase) phase() layered.Phase {
	out := layered.Phase{Demand: p.Demand, SCV: 1, Fixed: p.Order == "deterministic"}
	if p.SCV != nil {
		out.SCV = *p.SCV
	}
	for _, c := range p.Calls {
		out.Calls = append(out.Calls, layered.Call{Entry: c.Dest, Mean: c.Mean, Async: c.Type == "async"})
	}
	return out
}
