package queueing

import (
	"math"

	"github.com/headroom/headroom/scenarios"
)

// smallWindow is the mean number of answers in a window up to which their number
// is followed besides that of the bad ones.
const smallWindow = 60

// urn is the window of a breaker whose answers are forgotten one by one, each
// after an exponential time: the numbers of good and bad ones, as far as it stays
// closed.
type urn struct {
	b    *scenarios.Breaker
	load float64 // mean number of answers in it
	bad  float64
	most int
	p    [][]float64 // by number of answers and of bad ones
}

func newUrn(b *scenarios.Breaker, load, bad float64) *urn {
	u := &urn{b: b, load: load, bad: bad, most: int(load + 6*math.Sqrt(load) + 10)}
	u.p = matrix(u.most+1, u.most+1)
	return u
}

// opens reports whether so many answers open the breaker.
func (u *urn) opens(n, bad int) bool {
	return n >= u.b.Minimum && float64(bad) >= u.b.Failures*float64(n)
}

// step lets one answer come, or one be forgotten, in a chain that takes load + most
// steps for each answer times the load; it returns what stays closed.
func (u *urn) step() float64 {
	next := matrix(u.most+1, u.most+1)
	all, left := u.load+float64(u.most), 0.0
	for n, row := range u.p {
		for j := range n + 1 {
			p := row[j]
			if p == 0 {
				continue
			}
			left += p
			rest := p
			move := func(n, j int, rate float64) {
				rest -= p * rate / all
				next[n][j] += p * rate / all
			}
			if n < u.most {
				up, down := u.load*u.bad, u.load*(1-u.bad)
				if u.opens(n+1, j+1) {
					rest -= p * up / all
				} else {
					move(n+1, j+1, up)
				}
				if u.opens(n+1, j) {
					rest -= p * down / all
				} else {
					move(n+1, j, down)
				}
			}
			if j > 0 {
				move(n-1, j-1, float64(j))
			}
			if n > j {
				move(n-1, j, float64(n-j))
			}
			next[n][j] += rest
		}
	}
	u.p = next
	return left
}

// answers is the mean number of those that come until the breaker opens, from
// what is in the window at first.
func (u *urn) answers() float64 {
	each := u.load / (u.load + float64(u.most)) // answers in a step
	sum, before := 0.0, 0.0
	steps := int(6 / each * u.load)
	for i := range steps {
		left := u.step()
		sum += left * each
		if i == steps-1 && left > 0 {
			hazard := 1 - left/before
			return sum + left*each/math.Max(hazard, 1e-15)
		}
		if before = left; left < 1e-9 {
			break
		}
	}
	return sum
}
