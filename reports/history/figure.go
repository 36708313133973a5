package history

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/headroom/headroom/measure"
)

// Point is one figure of one run.
type Point struct {
	ID     string    `json:"id"`
	At     time.Time `json:"at"`
	Commit string    `json:"commit,omitempty"`
	Value  float64   `json:"value"` // in the unit that the result has: (s), (1/s) or (1)
}

// Figures are the figures of a result by their short names: shoppers.p99,
// db.utilization, db.query.mean, orders.depth. What is not a response time or a
// delay keeps the name of the time, as in db.waiting_time.p99.
func Figures(r *measure.Result) (map[string]float64, error) {
	out := map[string]float64{}
	raw, err := json.Marshal(struct {
		W any `json:"w"`
		O any `json:"o"`
		S any `json:"s"`
		T any `json:"t"`
	}{r.Workloads, r.Operations, r.Services, r.Topics})
	if err != nil {
		return nil, fmt.Errorf("history: %w", err)
	}
	var sections map[string]map[string]any
	if err := json.Unmarshal(raw, &sections); err != nil {
		return nil, fmt.Errorf("history: %w", err)
	}
	for _, section := range []string{"w", "o", "s", "t"} {
		for name, v := range sections[section] {
			collect(out, name, v)
		}
	}
	return out, nil
}

func collect(out map[string]float64, name string, v any) {
	parts, ok := v.(map[string]any)
	if !ok {
		return
	}
	if x, ok := parts["value"].(float64); ok {
		if _, taken := out[name]; !taken {
			out[name] = x
		}
		return
	}
	for _, key := range slices.Sorted(maps.Keys(parts)) {
		if key == "response_time" || key == "delay" {
			collect(out, name, parts[key])
		} else {
			collect(out, name+"."+key, parts[key])
		}
	}
}

// SeriesOf is one figure of runs, in their order. Runs that do not have it are
// left out; that none has it is an error that names those that there are.
func SeriesOf(runs []Run, metric string) ([]Point, error) {
	var (
		out   []Point
		known = map[string]bool{}
	)
	for _, r := range runs {
		figures, err := Figures(r.Result)
		if err != nil {
			return nil, err
		}
		for name := range figures {
			known[name] = true
		}
		if v, ok := figures[metric]; ok {
			out = append(out, Point{ID: r.ID, At: r.At, Commit: r.Commit, Value: v})
		}
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("no run has %q; want one of %s", metric, strings.Join(slices.Sorted(maps.Keys(known)), ", "))
	}
	return out, nil
}
