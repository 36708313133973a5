package watch

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"

	"github.com/headroom/headroom/measure"
)

// Summary makes part of a result of notes.
type Summary struct{ monitors []*tracks }

// Add takes in a [Note] as it was written. Notes of a monitor come in the order
// of their looks.
func (s *Summary) Add(text []byte) error {
	var n Note
	if err := json.Unmarshal(text, &n); err != nil {
		return fmt.Errorf("watch: a note that cannot be read: %w", err)
	}
	have := 0
	if n.Monitor >= 0 && n.Monitor < len(s.monitors) {
		have = len(s.monitors[n.Monitor].columns)
	}
	if err := n.check(have + len(n.Columns)); err != nil {
		return err
	}
	for len(s.monitors) <= n.Monitor {
		s.monitors = append(s.monitors, &tracks{})
	}
	s.monitors[n.Monitor].add(&n)
	return nil
}

// Scale is the axis of time that figures are laid on.
type Scale struct {
	Interval float64 // (s)
	Start    float64 // of the first interval, since the start of the measured time (s)
	Count    int
	Span     float64 // of the measured time (s)
}

// Fill adds to a result what was seen, and what is to be said of it.
func (s *Summary) Fill(r *measure.Result, scale Scale) {
	for _, t := range s.monitors {
		if t.part == "" || len(t.at) < 2 {
			continue
		}
		s.series(r, t, scale)
		target := r.Target[t.part]
		if target == nil {
			target = &measure.Target{}
			if r.Target == nil {
				r.Target = map[string]*measure.Target{}
			}
			r.Target[t.part] = target
		}
		fillResources(target, t, scale)
		fillRequests(target, t, scale)
		if t.resets > 0 {
			r.Caveats = append(r.Caveats, measure.Caveat{
				What:   fmt.Sprintf("watch: counters began anew %d times", t.resets),
				Where:  where(t.part),
				Effect: "the target was probably started anew in the middle of the run; what it counted since the look before is missing",
			})
		}
	}
}

// series lays the figures of a monitor on the axis of time.
func (s *Summary) series(r *measure.Result, t *tracks, scale Scale) {
	if scale.Count == 0 || r.Series == nil {
		return
	}
	add := func(name, unit string, at func(from, to float64) float64) {
		values, known := make(measure.Values, scale.Count), false
		for i := range values {
			from := scale.Start + float64(i)*scale.Interval
			values[i] = at(from, from+scale.Interval)
			known = known || !math.IsNaN(values[i])
		}
		if !known {
			return
		}
		if r.Series.Target == nil {
			r.Series.Target = map[string]map[string]measure.Metric{}
		}
		if r.Series.Target[t.part] == nil {
			r.Series.Target[t.part] = map[string]measure.Metric{}
		}
		of := r.Series.Target[t.part]
		for i := 2; ; i++ { // two pages of a part may have a name in common
			if _, taken := of[name]; !taken {
				break
			}
			name = strings.TrimSuffix(name, fmt.Sprintf(" #%d", i-1)) + fmt.Sprintf(" #%d", i)
		}
		of[name] = measure.Metric{Unit: unit, Values: values}
	}
	for i := range t.columns {
		if c := &t.columns[i]; c.Kind != Bucket {
			add(c.Name, c.Unit, func(from, to float64) float64 { return t.over(i, from, to) })
		}
	}
	for _, h := range t.histograms() {
		add(h.name+" mean", h.unit, h.meanOver)
		add(h.name+" p99", h.unit, func(from, to float64) float64 { return h.quantile(0.99, from, to) })
	}
}
