package fitting

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat/distuv"

	"github.com/headroom/headroom/scenarios/dist"
)

// Options say how to fit; the zero value is usable.
type Options struct {
	Unit       dist.Unit
	Families   []dist.Family // those to try; nil = all
	Confidence float64       // of intervals (1); 0 = 0.95
	Bootstrap  int           // samples drawn for each p value; 0 = 199, negative = no p values
	Seed       uint64
}

// Interval is a number and where it lies with the confidence asked for.
type Interval struct {
	Value float64 `json:"value"` // (s) or (1)
	Lo    float64 `json:"lo"`    // (s) or (1)
	Hi    float64 `json:"hi"`    // (s) or (1)
}

// Parameter is one number of a law (s or 1).
type Parameter struct {
	Name string `json:"name"`
	Interval
}

// Fit is one law fitted to samples or percentiles.
type Fit struct {
	Dist       dist.Dist    `json:"-"`
	Text       string       `json:"distribution"` // in the language, rounded to four digits
	Parameters []Parameter  `json:"parameters,omitempty"`
	Mean       Interval     `json:"mean"`           // (s or 1)
	Likelihood float64      `json:"log_likelihood"` // of samples in s or 1, (1)
	AIC        float64      `json:"aic"`            // (1)
	KS         float64      `json:"ks"`             // Kolmogorov–Smirnov: the largest distance of the distribution functions (1)
	AD         float64      `json:"ad"`             // Anderson–Darling (1)
	KSp        *float64     `json:"ks_p,omitempty"` // p values, where they were asked for
	ADp        *float64     `json:"ad_p,omitempty"`
	Off        []Difference `json:"off,omitempty"` // from percentiles that were given

	theta  []float64
	family family
}

// Report is what fits.
type Report struct {
	N       int      `json:"n"`
	Fits    []Fit    `json:"fits"`    // the best first, by Akaike's criterion
	Fitting bool     `json:"fitting"` // whether the first withstands the tests
	Use     string   `json:"use"`     // what to write into a scenario
	Notes   []string `json:"notes,omitempty"`
	Mean    Interval `json:"mean"` // of what to write (s or 1)

	Sorted []float64 `json:"-"` // the samples, rising, (s) or (1)
}

const (
	leastSamples = 10
	// mostTested bounds the samples that p values are computed for: the
	// bootstrap fits them again and again, and with more of them every law is refused
	// for differences that do not matter.
	mostTested = 2000
	// refused is the p value of either test below which a law is said not to
	// fit: both together refuse a true one in at most 5 %.
	refused = 0.025
	// kept is how many values stand for the samples where no law fits.
	kept = 50
)

// sample is what is fitted to.
type sample struct {
	sorted, logs   []float64
	mean, sd       float64
	logMean, logSD float64
}

func newSample(x []float64) *sample {
	s := &sample{sorted: slices.Clone(x)}
	slices.Sort(s.sorted)
	n := float64(len(x))
	for _, v := range s.sorted {
		s.mean += v / n
		s.logs = append(s.logs, math.Log(v))
		s.logMean += math.Log(v) / n
	}
	for i, v := range s.sorted {
		s.sd += (v - s.mean) * (v - s.mean) / n
		s.logSD += (s.logs[i] - s.logMean) * (s.logs[i] - s.logMean) / n
	}
	s.sd, s.logSD = math.Sqrt(s.sd), math.Sqrt(s.logSD)
	return s
}

func (x *sample) most() float64 { return x.sorted[len(x.sorted)-1] }

func (x *sample) likelihood(f family, t []float64) float64 {
	sum := 0.0
	density := f.density(t)
	for _, v := range x.sorted {
		sum += density(v)
	}
	return sum
}

// Samples fits every family to samples (s or 1) by maximum likelihood and puts
// them in order by Akaike's criterion ([Akai74]). The first is tested by
// Kolmogorov and Smirnov's statistic and that of Anderson and Darling ([AnDa54]),
// whose p values, with parameters fitted to the same samples, are from the
// parametric bootstrap ([StGQ93]), on at most 2000 of the samples. Where the first
// is refused (by either at 2.5 %), the next two are tried; when none withstands,
// the samples themselves are what to use, as an empirical law.
//
// Intervals are from the likelihood's curvature at its top, Student's t for the
// normal quantile; of exp, pareto and uniform they are exact.
//
//   - Domain: at least 10 samples, none negative, not all 0.
func Samples(x []float64, o Options) (Report, error) {
	if err := checkSamples(x); err != nil {
		return Report{}, err
	}
	s := newSample(x)
	r := Report{N: len(x), Sorted: s.sorted}
	if s.sorted[0] == s.most() {
		d := writer{unit: o.Unit}.amount(s.mean)
		r.Use, r.Fitting = d, true
		r.Mean = Interval{s.mean, s.mean, s.mean}
		law, err := dist.Parse(d, o.Unit)
		r.Fits = []Fit{{Dist: law, Text: d, Mean: r.Mean}}
		r.Notes = []string{"every sample is the same"}
		return r, err
	}
	for _, f := range families() {
		if o.Families != nil && !slices.Contains(o.Families, f.kind) {
			continue
		}
		fit, err := s.fitted(f, o)
		if err != nil {
			r.Notes = append(r.Notes, fmt.Sprintf("%s: %v", f.kind, err))
			continue
		}
		r.Fits = append(r.Fits, fit)
	}
	slices.SortStableFunc(r.Fits, func(a, b Fit) int {
		switch {
		case a.AIC < b.AIC-1e-6:
			return -1
		case b.AIC < a.AIC-1e-6:
			return 1
		}
		return 0
	})
	s.decide(&r, o)
	return r, nil
}

func checkSamples(x []float64) error {
	if len(x) < leastSamples {
		return fmt.Errorf("fitting: %d samples; want at least %d", len(x), leastSamples)
	}
	sum := 0.0
	for i, v := range x {
		if !(v >= 0) || v > 1e12 || v > 0 && v < 1e-15 {
			return fmt.Errorf("fitting: sample %d is %v; want 0, or 1e-15 to 1e12", i+1, v)
		}
		sum += v
	}
	if sum == 0 {
		return errors.New("fitting: every sample is 0")
	}
	return nil
}

// fitted fits one family.
func (x *sample) fitted(f family, o Options) (Fit, error) {
	t, err := f.fit(x)
	if err != nil {
		return Fit{}, err
	}
	law, err := dist.Parse(f.text(t, writer{unit: o.Unit}), o.Unit)
	if err != nil {
		return Fit{}, err
	}
	out := Fit{Dist: law, Text: f.text(t, writer{unit: o.Unit, digits: 4}), theta: t, family: f}
	out.Likelihood = x.likelihood(f, t)
	if math.IsNaN(out.Likelihood) || math.IsInf(out.Likelihood, 0) {
		return Fit{}, errOut
	}
	out.AIC = 2*float64(len(t)) - 2*out.Likelihood
	out.KS, out.AD = statistics(x.sorted, law)
	x.intervals(&out, o.confidence())
	return out, nil
}

func (o Options) confidence() float64 {
	if o.Confidence == 0 {
		return 0.95
	}
	return o.Confidence
}

// statistics are Kolmogorov and Smirnov's and Anderson and Darling's.
func statistics(sorted []float64, d dist.Dist) (ks, ad float64) {
	n := float64(len(sorted))
	below := make([]float64, len(sorted))
	above := make([]float64, len(sorted))
	for i, v := range sorted {
		below[i], above[i] = d.CDF(v), d.Survival(v)
		ks = math.Max(ks, math.Max(below[i]-float64(i)/n, float64(i+1)/n-below[i]))
	}
	const least = 1e-300
	sum := 0.0
	for i := range sorted {
		sum += (2*float64(i) + 1) * (math.Log(math.Max(below[i], least)) + math.Log(math.Max(above[len(sorted)-1-i], least)))
	}
	return ks, -n - sum/n
}

// decide tests the best laws and says what to use.
func (x *sample) decide(r *Report, o Options) {
	if o.Bootstrap < 0 && len(r.Fits) > 0 {
		r.Use, r.Mean = r.Fits[0].Text, r.Fits[0].Mean
		return
	}
	draws := rand.New(rand.NewPCG(o.Seed, 0x666974))
	tested := x
	if len(x.sorted) > mostTested {
		some := make([]float64, mostTested)
		for i, k := range draws.Perm(len(x.sorted))[:mostTested] {
			some[i] = x.sorted[k]
		}
		tested = newSample(some)
		r.Notes = append(r.Notes, fmt.Sprintf("p values are of %d of the samples, drawn at random", mostTested))
	}
	for i := range min(3, len(r.Fits)) {
		fit := &r.Fits[i]
		ks, ad, ok := tested.pValues(fit.family, o, draws)
		if !ok {
			continue
		}
		fit.KSp, fit.ADp = &ks, &ad
		if ks >= refused && ad >= refused {
			r.Fitting, r.Use, r.Mean = true, fit.Text, fit.Mean
			if i > 0 {
				r.Notes = append(r.Notes, fmt.Sprintf("%s comes nearer by Akaike's criterion, but does not withstand the tests", r.Fits[0].family.kind))
			}
			return
		}
	}
	x.empirical(r, o)
}

// pValues are the shares of samples drawn from the fitted law, and fitted again,
// that are as far from it.
func (x *sample) pValues(f family, o Options, draws *rand.Rand) (ks, ad float64, ok bool) {
	t, err := f.fit(x)
	if err != nil {
		return 0, 0, false
	}
	law, err := dist.Parse(f.text(t, writer{unit: o.Unit}), o.Unit)
	if err != nil {
		return 0, 0, false
	}
	ks0, ad0 := statistics(x.sorted, law)
	times := o.Bootstrap
	if times == 0 {
		times = 199
	}
	farKS, farAD, done := 1.0, 1.0, 1.0
	again := make([]float64, len(x.sorted))
	for range times {
		for i := range again {
			again[i] = law.Sample(draws)
		}
		s := newSample(again)
		tt, err := f.fit(s)
		if err != nil {
			continue
		}
		other, err := dist.Parse(f.text(tt, writer{unit: o.Unit}), o.Unit)
		if err != nil {
			continue
		}
		k, a := statistics(s.sorted, other)
		done++
		if k >= ks0 {
			farKS++
		}
		if a >= ad0 {
			farAD++
		}
	}
	return farKS / done, farAD / done, done > float64(times)/2
}

// empirical says that no law fits, and offers quantiles of the samples.
func (x *sample) empirical(r *Report, o Options) {
	r.Notes = append(r.Notes, "no family withstands the tests at 5 %: use the samples themselves")
	n := float64(len(x.sorted))
	se := distuv.UnitNormal.Quantile((1+o.confidence())/2) * x.sd / math.Sqrt(n)
	r.Mean = Interval{x.mean, math.Max(0, x.mean-se), x.mean + se}
	w := writer{unit: o.Unit, digits: 4}
	text := "empirical("
	if len(x.sorted) <= kept {
		for i, v := range x.sorted {
			text += comma(i) + w.amountOrZero(v)
		}
		r.Use = text + ")"
		return
	}
	// Means of equal parts of the samples, whose mean is theirs.
	for i := range kept {
		from, to := i*len(x.sorted)/kept, (i+1)*len(x.sorted)/kept
		sum := 0.0
		for _, v := range x.sorted[from:to] {
			sum += v
		}
		text += comma(i) + w.amountOrZero(sum/float64(to-from))
	}
	r.Use = text + ")"
	r.Notes = append(r.Notes, fmt.Sprintf("the %d values stand for equal parts of the samples; write them to a file and use empirical(FILE) to keep all of them", kept))
}

func comma(i int) string {
	if i == 0 {
		return ""
	}
	return ", "
}

// intervals are of the parameters and of the mean.
func (x *sample) intervals(f *Fit, confidence float64) {
	values := f.family.values(f.theta)
	exact := x.exact(f, confidence)
	cov, ok := x.covariance(f)
	z := math.Inf(1)
	if free := len(x.sorted) - len(f.theta); free > 0 {
		z = distuv.StudentsT{Sigma: 1, Nu: float64(free)}.Quantile((1 + confidence) / 2)
	}
	spread := func(g func(t []float64) float64) Interval {
		v := g(f.theta)
		if !ok || !(v > 0) {
			return Interval{v, math.NaN(), math.NaN()}
		}
		se := math.Sqrt(math.Max(0, quadratic(cov, gradient(f.theta, func(t []float64) float64 { return math.Log(g(t)) }))))
		return Interval{v, v * math.Exp(-z*se), v * math.Exp(z*se)}
	}
	for i, name := range f.family.names {
		p := Parameter{Name: name, Interval: Interval{values[i], math.NaN(), math.NaN()}}
		if e, known := exact[name]; known {
			p.Interval = e
		} else if f.family.kind != dist.FamilyErlang || name != "stages" {
			p.Interval = spread(func(t []float64) float64 { return f.family.values(t)[i] })
		}
		f.Parameters = append(f.Parameters, p)
	}
	if e, known := exact["(mean)"]; known {
		f.Mean = e
		return
	}
	f.Mean = spread(f.family.mean)
}

// exact are intervals of known laws: 2·Σx/mean of exponential samples is χ² of 2n
// degrees of freedom, and so is 2·k·Σx/mean of Erlang's of 2kn; 2nα/α̂ of
// Pareto's of 2(n−1) ([JoKB94]).
func (x *sample) exact(f *Fit, confidence float64) map[string]Interval {
	n := float64(len(x.sorted))
	chi := func(nu, p float64) float64 { return distuv.ChiSquared{K: nu}.Quantile(p) }
	lo, hi := (1-confidence)/2, (1+confidence)/2
	switch f.family.kind {
	case dist.FamilyExponential, dist.FamilyErlang:
		nu, sum := 2*n, 2*n*x.mean
		if f.family.kind == dist.FamilyErlang {
			nu, sum = nu*f.theta[1], sum*f.theta[1]
		}
		in := Interval{x.mean, sum / chi(nu, hi), sum / chi(nu, lo)}
		return map[string]Interval{"mean": in, "(mean)": in}
	case dist.FamilyPareto:
		a, least := math.Exp(f.theta[1]), math.Exp(f.theta[0])
		alpha := Interval{a, a * chi(2*(n-1), lo) / (2 * n), a * chi(2*(n-1), hi) / (2 * n)}
		// The least sample lies above min by a Pareto law of index nα.
		mean := Interval{f.family.mean(f.theta), math.NaN(), math.NaN()}
		at := func(a float64) float64 { return least * a / (a - 1) }
		if alpha.Lo > 1 {
			mean.Lo, mean.Hi = at(alpha.Hi), at(alpha.Lo)
		}
		return map[string]Interval{"alpha": alpha, "min": {least, least * math.Pow(1-confidence, 1/(n*a)), least}, "(mean)": mean}
	case dist.FamilyUniform:
		// Of the extremes of n uniform numbers: either end is beyond its extreme by
		// at most that much with the confidence asked for.
		v := f.family.values(f.theta)
		beyond := (v[1] - v[0]) * (math.Pow(1-confidence, -1/n) - 1) * n / (n - 1)
		m := f.family.mean(f.theta)
		return map[string]Interval{
			"min": {v[0], math.Max(0, v[0]-beyond), v[0]}, "max": {v[1], v[1], v[1] + beyond}, "(mean)": {m, m - beyond/2, m + beyond/2},
		}
	default:
		return nil
	}
}

// covariance is the inverse of the observed information.
func (x *sample) covariance(f *Fit) (*mat.SymDense, bool) {
	if f.family.discrete {
		return nil, false
	}
	n := len(f.theta)
	info := mat.NewSymDense(n, nil)
	const h = 1e-3 // of logarithms, or what is like them
	at := func(moves ...float64) float64 {
		t := slices.Clone(f.theta)
		for i := 0; i < len(moves); i += 2 {
			t[int(moves[i])] += moves[i+1]
		}
		return x.likelihood(f.family, t)
	}
	for i := range n {
		for j := range i + 1 {
			fi, fj := float64(i), float64(j)
			curve := at(fi, h, fj, h) - at(fi, h, fj, -h) - at(fi, -h, fj, h) + at(fi, -h, fj, -h)
			info.SetSym(i, j, -curve/(4*h*h))
		}
	}
	var c mat.Cholesky
	if !c.Factorize(info) || c.Cond() > 1e12 {
		return nil, false
	}
	var inv mat.SymDense
	return &inv, c.InverseTo(&inv) == nil
}

func gradient(t []float64, g func(t []float64) float64) []float64 {
	out := make([]float64, len(t))
	for i := range t {
		h := 1e-5
		up, down := slices.Clone(t), slices.Clone(t)
		up[i] += h
		down[i] -= h
		out[i] = (g(up) - g(down)) / (2 * h)
	}
	return out
}

func quadratic(m *mat.SymDense, v []float64) float64 {
	x := mat.NewVecDense(len(v), v)
	return mat.Inner(x, m, x)
}

// Pair is a point of a quantile plot: what was measured against the law's
// quantile at the same probability (s or 1).
type Pair struct {
	P        float64 `json:"p"`
	Law      float64 `json:"law"`
	Measured float64 `json:"measured"`
}

// QuantilePlot is at most most pairs, at the probabilities (i − ½)/n, the
// greatest among them.
func (r Report) QuantilePlot(d dist.Dist, most int) []Pair {
	n := len(r.Sorted)
	var out []Pair
	for k := range min(n, most) {
		i := k
		if n > most {
			i = (k + 1) * n / most
			i = min(i, n) - 1
		}
		p := (float64(i) + 0.5) / float64(n)
		out = append(out, Pair{p, d.Quantile(p), r.Sorted[i]})
	}
	return out
}
