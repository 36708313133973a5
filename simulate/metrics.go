package simulate

import (
	"fmt"
	"math"
	"strings"

	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/scenarios"
)

// seen is a figure, what every replication adds to its error, and the factor by
// which the replications are too short for its interval to be believed.
type seen struct {
	measure.Estimate
	moves  moves
	short  float64
	scarce bool // a quantile that so little lies beyond that results leave it out
}

// subject is a workload, an operation, a service or a topic.
type subject struct {
	kind  scenarios.SubjectKind
	index int
	name  string
}

// ofJob is the kind of a job, which no objective is about.
const ofJob = scenarios.OfTopic + 1

// noun is what a kind of subject is called.
func noun(k scenarios.SubjectKind) string {
	return [...]string{"workload", "operation", "service", "topic", "job"}[k]
}

// subjects are all that a program has figures of, in the order in which a name
// that is used twice is understood, which is that of objectives.
func (p *program) subjects() []subject {
	var out []subject
	for i := range p.services {
		out = append(out, subject{scenarios.OfService, i, p.services[i].name})
	}
	for i := range p.channels {
		out = append(out, subject{scenarios.OfTopic, i, p.channels[i].name})
	}
	for i := range p.workloads {
		out = append(out, subject{scenarios.OfWorkload, i, p.workloads[i].name})
	}
	for i := range p.operations {
		out = append(out, subject{scenarios.OfOperation, i, p.operations[i].name})
	}
	for i := range p.jobs {
		out = append(out, subject{ofJob, i, p.jobs[i].name})
	}
	return out
}

// find is the subject of a name.
func (p *program) find(name string) (subject, error) {
	var names []string
	for _, s := range p.subjects() {
		if s.name == name {
			return s, nil
		}
		names = append(names, s.name)
	}
	return subject{}, fmt.Errorf("no service, topic, workload or operation %q; there are %s", name, strings.Join(names, ", "))
}

// findOf is the subject that another program knows by the same name.
func (p *program) findOf(of subject) (subject, error) {
	for _, s := range p.subjects() {
		if s.kind == of.kind && s.name == of.name {
			return s, nil
		}
	}
	return subject{}, fmt.Errorf("no %s %q", noun(of.kind), of.name)
}

// quantileShares are the percentiles by name.
var quantileShares = map[string]float64{"p50": 0.5, "p90": 0.9, "p95": 0.95, "p99": 0.99, "p999": 0.999}

// metricsOf are the names of the figures of a kind of subject, as objectives have
// them; times are response times, or delays of a topic.
func metricsOf(k scenarios.SubjectKind) []string {
	times := []string{"mean", "p50", "p90", "p95", "p99", "p999"}
	switch k {
	case scenarios.OfWorkload:
		return append([]string{"throughput", "errors", "in_system"}, times...)
	case scenarios.OfOperation:
		return append([]string{"throughput"}, times...)
	case scenarios.OfService:
		return append([]string{"utilization", "throughput", "present", "waiting", "p_wait", "rejected"}, times...)
	case ofJob:
		return append([]string{"throughput"}, times...)
	default:
		return append([]string{"throughput", "depth"}, times...)
	}
}

// see is the figure of a subject in the windows w of the measured part. It is
// not known where nothing was seen of it.
func (s *study) see(of subject, metric string, w []totals) seen {
	if q, ok := quantileShares[metric]; ok {
		return s.times(of).seenQuantile(q)
	}
	if metric == "mean" {
		return s.times(of).seenMean()
	}
	r, most := s.sums(of, metric, w)
	value, m := r.moves()
	out := seen{Estimate: r.figure(0, most), moves: m, short: worth(value, m)}
	if most == 1 {
		out.Estimate = r.share()
	}
	return out
}

// times are the times of a subject.
func (s *study) times(of subject) sample {
	switch of.kind {
	case scenarios.OfWorkload:
		return s.responses(of.index)
	case scenarios.OfOperation:
		return s.visits(of.index)
	case scenarios.OfService:
		return s.serviceTimes(&s.services[of.index])
	case ofJob:
		return s.sample(func(k *kernel) *histogram { return &k.jobs[of.index].makespan })
	default:
		return s.delaysOf(s.groupsOf(of.index))
	}
}

// sums are a figure that is a ratio of sums, and the most it can be.
func (s *study) sums(of subject, metric string, w []totals) (r ratio, most float64) {
	many := math.Inf(1)
	switch of.kind {
	case scenarios.OfWorkload:
		c := s.sourceCol(of.index)
		switch metric {
		case "errors":
			return s.losses(of.index, w), 1
		case "in_system":
			return over(w, c+srcRunning, atTime), many
		}
		return over(w, c+srcWell, atTime), many
	case scenarios.OfOperation:
		return over(w, s.operationCol(of.index)+opDone, atTime), many
	case scenarios.OfTopic:
		groups := s.groupsOf(of.index)
		if metric == "depth" {
			return s.sumOf(groups, w, toDepth, perTime), many
		}
		return s.sumOf(groups, w, toConsumed, perTime), many
	case ofJob:
		return over(w, s.jobCol(of.index)+joEnded, atTime), many
	}
	c := s.stationCol(of.index)
	switch metric {
	case "utilization":
		return s.utilization(of.index, w), 1
	case "p_wait":
		return over(w, c+stFound, c+stArrivals), 1
	case "rejected":
		return over(w, c+stRefused, c+stArrivals), 1
	case "present":
		return over(w, c+stPresent, atTime), many
	case "waiting":
		return s.line(of.index, w), many
	}
	return s.answered(of.index, w), many
}

// seenMean is the mean time. Each replication must be worth some independent
// times: by the variance of the replications, against that of one time alone.
func (s sample) seenMean() seen {
	if s.n() == 0 {
		return seen{}
	}
	r := s.mean()
	mean, m := r.moves()
	out := seen{Estimate: r.figure(0, math.Inf(1)), moves: m}
	// Times that are alike but for rounding need no more than they have.
	if ofOne := s.stddev(mean).Value; ofOne > 1e-9*mean {
		out.short = max(m.lopsided(), independent*square(m.sd()/ofOne))
	}
	return out
}

// seenQuantile is the time that a share q does not exceed. What a replication
// adds to its error is told by what it would be without that one (the jackknife,
// which holds for quantiles where as much is left out at a time as a
// replication is: [ShWu89]); where two distributions are compared, the bends of
// both, of which a straight line would know nothing, are in the difference.
// Each replication must be worth some excursions beyond the quantile.
func (s sample) seenQuantile(q float64) seen {
	p := s.pooled()
	if p.n == 0 {
		return seen{}
	}
	out := seen{Estimate: s.quantiles(p, []float64{q})[0], scarce: p.n*(1-q) < beyond}
	below, m := s.atMost([]float64{out.Value})[0].moves()
	out.short = max(tailRequests*float64(len(s))/(p.n*min(q, 1-q)), worth(min(below, 1-below), m))
	out.moves = make(moves, len(s))
	others := float64(len(s) - 1)
	for i, h := range s {
		out.moves[i] = others * (out.Value - p.without(h).quantile(q))
	}
	mean := average(out.moves)
	for i := range out.moves {
		out.moves[i] -= mean
	}
	return out
}

// worth is the factor by which replications are too short to be worth some
// independent events each, where a share or a rate of events was seen: that of
// n independent events strays by 1/√n of itself. Nor may they be lopsided.
func worth(value float64, m moves) float64 {
	if !(value > 0) {
		return 0
	}
	return max(m.lopsided(), excursions*square(m.sd()/value))
}
