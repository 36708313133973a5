package reports

import (
	"fmt"
	"strings"

	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/scenarios"
)

// box is a vertex of the system's graph with what is written in it.
type box struct {
	vertex
	name  string
	lines []string // under the name
	// Of a service:
	busy       measure.Estimate // utilization (1)
	limit      float64          // utilization allowed (1), 0 for none
	bottleneck bool
	mood       mood // of its objectives
}

// systemGraph is the picture of a system under load.
type systemGraph struct {
	m     *scenarios.Model
	r     *measure.Result
	boxes []box
	flows []flow
	index map[vertex]int
}

// graphOf is the graph of a model with the figures of a result.
func graphOf(m *scenarios.Model, r *measure.Result) *systemGraph {
	g := &systemGraph{m: m, r: r, index: map[vertex]int{}}
	for i := range m.Workloads {
		g.add(g.workload(i))
	}
	for i := range m.Services {
		g.add(g.service(i))
	}
	for i := range m.Topics {
		g.add(g.topic(i))
	}
	g.flows = flows(m, r)
	return g
}

func (g *systemGraph) add(b box) {
	g.index[b.vertex] = len(g.boxes)
	g.boxes = append(g.boxes, b)
}

func (g *systemGraph) workload(i int) box {
	w := &g.m.Workloads[i]
	b := box{vertex: vertex{workloadVertex, i}, name: w.Name, mood: g.moodOf(w.Name)}
	x := g.r.Workloads[w.Name]
	switch {
	case !w.Open():
		b.lines = append(b.lines, number.plain(float64(w.Users))+" users")
	case x != nil && x.Offered.Known():
		b.lines = append(b.lines, perSecond.text(x.Offered.Value))
	default:
		b.lines = append(b.lines, perSecond.text(w.Arrivals.Rate))
	}
	if x != nil && x.Response != nil {
		b.lines = append(b.lines, timeLine(x.Response, ""))
	}
	return b
}

// timeLine is the p99 of a time, or its mean.
func timeLine(t *measure.Times, what string) string {
	switch {
	case t.P99.Known():
		return what + "p99 " + seconds.text(t.P99.Value)
	case t.Mean.Known():
		return what + "mean " + seconds.text(t.Mean.Value)
	}
	return ""
}

func (g *systemGraph) service(i int) box {
	s := &g.m.Services[i]
	b := box{vertex: vertex{serviceVertex, i}, name: s.Name, mood: g.moodOf(s.Name), bottleneck: s.Name == g.r.Bottleneck}
	size := fmt.Sprintf("%d × %d cores", s.Replicas, s.Cores)
	if s.Cores == 1 {
		size = fmt.Sprintf("%d × 1 core", s.Replicas)
	}
	b.lines = append(b.lines, size)
	if x := g.r.Services[s.Name]; x != nil {
		b.busy = x.Utilization
	}
	for _, o := range g.m.Objectives {
		if o.Subject == s.Name && o.Metric == "utilization" {
			b.limit = o.Limit
		}
	}
	return b
}

func (g *systemGraph) topic(i int) box {
	t := &g.m.Topics[i]
	b := box{vertex: vertex{topicVertex, i}, name: t.Name, mood: g.moodOf(t.Name)}
	b.lines = append(b.lines, number.plain(float64(t.Partitions))+" partitions")
	if x := g.r.Topics[t.Name]; x != nil && x.Delay != nil {
		b.lines = append(b.lines, timeLine(x.Delay, "delay "))
	}
	return b
}

// moodOf is the worst verdict on the objectives of a subject.
func (g *systemGraph) moodOf(subject string) mood {
	worst := neutral
	for _, o := range g.r.Objectives {
		if o.Subject == subject {
			if m := moodOf(o.Verdict); m > worst {
				worst = m
			}
		}
	}
	return worst
}

// level is the mood of a utilization: against its objective, or where it has
// none against 70 % and 85 %, above which waiting grows fast in any queue.
func (b *box) level() mood {
	u := b.busy.Value
	switch {
	case b.limit > 0 && u > b.limit:
		return bad
	case b.limit > 0:
		return good
	case u > 0.85:
		return bad
	case u > 0.7:
		return doubtful
	}
	return good
}

// describe is the graph in words.
func (g *systemGraph) describe() string {
	var out []string
	for _, b := range g.boxes {
		s := b.name + ": " + strings.Join(b.lines, ", ")
		if b.busy.Known() {
			s += ", " + share.text(b.busy.Value) + " busy"
		}
		if b.bottleneck {
			s += ", the bottleneck"
		}
		out = append(out, s)
	}
	for _, f := range g.flows {
		s := g.boxes[g.index[f.from]].name + " to " + g.boxes[g.index[f.to]].name
		if f.rate > 0 {
			s += " " + perSecond.text(f.rate)
		}
		out = append(out, s)
	}
	return strings.Join(out, "; ") + "."
}
