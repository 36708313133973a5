package dist

import (
	"fmt"
	"slices"
	"strings"
)

// signature is one way to write a family: the parameters it takes and how
// they become a law.
type signature struct {
	usage      string
	params     []param
	positional bool // may be given without names, in order
	quantiles  int  // takes this many quantiles (pNN=…) instead of params
	parts      bool // takes weighted parts instead
	values     bool // takes a list of values or a file instead
	build      func(v []float64) (law, *fault)
	fit        func(q []fixed) (law, *fault) // of one with quantiles
}

type param struct {
	name string
	kind kind
}

// fixed says that the quantile of probability p is x.
type fixed struct{ p, x float64 }

func signatures(f Family) []signature {
	switch f {
	case FamilyConst:
		return constSignatures()
	case FamilyExponential:
		return exponentialSignatures()
	case FamilyErlang:
		return erlangSignatures()
	case FamilyHyperExp:
		return hyperExpSignatures()
	case FamilyGamma:
		return gammaSignatures()
	case FamilyLognormal:
		return lognormalSignatures()
	case FamilyWeibull:
		return weibullSignatures()
	case FamilyPareto:
		return paretoSignatures()
	case FamilyUniform:
		return uniformSignatures()
	case FamilyNormal:
		return normalSignatures()
	case FamilyMixture:
		return mixtureSignatures()
	default:
		return empiricalSignatures()
	}
}

// build turns a form into a distribution.
func build(fm form) (Dist, *fault) {
	var l law
	var bad *fault
	switch fm.family {
	case FamilyMixture:
		l, bad = buildMixture(fm.args)
	case FamilyEmpirical:
		l, bad = buildEmpirical(fm)
	default:
		l, bad = buildNamed(fm)
	}
	if bad != nil {
		return Dist{}, bad
	}
	fm.values = nil
	return Dist{law: l, form: fm}, nil
}

// mustBuild is build for arguments that a program chose.
func mustBuild(fm form) Dist {
	d, bad := build(fm)
	if bad != nil {
		panic(bad.Error())
	}
	return d
}

func buildNamed(fm form) (law, *fault) {
	if fm.family == FamilyHyperExp && len(fm.args) > 0 && fm.args[0].weight > 0 {
		return buildHyperExp(fm.args)
	}
	s, bad := choose(fm)
	if bad != nil {
		return nil, bad
	}
	if s.quantiles > 0 {
		return fitQuantiles(s, fm.args)
	}
	v := make([]float64, len(s.params))
	at := make([]int, len(s.params)) // where each parameter was given
	for i, a := range fm.args {
		k := i
		if a.name != "" {
			k = slices.IndexFunc(s.params, func(p param) bool { return p.name == a.name })
		}
		v[k], at[k] = a.value, i
	}
	l, bad := s.build(v)
	if bad != nil && bad.param >= 0 {
		bad.param = at[bad.param]
	}
	return l, bad
}

// choose finds the signature whose parameters are just those given.
func choose(fm form) (signature, *fault) {
	all := signatures(fm.family)
	named, quantiles := 0, 0
	for _, a := range fm.args {
		if a.name != "" {
			named++
		}
		if _, ok := quantileName(a.name); ok {
			quantiles++
		}
	}
	n := len(fm.args)
	for _, s := range all {
		switch {
		case s.quantiles > 0:
			if quantiles == n && n == s.quantiles {
				return s, nil
			}
		case s.parts || s.values || n != len(s.params):
		case named == 0 && s.positional:
			return s, nil
		case named == n && s.takes(fm.args):
			return s, nil
		}
	}
	return signature{}, misfit(fm, all, named)
}

func (s signature) takes(args []arg) bool {
	for _, p := range s.params {
		if !slices.ContainsFunc(args, func(a arg) bool { return a.name == p.name }) {
			return false
		}
	}
	return true
}

// misfit says why no signature takes the arguments.
func misfit(fm form, all []signature, named int) *fault {
	usage := "write " + usageList(all, fm.unit)
	n := len(fm.args)
	switch {
	case n == 0:
		return faultf(-1, usage, "%s needs parameters", fm.family)
	case named > 0 && named < n:
		i := slices.IndexFunc(fm.args, func(a arg) bool { return a.name == "" })
		return faultf(i, usage, "a parameter without a name among named ones")
	case named == 0:
		return positionalMisfit(fm, all, usage)
	}
	names := paramNames(all)
	for i, a := range fm.args {
		_, quantile := quantileName(a.name)
		if !slices.Contains(names, a.name) && (!quantile || !takesQuantiles(all)) {
			hint := didYouMean(a.name, names)
			return faultf(i, join(hint, usage), "%s has no parameter %q", fm.family, a.name)
		}
	}
	return faultf(-1, usage, "%s cannot be made from %s", fm.family, givenNames(fm.args))
}

func positionalMisfit(fm form, all []signature, usage string) *fault {
	most := 0
	for _, s := range all {
		if s.positional {
			most = max(most, len(s.params))
		}
	}
	switch n := len(fm.args); {
	case n > most:
		return faultf(most, usage, "%s takes %s, not %d", fm.family, plural(most, "parameter"), n)
	default:
		return faultf(-1, usage, "%s takes %s, not %d", fm.family, plural(most, "parameter"), n)
	}
}

func paramNames(all []signature) []string {
	var names []string
	for _, s := range all {
		for _, p := range s.params {
			if !slices.Contains(names, p.name) {
				names = append(names, p.name)
			}
		}
	}
	return names
}

func takesPositional(all []signature) bool {
	return slices.ContainsFunc(all, func(s signature) bool { return s.positional || s.values })
}

func takesQuantiles(all []signature) bool {
	return slices.ContainsFunc(all, func(s signature) bool { return s.quantiles > 0 })
}

// kindOf is the kind of a parameter of the family, by name or position.
func kindOf(f Family, name string, position int) kind {
	if _, ok := quantileName(name); ok {
		return amount
	}
	for _, s := range signatures(f) {
		for i, p := range s.params {
			if name != "" && p.name == name || name == "" && s.positional && i == position {
				return p.kind
			}
		}
	}
	return amount
}

func knownParam(f Family, name string) bool {
	all := signatures(f)
	_, quantile := quantileName(name)
	return quantile && takesQuantiles(all) || slices.Contains(paramNames(all), name)
}

// usageList is the ways to write a family, in one phrase.
func usageList(all []signature, u Unit) string {
	var forms []string
	for _, s := range all {
		if u == Count {
			forms = append(forms, strings.ReplaceAll(s.usage, "ms", ""))
		} else {
			forms = append(forms, s.usage)
		}
	}
	if n := len(forms); n > 1 {
		return strings.Join(forms[:n-1], ", ") + " or " + forms[n-1]
	}
	return forms[0]
}

func givenNames(args []arg) string {
	var names []string
	for _, a := range args {
		names = append(names, a.name)
	}
	if len(names) == 1 {
		return names[0] + " alone"
	}
	return strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1] + " together"
}

func plural(n int, noun string) string {
	if n == 1 {
		return "one " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

func join(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + " " + b
}
