package queueing

import (
	"fmt"
	"math"

	"github.com/headroom/headroom/scenarios"
)

// breakerLoad is what a circuit breaker meets: calls come at a rate (1/s), each
// makes a number of attempts while it is closed, a share bad of these end badly,
// and the answer takes a time (s).
type breakerLoad struct {
	calls, attempts, bad, answer float64
}

// letsPass is the share of its calls that a circuit breaker lets pass (1). It goes
// through cycles: closed, until of the answers of a window at least Minimum are
// there and a share Failures of them is bad; open; and half open from the next call
// on, until its probes have ended, when it closes if all were good, and opens
// again otherwise. By renewal and reward the share is the mean number of calls that
// pass in a cycle over the mean number that come in one.
//
//   - Model: attempts end badly independently of each other, whatever the state: what
//     an open breaker does for a callee shows in the mean only (a mean field). A window
//     that is full forgets one answer at random for each that comes
//     (the urn of Ehrenfest), and answers that are too few to fill Minimum come to
//     that by chance, as a number in M/M/∞.
//   - Accuracy: where calls fail by themselves the share that is stopped was within some
//     per cent for windows of many answers, and up to a fifth too small for ones of 20 or 30.
//   - Source: the states [Nyga07]; renewal and reward, and the passage times of
//     birth and death, [Cinl75].
func letsPass(b *scenarios.Breaker, l breakerLoad) float64 {
	if !(l.bad > 0) || !(l.calls > 0) {
		return 1
	}
	rate := l.calls * math.Max(1, l.attempts)
	closed := answersUntilOpen(b, l.bad, rate) / rate
	if !(closed < 1e15) {
		return 1
	}
	closed += l.answer // what is on its way when it opens has passed
	good := math.Max(0, 1-l.bad)
	closes := math.Pow(good, float64(b.Probes))
	probes := powers(good, b.Probes)
	probes = math.Min(float64(b.Probes), probes+l.calls*l.answer*float64(min(b.Probes-1, 1)))
	trial := b.Open + probes/l.calls + l.answer // the wait for its first call among it
	if closes < 1e-12 {
		return math.Min(1, probes/(l.calls*trial))
	}
	passed := l.calls*closed + probes/closes
	return math.Min(1, passed/(l.calls*(closed+trial/closes)))
}

// mostAnswers is how many answers a window is followed one by one for; beyond, it
// is taken as if it had always been full.
const mostAnswers = 600

// answersUntilOpen is the mean number of answers, of which a share bad is that,
// coming at a rate (1/s), after which a breaker that has just closed opens; +Inf
// for more than 1e15.
func answersUntilOpen(b *scenarios.Breaker, bad, rate float64) float64 {
	window := 0.95 * b.Window // of its ten parts the last is begun only
	full := int(math.Min(1e6, rate*window))
	if rate*window < smallWindow && b.Minimum < 2*smallWindow {
		return answersOfFew(b, bad, rate)
	}
	if full < b.Minimum {
		few := passageOfNumber(b.Minimum, rate*window)
		return few / math.Max(1e-300, binomialTail(b.Minimum, bad, b.Failures))
	}
	if b.Minimum > mostAnswers {
		return float64(b.Minimum) + (1-binomialTail(b.Minimum, bad, b.Failures))*passageOfWindow(min(full, 5000), bad, b.Failures)
	}
	stay := []float64{1} // by the number of bad ones among n, not open yet
	left, sum := 1.0, 0.0
	for n := 1; n <= min(full, b.Minimum+mostAnswers); n++ {
		sum += left
		next := make([]float64, n+1)
		for j, p := range stay {
			next[j] += p * (1 - bad)
			next[j+1] += p * bad
		}
		if n >= b.Minimum {
			for j := range next {
				if float64(j) >= b.Failures*float64(n) {
					next[j] = 0
				}
			}
		}
		left = 0
		for _, p := range next {
			left += p
		}
		if stay = next; left < 1e-12 {
			return sum
		}
	}
	return sum + left*passageOfWindow(min(full, 5000), bad, b.Failures)
}

// passageOfWindow is the mean number of answers until a full window of n, with
// the mean number of bad ones at first, has a share of bad ones.
func passageOfWindow(n int, bad, share float64) float64 {
	to := int(math.Ceil(share*float64(n) - 1e-9))
	return passage(int(math.Min(bad*float64(n), float64(to))), to,
		func(j int) float64 { return bad * float64(n-j) / float64(n) },
		func(j int) float64 { return (1 - bad) * float64(j) / float64(n) })
}

// passageOfNumber is the mean number of arrivals until there are n in M/M/∞ of the
// given load, empty at first.
func passageOfNumber(n int, load float64) float64 {
	return passage(0, n, func(int) float64 { return 1 }, func(j int) float64 { return float64(j) / load })
}

// passage is the mean time of a birth–death chain from one state up to another:
// the step up from j takes 1/up(j) + down(j)/up(j) times the step up to j.
func passage(from, to int, up, down func(j int) float64) float64 {
	sum, step := 0.0, 0.0
	for j := range to {
		if step = (1 + down(j)*step) / up(j); !(step < 1e15) {
			return math.Inf(1)
		}
		if j >= from {
			sum += step
		}
	}
	return sum
}

// binomialTail is the probability that of n at least a share is bad.
func binomialTail(n int, bad, share float64) float64 {
	if bad >= 1 {
		return 1
	}
	sum := 0.0
	lg := func(x int) float64 { v, _ := math.Lgamma(float64(x) + 1); return v }
	for j := int(math.Ceil(share*float64(n) - 1e-9)); j <= n; j++ {
		sum += math.Exp(lg(n) - lg(j) - lg(n-j) + float64(j)*math.Log(bad) + float64(n-j)*math.Log1p(-bad))
	}
	return sum
}

// mostLate is the share of the bad answers that may be late ones for a breaker to
// be modelled. Late answers come in bursts, at a load that the breaker itself turns
// on and off: taken as independent they open it far too seldom.
const mostLate = 0.1

// settleBreaker brings the share of its calls that a breaker lets pass up to
// date, where an attempt takes a mean time (s), and returns by how much it moved.
func (x *solver) settleBreaker(t *tries, answer float64) float64 {
	if t.o.Breaker == nil {
		return 0
	}
	s := x.successOf(t.op)
	if s*t.late > mostLate*(1-s*(1-t.late)) {
		change := t.stopped
		t.stopped, t.ignored = 0, true
		return change
	}
	t.ignored = false
	if t.o.Timeout > 0 {
		answer = math.Min(answer, t.o.Timeout)
	}
	if math.IsInf(answer, 1) || math.IsNaN(answer) {
		answer = 0
	}
	now := letsPass(t.o.Breaker, breakerLoad{
		calls: x.callsAt(t), attempts: powers(t.again(s), t.most()), bad: 1 - s*(1-t.late), answer: answer,
	})
	change := math.Abs(now - 1 + t.stopped)
	t.stopped = 1 - now
	return change
}

// callsAt is how often calls come to one breaker of a step (1/s): there is one in
// each replica of the service that calls, or one of a workload.
func (x *solver) callsAt(t *tries) float64 {
	at := func(service scenarios.ServiceID, steps []scenarios.Step) float64 {
		sum := 0.0
		c := counter{p: x.p, service: service, success: x.success, tries: x.tries}
		c.seen = func(s scenarios.Call, w float64) {
			if s.Path() == t.path {
				sum += w
			}
		}
		c.steps(steps, 1, false)
		return sum
	}
	sum := 0.0
	for i := range x.m.Operations {
		op := &x.m.Operations[i]
		rate := x.fedRate(i)
		for v := range x.viewers {
			rate += x.rates.calls[v][i]
		}
		if rate > 0 {
			s := &x.m.Services[op.Service]
			sum += rate * at(op.Service, op.Steps) / (float64(s.Replicas) * available(s))
		}
	}
	for w := range x.m.Workloads {
		if x.requests[w] > 0 {
			sum += x.requests[w] * at(0, x.m.Workloads[w].Steps)
		}
	}
	return sum
}

// breakerCaveats are those about circuit breakers that open.
func (x *solver) breakerCaveats(add func(what, where, effect string)) {
	for _, t := range x.tries {
		name, where := x.m.Operations[t.op].Name, "services."+x.m.Services[x.p.ops[t.op].service].Name
		if t.ignored {
			add("not modelled: circuit breakers of calls of "+name, where,
				fmt.Sprintf("%.2g %% of the attempts are late, in bursts that open them; calls go on here however many fail, where a simulation stops some or most", 100*t.late))
		}
		if t.stopped < 1e-6 {
			continue
		}
		add(fmt.Sprintf("circuit breakers stop %.2g %% of the calls of %s; they are taken to go through their states in the mean", 100*t.stopped, name), where,
			"attempts are taken to fail as often whether others are stopped or not, and independently: where a callee turns calls away because of its load, the share that is stopped is rough")
	}
}

// answersOfFew is answersUntilOpen where few answers are in a window, so that their
// number matters as much as how many are bad: none is forgotten until the window is full.
func answersOfFew(b *scenarios.Breaker, bad, rate float64) float64 {
	u := newUrn(b, rate*b.Window, bad)
	u.p[0][0] = 1
	return u.answers()
}
