package reports

import (
	"fmt"
	"slices"
	"strings"

	"github.com/headroom/headroom/measure"
)

// runOf says all there is to say of how a result was made.
func runOf(x *part, n Named, several bool) runView {
	r := n.Result
	v := runView{Name: n.Name, Method: methodWords(r.Method), How: r.Run.Detail}
	if several {
		v.Part = x.label()
	}
	add := func(term, text string) {
		if text != "" {
			v.Facts = append(v.Facts, termView{term, text})
		}
	}
	if r.Method != measure.Analytic {
		add("seed", fmt.Sprint(r.Run.Seed))
	}
	if r.Run.Replications > 0 {
		add("replications", fmt.Sprint(r.Run.Replications))
	}
	if r.Run.Duration > 0 {
		add("observed", seconds.plain(r.Run.Duration))
	}
	if r.Run.Warmup > 0 {
		add("warm-up cut off", seconds.plain(r.Run.Warmup))
	}
	if r.Run.Requests > 0 {
		add("requests", grouped(r.Run.Requests))
	}
	add("target", r.Run.Target)
	if !r.Run.Started.IsZero() {
		add("started", r.Run.Started.UTC().Format("2006-01-02 15:04:05 MST"))
	}
	add("tool", r.Run.Tool)
	return v
}

// grouped writes a count with its digits in threes.
func grouped(n int64) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "\u202f" + s[i:]
	}
	return s
}

// digests are those of the scenarios that the results are of.
func digests(parts []*part) []string {
	var out []string
	for _, x := range parts {
		for _, n := range x.results {
			if d := n.Result.Scenario.SHA256; d != "" && !slices.Contains(out, d) {
				out = append(out, d)
			}
		}
	}
	return out
}

func methodWords(m measure.Method) string {
	switch m {
	case measure.Analytic:
		return "predicted by formulas"
	case measure.Simulation:
		return "predicted by simulation"
	case measure.LoadTest:
		return "measured on a live system"
	default:
		return string(m)
	}
}

// assumptions are what every figure of the page rests on.
func assumptions(p *Page) []string {
	out := []string{
		"Intervals are 95 % confidence intervals. A figure without one is exact for its method, or was measured and is taken as it stands.",
		"A figure that a method cannot know is left out, never shown as zero.",
		"An objective passes when the whole interval of its figure is within the limit, fails when the whole interval is beyond it, and is undecided otherwise.",
	}
	if p.Model == nil {
		return out
	}
	var open []string
	for i := range p.Model.Workloads {
		if w := &p.Model.Workloads[i]; w.Open() {
			open = append(open, w.Name)
		}
	}
	if len(open) > 0 {
		out = append(out, "Requests of "+strings.Join(open, ", ")+" arrive whether or not earlier ones were answered (open load).")
	}
	if p.Model.Live.Cells > 1 {
		out = append(out, fmt.Sprintf("A cell is 1/%d of the replicas, partitions and load. Its times and utilizations are those of the whole as long as replicas are picked at random.", p.Model.Live.Cells))
	}
	return out
}

// definitions are what the words of the page mean.
func definitions() []termView {
	return []termView{
		{"response time", "from the moment a request arrives to its answer. In a load test it runs from when the request was due, not from when a late generator sent it."},
		{"p99", "the time that 99 % of the requests do not exceed; p50 is the median."},
		{"throughput", "requests answered well per second; of a topic, messages worked off per second."},
		{"failed", "share of the requests that ended without a good answer: rejected, timed out, wrong status, broken connection."},
		{"utilization", "share of the time that the cores of a service are busy, over all its replicas."},
		{"present, waiting", "mean number of requests at a service, and of those in line for a thread or a core."},
		{"p_wait", "probability that a request finds every core of its replica busy, or no thread free."},
		{"delay, batch, depth", "of a topic: time from publish to the end of the message's batch, messages in a batch, messages published and not yet done."},
		{"redelivered, dead", "of a topic that delivers at least once: deliveries of one message after the first, and the share of the messages that used up theirs."},
		{"makespan", "of a job: from the start of a run to the end of its last stage."},
		{"saturates", "has all its cores busy all the time; from there on its line grows without end."},
		{"headroom", "how many times the load can grow, all workloads in proportion, until the first service saturates."},
	}
}
