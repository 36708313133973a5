package measure

import (
	"fmt"
	"math"
)

// Violation is a law that a result breaks.
type Violation struct {
	Law   string  // its name, as "Little's law"
	Where string  // path in the result, as "services.db"
	What  string  // the law with its terms, as "present = throughput × mean response time"
	Got   float64 // the left side, in its own unit
	Want  float64 // the right side, or the bound, in the same unit
}

// String says all of it in a line.
func (v Violation) String() string {
	return fmt.Sprintf("measure: %s: %s: %s: %.6g against %.6g", v.Where, v.Law, v.What, v.Got, v.Want)
}

// Check returns the laws that r breaks, none for a sound result. They hold for
// every system whatever it is made of, so a result that breaks one is wrong,
// not unusual:
//
//   - figures are finite, not negative, and inside their intervals; shares are
//     between 0 and 1;
//   - percentiles rise, and a distribution function rises from 0 to 1 through
//     its percentiles;
//   - Little's law, N = X·R, for workloads, services, lines and topics
//     [Litt61];
//   - the utilization law, U = X·S/c [DeBu78];
//   - the parts of a response time add up to it;
//   - balance of flow: what arrives leaves, and what a service does is what
//     its operations do [DeBu78].
//
// The tolerance is relative: 1e-9 suits formulas, 0.01 a measurement, whose
// numbers present are sampled. Two sides whose intervals overlap agree. A law
// with a figure that is not known, or with requests that failed (whose times
// no figure holds), is not checked.
func (r *Result) Check(tolerance float64) []Violation {
	c := &checker{r: r, tolerance: tolerance}
	c.finite()
	if len(c.found) > 0 {
		return c.found // nothing can be said of NaN
	}
	c.losses = r.losses()
	for _, name := range sortedKeys(r.Workloads) {
		if w := r.Workloads[name]; w != nil {
			c.workload("workloads."+name, w)
		}
	}
	for _, name := range sortedKeys(r.Operations) {
		if o := r.Operations[name]; o != nil {
			c.operation("operations."+name, o)
		}
	}
	for _, name := range sortedKeys(r.Services) {
		if s := r.Services[name]; s != nil {
			c.service(name, s)
		}
	}
	for _, name := range sortedKeys(r.Topics) {
		if t := r.Topics[name]; t != nil {
			c.topic("topics."+name, t)
		}
	}
	for _, name := range sortedKeys(r.Jobs) {
		if j := r.Jobs[name]; j != nil {
			c.job("jobs."+name, j)
		}
	}
	c.whole()
	return c.found
}

// losses reports whether any request failed or was turned away, or a visit that
// was made for one.
func (r *Result) losses() bool {
	for _, w := range r.Workloads {
		if w != nil && w.Failed.Value > 0 {
			return true
		}
	}
	for _, s := range r.Services {
		if s != nil && s.Rejected.Value > 0 {
			return true
		}
	}
	for _, o := range r.Operations {
		if o != nil && o.Failed.Value > 0 {
			return true
		}
	}
	return false
}

type checker struct {
	r         *Result
	tolerance float64
	losses    bool
	found     []Violation
}

func (c *checker) breaks(law, where, what string, got, want float64) {
	c.found = append(c.found, Violation{Law: law, Where: where, What: what, Got: got, Want: want})
}

// finite says which figure is not one.
func (c *checker) finite() {
	if path, v := notFinite(c.r); path != "" {
		c.breaks("finite figures", path, "a figure is a finite number", v, 0)
	}
}

// equal wants two known figures to agree.
func (c *checker) equal(law, where, what string, got, want Estimate) {
	if !got.Known() || !want.Known() {
		return
	}
	gap := math.Abs(got.Value - want.Value)
	if gap <= c.tolerance*math.Max(math.Abs(got.Value), math.Abs(want.Value))+tiny {
		return
	}
	if (got.Uncertain() || want.Uncertain()) && got.Lo <= want.Hi && want.Lo <= got.Hi {
		return
	}
	c.breaks(law, where, what, got.Value, want.Value)
}

// tiny is a difference that no figure of a system is made of: 1e-12 requests,
// seconds or shares.
const tiny = 1e-12

// product is the estimate of a product whose factors are estimated; its
// interval is that of the extremes.
func product(factors ...Estimate) Estimate {
	out := Exactly(1)
	for _, f := range factors {
		if !f.Known() {
			return Estimate{}
		}
		out.Value *= f.Value
		out.Lo *= f.Lo
		out.Hi *= f.Hi
		out.Confidence = math.Min(out.Confidence, f.Confidence)
	}
	return out
}

// sum is the estimate of a sum; not known where a term is not.
func sum(terms []Estimate) Estimate {
	out := Exactly(0)
	for _, t := range terms {
		if !t.Known() {
			return Estimate{}
		}
		out.Value += t.Value
		out.Lo += t.Lo
		out.Hi += t.Hi
		out.Confidence = math.Min(out.Confidence, t.Confidence)
	}
	return out
}

// figure checks what holds for every figure: it is in its interval, and not negative.
func (c *checker) figure(where string, e Estimate) {
	if !e.Known() {
		return
	}
	slack := c.tolerance*math.Abs(e.Value) + tiny
	switch {
	case e.Confidence < 0 || e.Confidence > 1:
		c.breaks("confidence", where, "a confidence is between 0 and 1", e.Confidence, 1)
	case e.Value < -tiny:
		c.breaks("no negative figure", where, "a rate, a time, a number or a share is at least 0", e.Value, 0)
	case e.Lo > e.Value+slack:
		c.breaks("interval", where, "a figure lies in its interval", e.Value, e.Lo)
	case e.Hi < e.Value-slack:
		c.breaks("interval", where, "a figure lies in its interval", e.Value, e.Hi)
	}
}

// share checks a figure that is a share or a probability.
func (c *checker) share(where string, e Estimate) {
	c.figure(where, e)
	if e.Known() && e.Value > 1+c.tolerance {
		c.breaks("shares", where, "a share is at most 1", e.Value, 1)
	}
}
