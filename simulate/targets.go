package simulate

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/scenarios"
)

// Target is a figure that is wanted to a precision.
type Target struct {
	Subject   string  // a workload, a service, a topic or an operation, as "shoppers" or "web.checkout"
	Metric    string  // of objectives: "mean", "p99", "errors", "utilization", …; also "in_system", "present" and "waiting"
	Precision float64 // relative half-width (1) of the 95 % interval; 0 means that of [Options]
}

// String is what the target is of, as "shoppers.p99".
func (t Target) String() string { return t.Subject + "." + t.Metric }

// TargetError is a target that a model does not have.
type TargetError struct {
	Target Target
	Why    string
}

// Error says which target, and what there is instead.
func (e *TargetError) Error() string {
	return fmt.Sprintf("simulate: precision of %v: %s", e.Target, e.Why)
}

// aim is a target of a program.
type aim struct {
	subject
	metric    string
	precision float64

	found bool    // there is a figure
	width float64 // relative half-width at the last look (1)
	short float64 // factor by which replications were too short to believe it
}

func (a *aim) String() string { return a.name + "." + a.metric }

// missed is by how much the interval is too wide: 1 or less when it is not.
func (a *aim) missed() float64 { return a.width / a.precision }

// aimsAt are the targets of options: those given, or else the mean and the p99
// of every workload's response time and of every topic's delay.
func (p *program) aimsAt(o Options) ([]*aim, error) {
	var out []*aim
	for _, t := range o.Targets {
		at, err := p.find(t.Subject)
		if err != nil {
			return nil, &TargetError{t, err.Error()}
		}
		if known := metricsOf(at.kind); !slices.Contains(known, t.Metric) {
			return nil, &TargetError{t, fmt.Sprintf("no metric %q of a %s; there are %s", t.Metric, noun(at.kind), strings.Join(known, ", "))}
		}
		if !(t.Precision >= 0) || math.IsInf(t.Precision, 1) {
			return nil, &TargetError{t, fmt.Sprintf("%v; want a finite number of at least 0", t.Precision)}
		}
		setDefault(&t.Precision, o.Precision)
		out = append(out, &aim{subject: at, metric: t.Metric, precision: t.Precision})
	}
	if out != nil {
		return out, nil
	}
	for _, at := range p.subjects() {
		if at.kind == scenarios.OfWorkload || at.kind == scenarios.OfTopic {
			for _, metric := range []string{"mean", "p99"} {
				out = append(out, &aim{subject: at, metric: metric, precision: o.Precision})
			}
		}
		// Of jobs the mean alone, and that only where there is nothing else: runs
		// are too few to wait for what is rare among them.
		if at.kind == ofJob && len(p.workloads) == 0 && !p.jobs[at.index].once {
			out = append(out, &aim{subject: at, metric: "mean", precision: o.Precision})
		}
	}
	return out, nil
}

// finest is the least precision asked for.
func (s *study) finest() float64 {
	least := math.Inf(1)
	for _, a := range s.aims {
		least = min(least, a.precision)
	}
	if math.IsInf(least, 1) { // nothing is aimed at, as of jobs that run once
		return s.o.Precision
	}
	return least
}

// assess looks at the figures aimed at.
func (s *study) assess() need {
	var out need
	w := s.windows()
	for _, a := range s.aims {
		e := s.see(a.subject, a.metric, w)
		if a.found = e.Known(); !a.found {
			continue
		}
		a.width, a.short = relative(e.Estimate), e.short
		out.width, out.worth = max(out.width, square(a.missed())), max(out.worth, e.short)
	}
	return out
}

// relative is the half-width of an estimate by its value: infinite where what
// may happen was not seen to.
func relative(e measure.Estimate) float64 {
	if e.Hi == e.Lo {
		return 0
	}
	return (e.Hi - e.Lo) / 2 / math.Abs(e.Value)
}

// widest is the target that is missed by most, or met by least; nil where
// nothing was seen of any.
func (s *study) widest() *aim {
	var out *aim
	for _, a := range s.aims {
		if a.found && (out == nil || a.missed() > out.missed()) {
			out = a
		}
	}
	return out
}

// precisionReached says in the details of a result how wide intervals are.
func (s *study) precisionReached() string {
	a := s.widest()
	if a == nil {
		return ""
	}
	return fmt.Sprintf("; precision %.2g of %.2g asked for, that of %v", a.width, a.precision, a)
}

// precisionCaveats name the targets that were not met.
func (s *study) precisionCaveats() []measure.Caveat {
	var out []measure.Caveat
	var missed, doubtful []string
	for _, a := range s.aims {
		switch {
		case !a.found && len(s.o.Targets) > 0:
			out = append(out, measure.Caveat{
				What: "simulate: precision of a figure that is not known", Where: a.where(),
				Effect: fmt.Sprintf("nothing was seen of %v", a),
			})
		case math.IsInf(a.width, 1):
			missed = append(missed, fmt.Sprintf("%v was not seen to be above 0, and has an upper bound only", a))
		case a.missed() > 1:
			missed = append(missed, fmt.Sprintf("the interval of %v is ±%.2g %%, not ±%.2g %%", a, 100*a.width, 100*a.precision))
		}
	}
	for _, a := range s.aims {
		if a.found && a.short > trusted {
			doubtful = append(doubtful, a.String())
		}
	}
	if doubtful != nil {
		out = append(out, measure.Caveat{
			What:   "simulate: replications too short",
			Effect: "for the intervals of " + strings.Join(doubtful, ", ") + " to hold the true value as often as they say",
		})
	}
	if missed != nil {
		out = append(out, measure.Caveat{What: "simulate: precision not reached", Effect: strings.Join(missed, "; ")})
	}
	return out
}

// where is the place of a subject in a scenario.
func (s subject) where() string {
	if s.kind == scenarios.OfOperation {
		service, op, _ := strings.Cut(s.name, ".")
		return "services." + service + ".operations." + op
	}
	return noun(s.kind) + "s." + s.name
}
