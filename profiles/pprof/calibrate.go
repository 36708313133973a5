package pprof

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/scenarios"
	"github.com/headroom/headroom/scenarios/dist"
)

// Calibrated is a value that a scenario should have, and where it is from.
type Calibrated struct {
	Path   string  `json:"path"`            // in the scenario, as services.web.operations.buy[0].cpu
	Text   string  `json:"text"`            // of the value, as exp(3ms)
	Before string  `json:"before,omitzero"` // what stands there
	Lo     float64 `json:"lo,omitzero"`     // (s)
	Hi     float64 `json:"hi,omitzero"`     // 95 % interval of its mean (s)
	Source string  `json:"source,omitzero"` // as "profile of 3120 samples"
	Date   string  `json:"date,omitzero"`   // as "2026-12-01", or empty
}

// Calibrate says what the cpu steps of a model should ask for, from the demand
// of its operations. A distribution keeps its family and its spread, which a
// profile says nothing about, and gets the mean that was measured; several steps
// of an operation keep their proportions. What cannot be set becomes a caveat.
//
// Demands of a model are at the speed that services have, and values are
// written as if it were 1: written is the same model with every speed 1.
func Calibrate(m, written *scenarios.Model, d *Demand) ([]Calibrated, []measure.Caveat) {
	var (
		out     []Calibrated
		caveats []measure.Caveat
	)
	refuse := func(op, why string) {
		caveats = append(caveats, measure.Caveat{What: op + " is left as it is", Effect: why})
	}
	if d.Type != "cpu" {
		return nil, []measure.Caveat{{What: "no cpu step is calibrated", Effect: "the profile is of " + d.Type + ", not of processor time"}}
	}
	for i := range d.Operations {
		p := &d.Operations[i]
		if p.Name == Unassigned {
			continue
		}
		id, ok := m.OpByName(p.Name)
		switch {
		case !ok:
			refuse(p.Name, "the scenario has no such operation")
			continue
		case !p.Full.Known():
			refuse(p.Name, "the number of its requests is not known; give --throughput "+p.Name+"=RATE or --run")
			continue
		}
		steps, why := cpuSteps(m.Operations[id].Steps)
		if why != "" {
			refuse(p.Name, why)
			continue
		}
		as, _ := cpuSteps(written.Operations[id].Steps)
		out = append(out, calibrateSteps(p, steps, as, d)...)
	}
	slices.SortFunc(out, func(x, y Calibrated) int { return cmp.Compare(x.Path, y.Path) })
	return out, caveats
}

// cpuSteps are the cpu steps of an operation, or why they cannot be set.
func cpuSteps(steps []scenarios.Step) (top []scenarios.CPU, why string) {
	for _, s := range steps {
		if c, ok := s.(scenarios.CPU); ok {
			top = append(top, c)
		}
	}
	all, sum := 0, 0.0
	scenarios.WalkSteps(steps, func(s scenarios.Step) {
		if _, ok := s.(scenarios.CPU); ok {
			all++
		}
	})
	for _, c := range top {
		sum += c.Demand.Mean()
	}
	switch {
	case all == 0:
		return nil, "it has no cpu step to write to; add one"
	case all > len(top):
		return nil, "it has cpu steps within others (parallel, choose, repeat), and a profile does not tell them apart"
	case !(sum > 0):
		return nil, "its cpu steps ask for nothing, which has no proportions to keep; write any time there first"
	}
	return top, ""
}

func calibrateSteps(p *Part, steps, written []scenarios.CPU, d *Demand) []Calibrated {
	sum := 0.0
	for _, c := range steps {
		sum += c.Demand.Mean()
	}
	var out []Calibrated
	for i, w := range written {
		share := w.Demand.Mean() / sum // of the whole, at the speed that values are written for
		date := ""
		if !d.Taken.IsZero() {
			date = d.Taken.Format(time.DateOnly)
		}
		out = append(out, Calibrated{
			Path: yamlPath(steps[i].Path()), Text: rounded(w.Demand.Scaled(p.Full.Value / sum)), Before: w.Demand.String(),
			Lo: p.Full.Lo * share, Hi: p.Full.Hi * share, Source: source(d), Date: date,
		})
	}
	return out
}

// long is a number with more digits than a measurement has.
var long = regexp.MustCompile(`\d+\.\d{4,}`)

// rounded is a distribution as text, its numbers to four digits.
func rounded(d dist.Dist) string {
	return long.ReplaceAllStringFunc(d.String(), func(s string) string {
		v, err := strconv.ParseFloat(s, 64)
		if err != nil {
			return s
		}
		return strconv.FormatFloat(v, 'g', 4, 64)
	})
}

// yamlPath is where web.buy/2 stands in the text of a scenario.
func yamlPath(path string) string {
	name, step, _ := strings.Cut(path, "/")
	service, op, _ := strings.Cut(name, ".")
	return fmt.Sprintf("services.%s.operations.%s[%s].cpu", service, op, step)
}

func source(d *Demand) string {
	if d.Samples > 0 {
		return fmt.Sprintf("profile of %.0f samples", d.Samples)
	}
	return "profile"
}

// Edits are what to write into the text of a scenario, each value with where it
// is from.
func Edits(all []Calibrated) []scenarios.Edit {
	out := make([]scenarios.Edit, 0, len(all))
	for _, c := range all {
		from := &scenarios.Provenance{From: c.Source, Date: c.Date}
		if c.Hi > c.Lo {
			from.Confidence, from.Lo, from.Hi = confidence, c.Lo, c.Hi
		}
		out = append(out, scenarios.Edit{Path: c.Path, Value: c.Text, From: from})
	}
	return out
}
