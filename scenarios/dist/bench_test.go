package dist

import (
	"math"
	"math/rand/v2"
	"testing"
)

var benchTexts = []string{
	"3ms", "exp(3ms)", "erlang(9ms, 3)", "hyperexp(mean=9ms, cv=2)", "gamma(mean=9ms, cv=1.5)", "gamma(mean=9ms, cv=0.3)",
	"lognormal(mean=9ms, cv=1.8)", "weibull(mean=9ms, cv=1.5)", "weibull(shape=2, scale=9ms)", "pareto(mean=9ms, alpha=2.5)",
	"uniform(1ms, 3ms)", "normal(mean=9ms, cv=0.2)", "mixture(90%: exp(1ms), 10%: exp(50ms))", "empirical(1ms, 2ms, 5ms)",
}

func BenchmarkSample(b *testing.B) {
	for _, text := range benchTexts {
		b.Run(text, func(b *testing.B) {
			d, r := parse(b, text), rand.New(rand.NewPCG(1, 2))
			b.ReportAllocs()
			for b.Loop() {
				d.Sample(r)
			}
		})
	}
}

// BenchmarkLST takes the arguments of one Euler inversion in turn.
func BenchmarkLST(b *testing.B) {
	for _, text := range benchTexts {
		b.Run(text, func(b *testing.B) {
			d := parse(b, text)
			var s [40]complex128
			for k := range s {
				s[k] = complex(9.2, math.Pi*float64(k)) / complex(2*d.Mean(), 0)
			}
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				d.LST(s[i%len(s)])
			}
		})
	}
}

func BenchmarkQuantile(b *testing.B) {
	for _, text := range benchTexts {
		b.Run(text, func(b *testing.B) {
			d := parse(b, text)
			for b.Loop() {
				d.Quantile(0.99)
			}
		})
	}
}

func BenchmarkParse(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse("lognormal(p50=0.3ms, p99=2ms)", Seconds); err != nil {
			b.Fatal(err)
		}
	}
}
