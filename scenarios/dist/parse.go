package dist

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Bounds on a text: no scenario needs more, and a hostile one must not take
// the stack or the memory.
const (
	mostText  = 1 << 20 // bytes
	mostDepth = 8       // mixtures within mixtures
	mostArgs  = 1 << 16
)

// Parse reads a distribution as the language writes it. With [Seconds] every
// value needs a unit of time, with [Count] none may have one. An error is a
// *[ParseError].
func Parse(text string, unit Unit) (Dist, error) {
	return Env{Unit: unit}.Parse(text)
}

// Env is what a text is read in.
type Env struct {
	Unit Unit
	// ReadFile reads the file of empirical(file.csv). Where it is nil, such a
	// text is an error.
	ReadFile func(name string) ([]byte, error)
}

// Parse reads a distribution; an error is a *[ParseError].
func (e Env) Parse(text string) (Dist, error) {
	p := &parser{text: text, env: e}
	if len(text) > mostText {
		return Dist{}, p.errorAt(0, "", "a distribution of %d bytes; want at most %d", len(text), mostText)
	}
	p.space()
	d, err := p.dist(0)
	if err == nil {
		err = p.end()
	}
	if err != nil {
		return Dist{}, err
	}
	return d, nil
}

// parser reads the grammar
//
//	dist  = amount | family "(" arg { "," arg } ")"
//	arg   = [ name "=" ] amount | share ":" dist | file
//
// by recursive descent.
type parser struct {
	text string
	pos  int
	env  Env
}

func (p *parser) dist(depth int) (Dist, *ParseError) {
	if depth > mostDepth {
		return Dist{}, p.errorAt(p.pos, "", "mixtures nested more than %d deep", mostDepth)
	}
	start := p.pos
	if p.pos == len(p.text) {
		return Dist{}, p.errorAt(start, p.example(), "no distribution")
	}
	if !isLetter(p.text[p.pos]) {
		v, err := p.amount(p.env.Unit)
		if err != nil {
			return Dist{}, err
		}
		return mustBuild(constForm(v, p.env.Unit)), nil
	}
	name := p.word()
	f, err := p.family(name, start)
	if err != nil {
		return Dist{}, err
	}
	p.space()
	if !p.take('(') {
		return Dist{}, p.errorAt(p.pos, "write "+usageList(signatures(f), p.env.Unit), "%s needs its parameters in parentheses", name)
	}
	return p.call(f, start, depth)
}

func (p *parser) family(name string, start int) (Family, *ParseError) {
	if i := slices.Index(familyNames[:], name); i >= 0 {
		return Family(i), nil
	}
	if strings.EqualFold(name, "nan") || strings.EqualFold(name, "inf") || strings.EqualFold(name, "infinity") {
		return 0, p.errorAt(start, p.example(), "%s is not a number that a system can have", name)
	}
	hint := ""
	if len(name) <= 32 {
		hint = familyWord(name)
	}
	if hint != "" {
		hint = fmt.Sprintf("did you mean %q?", hint)
	} else {
		hint = "families are " + strings.Join(familyNames[:], " ")
	}
	return 0, p.errorAt(start, hint, "no distribution family %q", clip(name))
}

// familyWord finds the family that a word from elsewhere stands for.
func familyWord(w string) string {
	switch strings.ToLower(w) {
	case "exponential", "expo", "m":
		return "exp"
	case "constant", "deterministic", "det", "fixed":
		return "const"
	case "log-normal", "logn":
		return "lognormal"
	case "gaussian", "gauss":
		return "normal"
	case "hyperexponential", "hyper", "h2":
		return "hyperexp"
	}
	return nearest(w, familyNames[:])
}

func (p *parser) example() string {
	if p.env.Unit == Count {
		return "write 3 or uniform(1, 5)"
	}
	return "write 3ms or exp(3ms)"
}

// call reads the arguments of a family and builds the distribution.
func (p *parser) call(f Family, start, depth int) (Dist, *ParseError) {
	fm := form{family: f, unit: p.env.Unit}
	var at []int
	for p.space(); !p.take(')'); p.space() {
		if len(at) > 0 && !p.take(',') {
			return Dist{}, p.errorAt(p.pos, "", "want , or ) after a parameter%s", p.butSee())
		}
		p.space()
		if len(at) == mostArgs {
			return Dist{}, p.errorAt(p.pos, "put the values into a file: empirical(file.csv)", "more than %d parameters", mostArgs)
		}
		at = append(at, p.pos)
		if err := p.arg(&fm, depth); err != nil {
			return Dist{}, err
		}
	}
	d, bad := build(fm)
	if bad == nil {
		return d, nil
	}
	place := start
	if bad.param >= 0 && bad.param < len(at) {
		place = at[bad.param]
	}
	return Dist{}, p.errorAt(place, bad.hint, "%s", bad.msg)
}

// arg reads one argument into the form.
func (p *parser) arg(fm *form, depth int) *ParseError {
	start := p.pos
	if fm.family == FamilyEmpirical {
		if name, ok := p.file(); ok {
			return p.readFile(fm, name, start)
		}
	}
	if p.pos < len(p.text) && isLetter(p.text[p.pos]) {
		if fm.family == FamilyMixture {
			return p.errorAt(start, "write "+usageList(mixtureSignatures(), p.env.Unit), "a part of a mixture without a weight")
		}
		return p.named(fm, start)
	}
	if takesWeights(fm.family) && p.weightAhead() {
		return p.weightedArg(fm, depth)
	}
	if all := signatures(fm.family); !takesPositional(all) {
		msg := "%s takes its parameters by name"
		if fm.family == FamilyMixture {
			msg = "a part of a %s without a weight"
		}
		return p.errorAt(start, "write "+usageList(all, p.env.Unit), msg, fm.family)
	}
	k := kindOf(fm.family, "", len(fm.args))
	v, err := p.valueOf(k)
	if err != nil {
		return err
	}
	fm.args = append(fm.args, arg{kind: k, value: v})
	return nil
}

func (p *parser) named(fm *form, start int) *ParseError {
	name := p.word()
	usage := "write " + usageList(signatures(fm.family), p.env.Unit)
	p.space()
	if !p.take('=') {
		if slices.Contains(familyNames[:], name) {
			return p.errorAt(start, usage, "%s takes no distribution as a parameter", fm.family)
		}
		if _, err := strconv.ParseFloat(name, 64); err == nil { // NaN, Inf: numbers to Go, not to us
			return p.errorAt(start, usage, "%s is not a finite number", clip(name))
		}
		return p.errorAt(p.pos, usage, "want %s=value%s", clip(name), p.butSee())
	}
	if !knownParam(fm.family, name) {
		hint := didYouMean(name, paramNames(signatures(fm.family)))
		return p.errorAt(start, join(hint, usage), "%s has no parameter %q", fm.family, clip(name))
	}
	if slices.ContainsFunc(fm.args, func(a arg) bool { return a.name == name }) {
		return p.errorAt(start, "", "parameter %q is given twice", name)
	}
	p.space()
	k := kindOf(fm.family, name, 0)
	v, err := p.valueOf(k)
	if err != nil {
		return err
	}
	fm.args = append(fm.args, arg{name: name, kind: k, value: v})
	return nil
}

func takesWeights(f Family) bool {
	return f == FamilyMixture || f == FamilyHyperExp || f == FamilyEmpirical
}

// weightAhead reports whether a colon ends the number that comes next.
func (p *parser) weightAhead() bool {
	i := strings.IndexAny(p.text[p.pos:], ":,()=")
	return i >= 0 && p.text[p.pos+i] == ':'
}

func (p *parser) weightedArg(fm *form, depth int) *ParseError {
	start := p.pos
	w, err := p.share()
	if err != nil {
		return err
	}
	if w <= 0 || w > 1 {
		return p.errorAt(start, "write 85% or 0.85", "weight %s is not between 0 and 1", p.since(start))
	}
	p.space()
	if !p.take(':') {
		return p.errorAt(p.pos, "", "want : after a weight%s", p.butSee())
	}
	p.space()
	a := arg{weight: w}
	if fm.family == FamilyMixture {
		d, err := p.dist(depth + 1)
		if err != nil {
			return err
		}
		a.kind, a.part = part, &d
	} else if a.value, err = p.valueOf(amount); err != nil {
		return err
	}
	fm.args = append(fm.args, a)
	return nil
}

func (p *parser) valueOf(k kind) (float64, *ParseError) {
	switch k {
	case amount, part:
		return p.amount(p.env.Unit)
	default:
		return p.signed()
	}
}
