package dist_test

import (
	"fmt"
	"math/rand/v2"

	"github.com/headroom/headroom/scenarios/dist"
)

// A distribution by two percentiles that somebody measured.
func ExampleParse() {
	d, err := dist.Parse("lognormal(p50=0.3ms, p99=2ms)", dist.Seconds)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("mean %.3f ms, cv² %.2f, p99.9 %.2f ms\n", 1e3*d.Mean(), d.SCV(), 1e3*d.Quantile(0.999))
	// Output: mean 0.418 ms, cv² 0.94, p99.9 3.73 ms
}

// A mistake is told with its place and the way out.
func ExampleParse_mistake() {
	_, err := dist.Parse("gamma(mean=9ms, vc=2)", dist.Seconds)
	fmt.Println(err)
	// Output:
	// dist: offset 16: gamma has no parameter "vc"; did you mean "cv"? write gamma(mean=9ms, cv=1.5) or gamma(shape=2, scale=4ms)
}

// Samples depend on the generator and on nothing else.
func ExampleDist_Sample() {
	d := dist.Exponential(0.003)
	r := rand.New(rand.NewPCG(1, 2))
	for range 3 {
		fmt.Printf("%.3f ms\n", 1e3*d.Sample(r))
	}
	// Output:
	// 1.779 ms
	// 0.204 ms
	// 0.109 ms
}

func ExampleDist_Scaled() {
	d, _ := dist.Parse("mixture(90%: exp(1ms), 10%: 50ms)", dist.Seconds)
	fmt.Println(d.Scaled(2))
	// Output: mixture(0.9: exp(2ms), 0.1: 100ms)
}
