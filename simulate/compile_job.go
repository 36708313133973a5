package simulate

import (
	"fmt"

	"github.com/headroom/headroom/scenarios"
	"github.com/headroom/headroom/scenarios/dist"
)

// jobSpec is a job as it is simulated.
type jobSpec struct {
	name   string
	once   bool
	every  dist.Dist
	stages []stageSpec
}

type stageSpec struct {
	name      string
	op        int32
	tasks     int32
	slots     int32
	entry     int32 // first instruction of a task
	speculate float64
	after     []int // stages that must have ended
	before    []int32
}

// job compiles a job. A task is a client that asks one operation, when it has
// its data.
func (c *compiler) job(j *scenarios.Job) {
	where := "jobs." + j.Name
	out := jobSpec{name: j.Name, once: j.Every.IsZero(), every: j.Every}
	c.passes(j.Every, where+".every")
	if len(j.Stages) == 0 {
		c.fail("%s: no stages", where)
	}
	c.serving = -1
	for i := range j.Stages {
		out.stages = append(out.stages, c.stage(fmt.Sprintf("%s/%d", where, i), i, &j.Stages[i], j))
	}
	for i := range out.stages {
		for _, b := range out.stages[i].after {
			if b < 0 || b >= i {
				c.fail("%s: stage %d comes after stage %d", where, i, b)
				return
			}
			out.stages[b].before = append(out.stages[b].before, int32(i))
		}
	}
	c.jobs = append(c.jobs, out)
}

func (c *compiler) stage(path string, i int, s *scenarios.Stage, j *scenarios.Job) stageSpec {
	out := stageSpec{name: s.Name, op: int32(s.Op), tasks: int32(s.Tasks), slots: int32(s.Slots), speculate: s.Speculate, after: s.After}
	if s.Tasks < 1 || s.Tasks > indexMask || s.Slots < 0 || !(s.Speculate >= 0) {
		c.fail("%s: %d tasks on %d slots, a second copy after %v medians", path, s.Tasks, s.Slots, s.Speculate)
		return out
	}
	if s.Slots == 0 || s.Slots > s.Tasks {
		out.slots = int32(s.Tasks)
		if s.Speculate > 0 && s.Slots > s.Tasks {
			out.slots = int32(min(s.Slots, 2*s.Tasks)) // room for copies
		}
	}
	if len(s.After) == 0 && i > 0 {
		out.after = []int{i - 1}
	}
	var steps []scenarios.Step
	if !s.Shuffle.IsZero() {
		steps = append(steps, scenarios.Wait{At: scenarios.At(path + "/shuffle"), Time: s.Shuffle})
	}
	if s.Local < 1 && !s.Fetch.IsZero() {
		fetch := scenarios.Wait{At: scenarios.At(path + "/fetch"), Time: s.Fetch}
		steps = append(steps, scenarios.Choose{At: scenarios.At(path + "/local"), Branches: []scenarios.Branch{{P: s.Local}, {P: 1 - s.Local, Steps: []scenarios.Step{fetch}}}})
	}
	steps = append(steps, scenarios.Call{At: scenarios.At(path + "/task"), Op: s.Op})
	out.entry = c.sequence(steps, false)
	c.cancels = c.cancels || s.Speculate > 0
	return out
}

// jobTraffic is what a run of each job asks of the cores of each service, as
// [newTraffic] has it for requests; second copies, and tasks run again, are left out.
func jobTraffic(p *program) traffic {
	nodes := p.nodes()
	t := traffic{}
	for i := range p.jobs {
		entries := make([]float64, len(nodes))
		for s := range p.jobs[i].stages {
			st := &p.jobs[i].stages[s]
			entries[st.op] += float64(st.tasks)
		}
		demand, peak := p.demands(nodes, solveTraffic(nodes, entries, nil))
		t.demand = append(t.demand, demand)
		t.peak = append(t.peak, peak)
	}
	return t
}

// jobLoad is the load (1, of all cores: s/s) on service i by the jobs that come
// again and again.
func (s *study) jobLoad(i int) float64 {
	load := 0.0
	for j := range s.jobs {
		if !s.jobs[j].once {
			load += s.batch.peak[j][i] / s.jobs[j].every.Mean()
		}
	}
	return load
}
