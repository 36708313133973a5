package loadtest

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"sync"
	"time"

	"github.com/headroom/headroom/scenarios"
)

// warden sees every request as it begins and ends, and says when the run is to
// be ended for it.
type warden struct {
	mu         sync.Mutex
	conditions []*vigil
	caps       Caps
	ended      int64
	failed     int64
	open       map[stay]int // requests under way, by workload and the second they were due in
}

// stay is a workload and a second of the run.
type stay struct {
	workload int
	second   int64
}

// newWarden is nil when there is nothing to watch for.
func newWarden(caps Caps, conditions ...scenarios.Abort) *warden {
	if len(conditions) == 0 && caps.Failed == 0 && caps.FailedShare == 0 {
		return nil
	}
	w := &warden{caps: caps, open: map[stay]int{}}
	for _, c := range conditions {
		w.conditions = append(w.conditions, &vigil{Abort: c, bins: make([]tick, 1+int(math.Ceil(c.For)))})
	}
	return w
}

func secondOf(t time.Duration) int64 { return int64(math.Floor(float64(t) / float64(time.Second))) }

// began notes a request that is about to be sent.
func (w *warden) began(workload int, due time.Duration) {
	if w == nil {
		return
	}
	w.mu.Lock()
	w.open[stay{workload, secondOf(due)}]++
	w.mu.Unlock()
}

// ends notes what became of it.
func (w *warden) ends(h *Hit) {
	if w == nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	at := stay{h.Workload, secondOf(h.Due)}
	if w.open[at]--; w.open[at] <= 0 {
		delete(w.open, at)
	}
	if h.Outcome == Cut {
		return
	}
	w.ended++
	if h.Outcome != Answered {
		w.failed++
	}
	for _, c := range w.conditions {
		c.add(h)
	}
}

// broken says which condition or cap ends the run at an instant; empty where
// none does. From is the start of the load: no condition is judged on less than
// its time.
func (w *warden) broken(now, from time.Duration) string {
	if w == nil {
		return ""
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case w.caps.Failed > 0 && w.failed > w.caps.Failed:
		return fmt.Sprintf("%d requests have failed; at most %d may", w.failed, w.caps.Failed)
	case w.caps.FailedShare > 0 && w.ended >= fewestForShare && float64(w.failed) > w.caps.FailedShare*float64(w.ended):
		return fmt.Sprintf("%d of %d requests have failed; at most %.3g %% may", w.failed, w.ended, 100*w.caps.FailedShare)
	}
	for _, c := range w.conditions {
		if now-from < duration(c.For) {
			continue
		}
		if value := c.figure(now, w.open); c.broken(value) {
			return fmt.Sprintf("%s: it was %s", c.Text, c.write(value))
		}
	}
	return ""
}

// vigil watches for one condition, second by second.
type vigil struct {
	scenarios.Abort
	bins []tick // the second that is going on, and the whole ones looked at
}

// tick is what ended in one second.
type tick struct {
	second        int64
	ended, failed int64
	sum           float64 // Σ response time of those that ended well (s)
	times         []float64
}

func (c *vigil) meant(workload int) bool { return c.Workload < 0 || c.Workload == workload }

func (c *vigil) add(h *Hit) {
	if !c.meant(h.Workload) {
		return
	}
	s := secondOf(h.Done)
	n := int64(len(c.bins))
	b := &c.bins[((s%n)+n)%n]
	switch {
	case s < b.second && b.ended > 0:
		return // too late to matter
	case s != b.second:
		*b = tick{second: s, times: b.times[:0]}
	}
	b.ended++
	if h.Outcome != Answered {
		b.failed++
		return
	}
	t := seconds(h.Done - h.Due)
	b.sum += t
	if c.Metric != "errors" && c.Metric != "throughput" && c.Metric != "mean" {
		b.times = append(b.times, t)
	}
}

// figure is that of the last whole seconds; NaN where there is none. Requests
// under way count where they show that it is worse: with the time they have
// waited by now.
func (c *vigil) figure(now time.Duration, open map[stay]int) float64 {
	last := secondOf(now) // still going on
	whole := int64(len(c.bins)) - 1
	var ended, failed int64
	sum := 0.0
	var times []float64
	for i := range c.bins {
		if b := &c.bins[i]; b.ended > 0 && b.second < last && b.second >= last-whole {
			ended, failed, sum = ended+b.ended, failed+b.failed, sum+b.sum
			times = append(times, b.times...)
		}
	}
	switch c.Metric {
	case "errors":
		if ended == 0 {
			return math.NaN()
		}
		return float64(failed) / float64(ended)
	case "throughput":
		return float64(ended-failed) / float64(whole)
	}
	n := float64(ended - failed)
	for at, count := range open {
		waited := float64(last - at.second - 1) // at least
		if !c.meant(at.workload) || c.Below || waited <= c.Limit {
			continue
		}
		n += float64(count)
		sum += waited * float64(count)
		if c.Metric != "mean" {
			times = slices.Concat(times, slices.Repeat([]float64{waited}, count))
		}
	}
	if n == 0 {
		return math.NaN()
	}
	if c.Metric == "mean" {
		return sum / n
	}
	slices.SortFunc(times, cmp.Compare[float64])
	p := map[string]float64{"p50": 0.5, "p90": 0.9, "p95": 0.95, "p99": 0.99, "p999": 0.999, "max": 1}[c.Metric]
	return times[min(max(int(math.Ceil(p*float64(len(times))*(1-1e-12)))-1, 0), len(times)-1)]
}

func (c *vigil) broken(value float64) bool {
	switch {
	case c.OrEqual && value == c.Limit:
		return true
	case c.Below:
		return value < c.Limit
	}
	return value > c.Limit // NaN is not
}

// write writes a figure of the metric.
func (c *vigil) write(value float64) string {
	switch c.Metric {
	case "errors":
		return fmt.Sprintf("%.3g %%", 100*value)
	case "throughput":
		return fmt.Sprintf("%.4g/s", value)
	}
	return round(duration(value)).String()
}
