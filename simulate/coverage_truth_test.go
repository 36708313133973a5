package simulate

import (
	"fmt"
	"math"
	"testing"

	"github.com/headroom/headroom/scenarios"
	"github.com/headroom/headroom/scenarios/dist"
)

// truth is a system whose figures are known exactly.
type truth struct {
	name  string
	model func() *scenarios.Model
	mean  float64 // response time (s)
	p99   float64 // (s)
	busy  float64 // utilization of the service "web" (1)
}

// truths are the systems that the intervals are held to.
func truths() []truth {
	return []truth{
		mmcTruth(1, 0.5), mmcTruth(1, 0.9), mmcTruth(8, 0.8),
		hyperTruth(0.5, 10), closedTruth(12, 10, 1, 0.8),
		forkTruth(0.5), forkFreeTruth(),
	}
}

// quantileOf turns the share beyond t round: where it is 1 %.
func quantileOf(beyond func(t float64) float64) float64 {
	lo, hi := 0.0, 1.0
	for beyond(hi) > 0.01 {
		hi *= 2
	}
	for range 100 {
		if mid := (lo + hi) / 2; beyond(mid) > 0.01 {
			lo = mid
		} else {
			hi = mid
		}
	}
	return lo
}

// mmcTruth is M/M/c with a mean service time of 1 s. With the chance C of
// waiting by Erlang's formula and θ = c·(1 − ρ), the waiting time is
// exponential of rate θ with probability C and nothing otherwise; the response
// time is its sum with an independent exponential of rate 1 (Gross et al.,
// Fundamentals of Queueing Theory, 4th ed. 2008, section 2.3).
func mmcTruth(c int, rho float64) truth {
	blocked := 1.0
	for i := 1; i <= c; i++ {
		blocked = rho * float64(c) * blocked / (float64(i) + rho*float64(c)*blocked)
	}
	waits := blocked / (1 - rho*(1-blocked))
	theta := float64(c) * (1 - rho)
	beyond := func(t float64) float64 {
		if math.Abs(theta-1) < 1e-9 {
			return math.Exp(-t) * (1 + waits*t)
		}
		return (1-waits)*math.Exp(-t) + waits*(theta*math.Exp(-t)-math.Exp(-theta*t))/(theta-1)
	}
	return truth{fmt.Sprintf("M/M/%d at %s", c, percentOf(rho)), func() *scenarios.Model { return mmc(c, rho) }, 1 + waits/theta, quantileOf(beyond), rho}
}

func percentOf(share float64) string { return fmt.Sprintf("%.0f %%", 100*share) }

// hyperTruth is M/G/1 in order of arrival with hyperexponential demands of mean
// 1 s and the squared coefficient of variation c2, of balanced means. By
// Pollaczek and Khinchine the transform of the waiting time is
//
//	W*(s) = (1 − ρ)·s / (s − λ + λ·B*(s))    B*(s) = Σ pᵢ·μᵢ/(s + μᵢ)
//
// whose denominator has, besides 0, the two roots of s² + (μ₁ + μ₂ − λ)·s +
// μ₁μ₂·(1 − ρ), both negative: the response time W*·B* is a sum of four
// exponentials by partial fractions.
func hyperTruth(rho, c2 float64) truth {
	p := (1 + math.Sqrt((c2-1)/(c2+1))) / 2
	mu1, mu2 := 2*p, 2*(1-p)
	b := mu1 + mu2 - rho
	c := mu1 * mu2 * (1 - rho)
	root := math.Sqrt(b*b - 4*c)
	r1, r2 := (b-root)/2, (b+root)/2 // W*(s) = (1−ρ)(s+μ₁)(s+μ₂)/((s+r₁)(s+r₂))
	// W*·B* = (1−ρ)·(p·μ₁·(s+μ₂) + (1−p)·μ₂·(s+μ₁))/((s+r₁)(s+r₂)): the poles of
	// B* cancel, and two exponentials are left.
	top := func(s float64) float64 { return (1 - rho) * (p*mu1*(s+mu2) + (1-p)*mu2*(s+mu1)) }
	a1, a2 := top(-r1)/(r2-r1), top(-r2)/(r1-r2) // densities a·e^(−r·t)
	beyond := func(t float64) float64 { return a1/r1*math.Exp(-r1*t) + a2/r2*math.Exp(-r2*t) }
	model := func() *scenarios.Model {
		return single(fifo(1), dist.HyperExponential([]float64{p, 1 - p}, []float64{1 / mu1, 1 / mu2}), rho)
	}
	return truth{"M/G/1 at " + percentOf(rho) + ", c² = 10", model, a1/(r1*r1) + a2/(r2*r2), quantileOf(beyond), rho}
}

// closedTruth is a closed network: users think for an exponential time and then
// ask web and db, each one core in order of arrival. Its means are those of
// mean value analysis ([ReLa80]); the law of its response time is that of the
// time to absorption of a Markov chain which follows a request: it finds the
// others as they are in the steady state of one user fewer ([SeMi81]), and what
// comes behind it makes no difference to it.
func closedTruth(users int, think, web, db float64) truth {
	mu1, mu2 := 1/web, 1/db
	weight := func(thinking, n1, n2 int) float64 {
		w := math.Pow(web, float64(n1)) * math.Pow(db, float64(n2))
		for i := 1; i <= thinking; i++ {
			w *= think / float64(i)
		}
		return w
	}
	n := users + 2
	atWeb, atDB, sum := make([][]float64, n), make([]float64, n), 0.0 // [ahead with itself][at db]; [place at db]
	for i := range atWeb {
		atWeb[i] = make([]float64, n)
	}
	for n1 := range users {
		for n2 := range users - n1 {
			w := weight(users-1-n1-n2, n1, n2)
			atWeb[n1+1][n2] = w
			sum += w
		}
	}
	// One step of the chain in discrete time, at the rate μ₁ + μ₂.
	left := []float64{1} // share not answered after so many steps
	for left[len(left)-1] > 1e-12 {
		web2, db2, l := make([][]float64, n), make([]float64, n), 0.0
		for i := range web2 {
			web2[i] = make([]float64, n)
		}
		up := mu1 / (mu1 + mu2)
		for a := 1; a <= users; a++ {
			for d := 0; d <= users; d++ {
				w := atWeb[a][d]
				if a > 1 {
					web2[a-1][d+1] += up * w
				} else {
					db2[d+1] += up * w
				}
				web2[a][max(d-1, 0)] += (1 - up) * w
			}
		}
		for p := 1; p <= users; p++ {
			db2[p] += up * atDB[p]
			db2[p-1] += (1 - up) * atDB[p]
		}
		db2[0] = 0
		for a := range web2 {
			l += db2[a]
			for d := range web2[a] {
				l += web2[a][d]
			}
		}
		atWeb, atDB = web2, db2
		left = append(left, l/sum)
	}
	mean := 0.0
	for _, l := range left {
		mean += l / (mu1 + mu2)
	}
	beyond := func(t float64) float64 { // Poisson many steps in t
		x, out := (mu1+mu2)*t, 0.0
		for k, l := range left {
			log, _ := math.Lgamma(float64(k + 1))
			out += l * math.Exp(float64(k)*math.Log(max(x, 1e-300))-x-log)
		}
		return out
	}
	model := func() *scenarios.Model {
		s := newSystem("closed")
		var calls []scenarios.Step
		for _, st := range []struct {
			name string
			mean float64
		}{{"web", web}, {"db", db}} {
			v := fifo(1)
			v.Name = st.name
			calls = append(calls, s.call(s.op(s.service(v), "x", s.cpu(dist.Exponential(st.mean)))))
		}
		s.Workloads = []scenarios.Workload{{Name: "users", Users: users, Think: dist.Exponential(think), Steps: calls}}
		return s.Model
	}
	return truth{"closed, 12 users, two stations", model, mean, quantileOf(beyond), float64(users) / (think + mean) * web}
}

// forkModel is a request that two stations work on side by side, 1 s each in
// the mean.
func forkModel(rate float64, v scenarios.Service) *scenarios.Model {
	s := newSystem("fork")
	var branches [][]scenarios.Step
	for _, name := range []string{"web", "db"} {
		v.Name = name
		branches = append(branches, []scenarios.Step{s.call(s.op(s.service(v), "x", s.cpu(dist.Exponential(1))))})
	}
	front := s.service(scenarios.Service{Name: "front"})
	s.poisson("users", rate, s.op(front, "x", s.parallel(2, branches...)))
	return s.Model
}

// forkTruth is fork and join over two M/M/1: Poisson arrivals find the numbers
// at both as they are at any time, so the response time is the longer of two
// Erlang times, independent given these numbers. Their joint law is that of the
// Markov chain, cut off at 60 (a share of 1e-18 is beyond at ρ = 0.5). The mean
// has a closed form, which a test holds it to.
func forkTruth(rho float64) truth {
	const n = 60
	p := make([][]float64, n)
	for i := range p {
		p[i] = make([]float64, n)
		for j := range p[i] {
			p[i][j] = (1 - rho) * (1 - rho) * math.Pow(rho, float64(i+j))
		}
	}
	at := func(i, j int) float64 {
		if i < 0 || j < 0 || i >= n || j >= n {
			return 0
		}
		return p[i][j]
	}
	// Gauss–Seidel on the balance equations, by halves: every step changes the
	// sum of both numbers by 2 or −1, so whole steps would go round in threes.
	for range 600 {
		sum := 0.0
		for i := range n {
			for j := range n {
				out := rho
				if i > 0 {
					out++
				}
				if j > 0 {
					out++
				}
				p[i][j] = (p[i][j] + (rho*at(i-1, j-1)+at(i+1, j)+at(i, j+1))/out) / 2
				sum += p[i][j]
			}
		}
		for i := range p {
			for j := range p[i] {
				p[i][j] /= sum
			}
		}
	}
	beyond := func(t float64) float64 {
		within := make([]float64, n) // P(Erlang(i+1) ≤ t)
		term, left := math.Exp(-t), 1.0
		for i := range within {
			left -= term
			within[i] = left
			term *= t / float64(i+1)
		}
		out := 0.0
		for i := range p {
			for j := range p[i] {
				out += p[i][j] * (1 - within[i]*within[j])
			}
		}
		return out
	}
	mean, dt := 0.0, 0.01
	for t := dt / 2; t < 100; t += dt {
		mean += dt * beyond(t)
	}
	return truth{"fork-join, two M/M/1 at " + percentOf(rho), func() *scenarios.Model { return forkModel(rho, fifo(1)) }, mean, quantileOf(beyond), rho}
}

// forkFreeTruth is fork and join where nobody waits: the longer of two
// exponential times.
func forkFreeTruth() truth {
	model := func() *scenarios.Model { return forkModel(10, fifo(1000)) }
	return truth{"fork-join, nobody waits", model, 1.5, -math.Log(1 - math.Sqrt(0.99)), 0.01}
}

// The truths themselves against what is known from elsewhere.
func TestTruths(t *testing.T) {
	fork := forkTruth(0.5)
	near := func(what string, got, want, rel float64) {
		t.Helper()
		if !(math.Abs(got/want-1) < rel) {
			t.Errorf("%s is %.9g, want %.9g", what, got, want)
		}
	}
	a := mmcTruth(1, 0.9)
	near("mean of M/M/1", a.mean, 10, 1e-12)
	near("p99 of M/M/1", a.p99, 10*math.Log(100), 1e-9)
	// Pollaczek–Khinchine: 1 + ρ·(1 + c²)/(2·(1 − ρ)).
	near("mean of M/G/1", hyperTruth(0.5, 10).mean, 6.5, 1e-9)
	near("p99 of M/G/1 with hardly any variation more", hyperTruth(0.5, 1+1e-9).p99, 2*math.Log(100), 1e-4)
	// Fork and join of two M/M/1: (12 − ρ)/8 · 1/(1 − ρ) ([NeTa88], equation 8).
	near("mean of fork and join", fork.mean, 2.875, 1e-4)
	// Mean value analysis of the closed network.
	q1, q2, r := 0.0, 0.0, 0.0
	for n := 1; n <= 12; n++ {
		r1, r2 := 1*(1+q1), 0.8*(1+q2)
		r = r1 + r2
		q1, q2 = float64(n)/(10+r)*r1, float64(n)/(10+r)*r2
	}
	near("mean of the closed network", closedTruth(12, 10, 1, 0.8).mean, r, 1e-9)
	// One user alone: two exponentials in a row.
	one := closedTruth(1, 10, 1, 0.5)
	x := one.p99
	near("p99 of one user", 2*math.Exp(-x)-math.Exp(-2*x), 0.01, 1e-6)
}
