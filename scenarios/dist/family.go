package dist

// Family is a kind of distribution.
type Family uint8

// The families of the language, by the name it gives them.
const (
	FamilyConst       Family = iota // const(v), or v alone
	FamilyExponential               // exp(mean)
	FamilyErlang                    // erlang(mean, k)
	FamilyHyperExp                  // hyperexp(w: mean, …)
	FamilyGamma                     // gamma(mean=, cv=)
	FamilyLognormal                 // lognormal(mean=, cv=)
	FamilyWeibull                   // weibull(shape=, scale=)
	FamilyPareto                    // pareto(alpha=, min=)
	FamilyUniform                   // uniform(min, max)
	FamilyNormal                    // normal(mean=, sd=), conditioned to be positive
	FamilyMixture                   // mixture(w: dist, …)
	FamilyEmpirical                 // empirical(v, …) or empirical(file.csv)
	families
)

var familyNames = [families]string{
	"const", "exp", "erlang", "hyperexp", "gamma", "lognormal", "weibull",
	"pareto", "uniform", "normal", "mixture", "empirical",
}

// String is the name of the family in the language.
func (f Family) String() string {
	if f >= families {
		return "unknown family"
	}
	return familyNames[f]
}

// FamilyNames lists the families as the language names them.
func FamilyNames() []string { return append([]string(nil), familyNames[:]...) }

// Usage lists the ways to write a distribution of the family, for messages and
// manuals.
func (f Family) Usage() []string {
	if f >= families {
		return nil
	}
	var out []string
	for _, s := range signatures(f) {
		out = append(out, s.usage)
	}
	return out
}

// Unit says what the values of a distribution are.
type Unit uint8

const (
	Seconds Unit = iota // times, written with a unit: 3ms
	Count               // bare numbers: 3
)
