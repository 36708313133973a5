package queueing

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/queueing/layered"
	"github.com/headroom/headroom/scenarios"
)

// MethodName names a way to solve a model, by the word of the field.
type MethodName string

// Ways to solve a model. Those from ByMVA on give means and no percentiles.
const (
	ByChoice       MethodName = "auto"            // what [Solve] picks for each part of the model
	ByExact        MethodName = "exact"           // the same, an error where it would not be exact
	ByChain        MethodName = "ctmc"            // the Markov chain of all states: [SolveMarkov]
	ByMVA          MethodName = "mva"             // exact mean value analysis: [MixedMVA], [ServersMVA]
	ByConvolution  MethodName = "convolution"     // normalising constants: [MixedConvolution]
	BySchweitzer   MethodName = "bard-schweitzer" // approximate mean value analysis: [Schweitzer]
	ByLinearizer   MethodName = "linearizer"      // a closer one: [Linearizer]
	ByProductForm  MethodName = "product-form"    // every station of an open network on its own: [ProductForm]
	ByQNA          MethodName = "qna"             // streams by two moments: [QNA]
	ByLayers       MethodName = "layered"         // the method of layers: [layered.Solve]
	ByBounds       MethodName = "bounds"          // what the throughput of one class lies between: [Bounds]
	aliasAMVA      MethodName = "amva"            // of BySchweitzer
	aliasOfUnknown MethodName = ""                // of ByChoice
)

// MethodNames lists the ways to solve a model, aliases left out.
func MethodNames() []MethodName {
	return []MethodName{
		ByChoice, ByExact, ByChain, ByMVA, ByConvolution, BySchweitzer, ByLinearizer, ByProductForm, ByQNA, ByLayers, ByBounds,
	}
}

// ParseMethod reads the name of a method, or an alias of one; the empty name is
// [ByChoice].
func ParseMethod(name string) (MethodName, error) {
	switch n := MethodName(name); {
	case n == aliasOfUnknown:
		return ByChoice, nil
	case n == aliasAMVA:
		return BySchweitzer, nil
	case slices.Contains(MethodNames(), n):
		return n, nil
	}
	return "", fmt.Errorf("queueing: no method %q; want one of %s", name, listed(MethodNames()))
}

func listed(names []MethodName) string {
	texts := make([]string, len(names))
	for i, n := range names {
		texts[i] = string(n)
	}
	return strings.Join(texts, ", ")
}

// ErrMisfit is what a [MisfitError] is, for errors.Is.
var ErrMisfit = errors.New("queueing: the method does not fit the scenario")

// MisfitError says that a model is not what a method is for.
type MisfitError struct {
	Method  MethodName
	Reasons []measure.Caveat // what of the model does not fit, and where
	Fitting []MethodName     // methods that do
}

// Error implements error.
func (e *MisfitError) Error() string {
	lines := make([]string, len(e.Reasons))
	for i, r := range e.Reasons {
		lines[i] = r.Where + ": " + r.What
	}
	return fmt.Sprintf("queueing: the method %s does not fit the scenario: %s; these do: %s; a simulation does too",
		e.Method, strings.Join(lines, "; "), listed(e.Fitting))
}

// Unwrap makes it an [ErrMisfit].
func (e *MisfitError) Unwrap() error { return ErrMisfit }

// solveForced solves a model by one method for all of it.
func solveForced(ctx context.Context, m *scenarios.Model, o Options) (*measure.Result, error) {
	by, err := ParseMethod(string(o.Method))
	if err != nil {
		return nil, err
	}
	if m == nil {
		return nil, errNoModel
	}
	if err := m.Check(); err != nil {
		return nil, badModel(err)
	}
	if beyond := m.Features(); len(beyond) > 0 {
		reasons := make([]measure.Caveat, len(beyond))
		for i, b := range beyond {
			reasons[i] = measure.Caveat{What: b.What, Where: b.Where}
		}
		return nil, &MisfitError{by, reasons, []MethodName{ByChoice}}
	}
	f, err := newFlat(m)
	if err != nil {
		return nil, err
	}
	method := forcedMethods()[by]
	all := f.misfits()
	if reasons := refusedBy(method, all); len(reasons) > 0 {
		return nil, &MisfitError{by, reasons, fitting(all)}
	}
	if f.unstable() {
		return strictly(f.unstableResult(by), o)
	}
	r, err := method.solve(ctx, f)
	if what := beyond(err); what != "" {
		others := slices.DeleteFunc(fitting(all), func(n MethodName) bool { return n == by })
		return nil, &MisfitError{by, []measure.Caveat{{Where: "model", What: what}}, others}
	}
	if err != nil {
		return nil, fmt.Errorf("queueing: method %s: %w", by, err)
	}
	for _, is := range all {
		if text, some := method.takes[is.kind]; some {
			r.Caveats = append(r.Caveats, measure.Caveat{What: "queueing: " + is.What, Where: is.Where, Effect: text})
		}
	}
	r.Caveats = append(r.Caveats, measure.Caveat{
		What: fmt.Sprintf("queueing: the method %s was asked for", by), Effect: method.accuracy,
	})
	return strictly(r, o)
}

// beyond says what of a model is beyond a method that was tried, if that is why
// it failed.
func beyond(err error) string {
	switch c := (*layered.ConvergenceError)(nil); {
	case errors.Is(err, ErrDigits):
		return "with so many users at several cores mean value analysis loses its digits"
	case errors.As(err, &c):
		return fmt.Sprintf("its layers come to no agreement (the last of %d rounds still moved figures by %.2g %%)", c.Rounds, 100*c.Change)
	}
	return ""
}

// strictly makes an error of the reservations of a result, if so asked.
func strictly(r *measure.Result, o Options) (*measure.Result, error) {
	if o.Strict && len(r.Caveats) > 0 {
		return nil, strictError(r.Caveats)
	}
	return r, nil
}

// forced is a method that can be asked for.
type forced struct {
	solve    func(ctx context.Context, f *flat) (*measure.Result, error)
	refuses  []misfitKind
	takes    map[misfitKind]string // what it approximates, and the effect
	accuracy string                // of its figures
}

// What approximations are off by, in the mean response time of a workload: the
// middle, nine in ten, and the worst of what cmd/accuracy -methods finds
// against exact Markov chains (docs/accuracy.md); of QNA, what its tests hold it to.
const (
	offSchweitzer = "mean response times of small closed systems were off by 3 %, in nine of ten by less than 9 %, at worst by 16 %"
	offLinearizer = "mean response times of small closed systems were off by 0.2 %, in nine of ten by less than 1.5 %, at worst by 6 %"
	offLayered    = "mean response times of small closed systems were off by 2 %, in nine of ten by less than 9 %, at worst by 25 %"
	offQNA        = "mean times within about 10 % where few requests come back to a service, and 25 % where most do"
	offFIFO       = "taken as if they were exponential with one mean: mean response times of small closed systems were off by 0.1 %, in nine of ten by less than 6 %, at worst by 30 %"
)

const onlyMeans = "means only, percentiles are left out"

// forcedMethods is what each method is for.
func forcedMethods() map[MethodName]forced {
	flow := []misfitKind{parallelSteps, throughTopics, threadsRunOut, turnedAway, pickedReplicas, tooManyStations}
	closed := append([]misfitKind{noClosed, notPoisson}, flow...)
	open := append([]misfitKind{someClosed}, flow...)
	asExponential := map[misfitKind]string{generalInOrder: offFIFO, infiniteVariance: "taken as if they were exponential with one mean"}
	return map[MethodName]forced{
		ByMVA: {
			solve: solveMVA, refuses: append([]misfitKind{tooManyPopulations, openAtServers}, closed...), takes: asExponential,
			accuracy: onlyMeans + "; exact where product form holds",
		},
		ByConvolution: {
			solve: solveConvolution, refuses: append([]misfitKind{tooManyPopulations}, closed...), takes: asExponential,
			accuracy: onlyMeans + "; exact where product form holds",
		},
		BySchweitzer: {
			solve: solveSchweitzer, refuses: append([]misfitKind{infiniteVariance}, closed...),
			accuracy: onlyMeans + "; " + offSchweitzer,
		},
		ByLinearizer: {
			solve: solveLinearizer, refuses: append([]misfitKind{infiniteVariance}, closed...),
			accuracy: onlyMeans + "; " + offLinearizer,
		},
		ByProductForm: {
			solve: solveProductForm, refuses: open,
			takes: map[misfitKind]string{
				generalInOrder: offFIFO, infiniteVariance: "taken as if they were exponential with one mean",
				notPoisson: "taken as Poisson: waits are too long where gaps are more even than that, and too short where they are less",
			},
			accuracy: onlyMeans + "; exact where product form holds",
		},
		ByQNA: {
			solve: solveQNA, refuses: append([]misfitKind{inCircles, infiniteVariance}, open...),
			accuracy: onlyMeans + "; " + offQNA,
		},
		ByLayers: {
			solve:    solveLayers,
			refuses:  []misfitKind{parallelSteps, throughTopics, turnedAway, pickedReplicas, notPoisson, inCircles, infiniteVariance, tooManyStations, tooManyThreads},
			accuracy: onlyMeans + "; " + offLayered,
		},
		ByBounds: {
			solve: solveBounds, refuses: append([]misfitKind{someOpen, severalClosed}, closed...),
			accuracy: "throughput and mean response time lie between their bounds, and are given as the middle; nothing else is known",
		},
	}
}

// Fitting lists the methods that a sound model could be solved by, those left
// out that may turn out not to be exact, or to need too many states.
func Fitting(m *scenarios.Model) []MethodName {
	f, err := newFlat(m)
	if err != nil {
		return nil
	}
	return fitting(f.misfits())
}

// refusedBy are the misfits that a method cannot take.
func refusedBy(m forced, all []misfit) []measure.Caveat {
	var out []measure.Caveat
	for _, is := range all {
		if slices.Contains(m.refuses, is.kind) {
			out = append(out, is.Caveat)
		}
	}
	return out
}

// fitting lists the methods that take a model with the given misfits.
func fitting(all []misfit) []MethodName {
	out := []MethodName{ByChoice}
	methods := forcedMethods()
	for _, name := range MethodNames() {
		if m, ok := methods[name]; ok && len(refusedBy(m, all)) == 0 {
			out = append(out, name)
		}
	}
	return out
}
