package scenarios

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/mathext"

	"github.com/headroom/headroom/scenarios/internal/yamlx"
)

// Sourced is a value of a scenario with its provenance.
type Sourced struct {
	Path  string
	Value string  // as written
	Mean  float64 // (s), (1) or (1/s)
	Provenance

	figure figure
}

// Provenances reads the comments that say where values come from, in order of
// the text. A comment that was meant as one and cannot be read is an error, as
// is an interval that does not hold its value: then one of the two is stale.
func Provenances(file string, src []byte) ([]Sourced, Diagnostics) {
	t, diags := readText(file, src)
	if t == nil {
		return nil, diags
	}
	var out []Sourced
	lines := make([]int, 0, len(t.last))
	for line := range t.last {
		lines = append(lines, line)
	}
	slices.Sort(lines)
	for _, line := range lines {
		out = append(out, t.sourced(line)...)
	}
	return out, t.diags.sorted()
}

// sourced reads the comment of a line.
func (t *text) sourced(line int) []Sourced {
	at, comment := t.commentOf(line)
	if at < 0 {
		return nil
	}
	column := 1 + len([]rune(string(t.src[t.start[line-1]:at])))
	place := &yamlx.Node{Source: t.source, Line: line, Column: column, Width: max(1, len([]rune(comment))+2)}
	var out []Sourced
	texts, parts := clauses(comment)
	for i, p := range parts {
		if p == nil {
			if looksLike.MatchString(texts[i]) {
				t.fail(place, "", "write # from profile 2026-12-01, 95 % 3.9–4.3ms", "this interval cannot be read")
			}
			continue
		}
		path, ok := t.meant(p.of, line)
		if !ok {
			if p.confidence != "" {
				t.fail(place, "", "put the end of its path first, as in # cpu from profile, 95 % 3.9–4.3ms", "it is not clear of which value this is")
			}
			continue
		}
		n := t.nodes[path]
		f, _ := figureOf(n.Text)
		told, msg := p.about(f)
		if msg != "" {
			t.fail(place, path, "correct it, or remove the comment", "%s", msg)
			continue
		}
		out = append(out, Sourced{Path: path, Value: n.Text, Mean: f.mean, Provenance: told, figure: f})
	}
	return out
}

// Uncertain reports whether the value has an interval that leaves it open.
func (s Sourced) Uncertain() bool { return s.Confidence > 0 && s.Hi > s.Lo }

// Draw is an override ("path=value") with the value drawn from its interval.
//
// The law is normal where the value lies nearer to the middle of the interval than
// to the geometric one and the interval is narrower than the value, so that
// nearly all of it is above 0; otherwise lognormal. Its standard deviation (of the
// logarithm, where lognormal) is the width of the interval over that of the standard
// normal law at its confidence. An interval that begins at 0 is of a normal
// law about the value, cut off at 0. A distribution is scaled to the mean drawn
// and keeps its shape; a whole number is rounded, and is at least 1; a share is at
// most 1.
func (s Sourced) Draw(r *rand.Rand) string {
	z := mathext.NormalQuantile((1 + s.Confidence) / 2)
	var mean float64
	if s.logarithmic() {
		mean = math.Sqrt(s.Lo*s.Hi) * math.Exp(math.Log(s.Hi/s.Lo)/(2*z)*r.NormFloat64())
	} else {
		centre, sd := (s.Lo+s.Hi)/2, (s.Hi-s.Lo)/(2*z)
		if s.Lo == 0 {
			centre, sd = s.Mean, math.Max(s.Hi-s.Mean, s.Hi/2)/z
		}
		for mean = -1; mean <= 0; {
			mean = centre + sd*r.NormFloat64()
		}
	}
	if s.figure.of == aShare || s.figure.of == aCount && !s.figure.whole && s.Hi <= 1 {
		mean = math.Min(mean, 1)
	}
	return fmt.Sprintf("%s=%s", s.Path, s.figure.with(mean))
}

// logarithmic reports whether the interval is that of a lognormal law.
func (s Sourced) logarithmic() bool {
	if s.Lo <= 0 {
		return false
	}
	arithmetic := math.Abs(s.Mean - (s.Lo+s.Hi)/2)
	geometric := math.Abs(s.Mean - math.Sqrt(s.Lo*s.Hi))
	return geometric < arithmetic || s.Hi-s.Lo > s.Mean
}

// Valued is a value of the text of a scenario that is one number: a time, a
// number, a share, a rate, or a distribution by its mean.
type Valued struct {
	Path string
	Text string
	Mean float64 // in base units

	figure figure
}

// With is the value as the language writes it with another mean, its shape kept.
func (v Valued) With(mean float64) string { return v.figure.with(mean) }

// Values lists the numbers of the text of a scenario, in order of the text.
func Values(file string, src []byte) ([]Valued, Diagnostics) {
	t, diags := readText(file, src)
	if t == nil {
		return nil, diags
	}
	var out []Valued
	for _, path := range t.paths {
		if n := t.nodes[path]; n.Kind == yamlx.Scalar {
			if f, ok := figureOf(n.Text); ok {
				out = append(out, Valued{path, n.Text, f.mean, f})
			}
		}
	}
	return out, nil
}

// Text is the text that a name stands for, as [Load] finds it, and what
// messages call it. An error is a [Diagnostics].
func Text(name string, o Options) (file string, src []byte, err error) {
	file, src, d := find(name, o)
	if d != nil {
		return file, nil, Diagnostics{*d}
	}
	return file, src, nil
}

// Interval writes the interval with its confidence, as in "95 % 3.9–4.3ms".
func (s Sourced) Interval() string {
	if s.Confidence == 0 {
		return ""
	}
	return fmt.Sprintf("%.4g %% %s", 100*s.Confidence, s.figure.format(s.Lo, s.Hi))
}
