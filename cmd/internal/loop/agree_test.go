package loop

import (
	"context"
	"fmt"
	"math"
	"os"
	"testing"
	"time"

	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/queueing"
	"github.com/headroom/headroom/scenarios"
)

// mmc is M/M/c as a scenario: service time 5 ms, c cores, load rho.
func mmc(t *testing.T, c int, rho float64) *scenarios.Model {
	t.Helper()
	const service = 0.005
	src := fmt.Sprintf(`headroom: 1
name: mm%d
services:
  web: {cores: %d, discipline: fifo, operations: {page: [{cpu: exp(5ms)}]}}
workloads:
  visitors: {arrivals: poisson(%.17g/s), does: web.page}
`, c, c, rho*float64(c)/service)
	m, bad := scenarios.Parse("mmc.yaml", []byte(src), nil)
	if bad != nil {
		t.Fatal(bad)
	}
	return m
}

// truth is M/M/c by sums of its state probabilities, the textbook way (Gross &
// Harris 1985, ch. 2): nothing of the solver under test takes part in it.
type truth struct{ mean, p50, p99, pWait, pIdle float64 }

func exactly(c int, rho float64) truth {
	const service = 0.005
	mu, a := 1/service, rho*float64(c)
	term, sum := 1.0, 0.0
	for k := range c {
		sum += term
		term *= a / float64(k+1)
	}
	pWait := term / (1 - rho) / (sum + term/(1-rho))
	theta := mu * float64(c) * (1 - rho) // rate at which a wait ends
	survival := func(x float64) float64 {
		if c == 1 {
			return math.Exp(-mu * (1 - rho) * x)
		}
		// A wait is 0 or exponential(theta); the service is exponential(mu).
		sum := (1 + mu*x) * math.Exp(-mu*x) // where theta and mu are the same
		if math.Abs(theta-mu) > 1e-9*mu {
			sum = (mu*math.Exp(-theta*x) - theta*math.Exp(-mu*x)) / (mu - theta)
		}
		return (1-pWait)*math.Exp(-mu*x) + pWait*sum
	}
	quantile := func(p float64) float64 {
		lo, hi := 0.0, 10.0
		for range 200 {
			if mid := (lo + hi) / 2; survival(mid) > 1-p {
				lo = mid
			} else {
				hi = mid
			}
		}
		return lo
	}
	return truth{
		mean: service + pWait/theta, p50: quantile(0.5), p99: quantile(0.99),
		pWait: pWait, pIdle: 1 - pWait,
	}
}

func relative(got measure.Estimate, want float64) float64 {
	return math.Abs(got.Value-want) / want
}

func TestSolverEqualsClosedForm(t *testing.T) {
	for _, c := range []int{1, 2, 8} {
		for _, rho := range []float64{0.5, 0.8, 0.95} {
			want := exactly(c, rho)
			r, err := queueing.Solve(context.Background(), mmc(t, c, rho), queueing.Options{})
			if err != nil {
				t.Fatal(err)
			}
			got, web := r.Workloads["visitors"].Response, r.Services["web"]
			for name, pair := range map[string]struct {
				got  measure.Estimate
				want float64
			}{
				"mean": {got.Mean, want.mean}, "p50": {got.P50, want.p50}, "p99": {got.P99, want.p99},
				"p_wait": {web.PWait, want.pWait}, "p_idle": {web.PIdle, want.pIdle},
			} {
				if e := relative(pair.got, pair.want); !(e < 1e-9) {
					t.Errorf("c=%d rho=%g %s: got %.12g, want %.12g (off by %.2g)", c, rho, name, pair.got.Value, pair.want, e)
				}
			}
		}
	}
}

// The live system against theory, 30 s each: three minutes in all, so only
// where HEADROOM_LIVE asks for it (make test does).
func TestLiveAgreesWithTheory(t *testing.T) {
	if os.Getenv("HEADROOM_LIVE") == "" {
		t.Skip("set HEADROOM_LIVE=1 to drive live systems for three minutes")
	}
	for _, c := range []int{1, 2, 8} {
		for _, rho := range []float64{0.5, 0.8} {
			t.Run(fmt.Sprintf("c=%d,rho=%g", c, rho), func(t *testing.T) {
				out, err := Run(t.Context(), mmc(t, c, rho), Options{
					Seed: 1, Precision: 0.02, MaxTime: 10 * time.Second,
					Warmup: 2 * time.Second, Duration: 30 * time.Second, Progress: silent{},
				})
				if err != nil {
					t.Fatal(err)
				}
				want, got := exactly(c, rho), out.Cell.Measured.Workloads["visitors"].Response
				mean, p99 := got.Mean.Value/want.mean-1, got.P99.Value/want.p99-1
				t.Logf("mean %+.1f %%, p99 %+.1f %%", 100*mean, 100*p99)
				if math.Abs(mean) > 0.10 {
					t.Errorf("measured mean %.4g s, theory %.4g s", got.Mean.Value, want.mean)
				}
				if math.Abs(p99) > 0.15 {
					t.Errorf("measured p99 %.4g s, theory %.4g s", got.P99.Value, want.p99)
				}
			})
		}
	}
}

// Albumly is the promise of the README: whole against whole, and one live cell
// against the prediction of that cell.
func TestAlbumlyAgrees(t *testing.T) {
	if os.Getenv("HEADROOM_LIVE") == "" {
		t.Skip("set HEADROOM_LIVE=1 to drive Albumly for a minute")
	}
	m, err := scenarios.Load("albumly", scenarios.Options{})
	if err != nil {
		t.Fatal(err)
	}
	out, err := Run(t.Context(), m, Options{
		Seed: 1, Precision: 0.01, MaxTime: 30 * time.Second,
		Warmup: 5 * time.Second, Duration: time.Minute, Progress: silent{},
	})
	if err != nil {
		t.Fatal(err)
	}
	check := func(what, name string, got, want measure.Estimate, limit float64) {
		off := got.Value/want.Value - 1
		t.Logf("%-22s %-8s %8.3f ms  %8.3f ms  %+5.1f %%", what, name, 1e3*want.Value, 1e3*got.Value, 100*off)
		if !(math.Abs(off) <= limit) {
			t.Errorf("%s of %s: %.4g s against %.4g s", what, name, got.Value, want.Value)
		}
	}
	for _, w := range m.Workloads {
		a, s := out.Whole.Analytic.Workloads[w.Name].Response, out.Whole.Simulated.Workloads[w.Name].Response
		check("analytic mean, whole", w.Name, a.Mean, s.Mean, 0.05)
		check("analytic p99, whole", w.Name, a.P99, s.P99, 0.10)
		c, l := out.Cell.Simulated.Workloads[w.Name].Response, out.Cell.Measured.Workloads[w.Name].Response
		check("measured mean, cell", w.Name, l.Mean, c.Mean, 0.10)
		check("measured p99, cell", w.Name, l.P99, c.P99, 0.15)
	}
}

type silent struct{}

func (silent) Stage(string, time.Duration) {}
func (silent) Update(float64, string)      {}
