package queueing

import "sort"

// window is the part of a distribution on 0, 1, 2, … that matters: p[i] is the
// probability (1) of first + i, and all else is nothing beside it.
type window struct {
	first int
	p     []float64
}

// windowFloor is how small a probability is, beside the largest one, that a
// window leaves out.
const windowFloor = 1e-60

// birthDeathAround is the stationary distribution of a birth–death chain on
// 0 … last with p_n = ratio(n)·p_(n−1), where ratio never rises. It starts at
// the mode and goes both ways only as far as anything is left, so that it takes
// about 30·√n steps for a mode at n, and nothing can overflow.
func birthDeathAround(last int, ratio func(n int) float64) window {
	mode := sort.Search(last, func(i int) bool { return ratio(i+1) < 1 })
	first := mode
	var down []float64
	for x := 1.0; first > 0; first-- {
		if x /= ratio(first); !(x > windowFloor) {
			break
		}
		down = append(down, x)
	}
	w := window{first: first, p: make([]float64, len(down), 2*len(down)+16)}
	for i, x := range down {
		w.p[len(down)-1-i] = x
	}
	w.p = append(w.p, 1)
	for x, n := 1.0, mode+1; n <= last; n++ {
		if x *= ratio(n); !(x > windowFloor) {
			break
		}
		w.p = append(w.p, x)
	}
	normalise(w.p)
	return w
}

// at is the probability of n.
func (w window) at(n int) float64 {
	if n < w.first || n >= w.first+len(w.p) {
		return 0
	}
	return w.p[n-w.first]
}

// below is the probability of less than n.
func (w window) below(n int) float64 {
	sum := 0.0
	for i, p := range w.p {
		if w.first+i >= n {
			break
		}
		sum += p
	}
	return sum
}

// from is the probability of n or more.
func (w window) from(n int) float64 {
	sum := 0.0
	for i := len(w.p) - 1; i >= 0 && w.first+i >= n; i-- {
		sum += w.p[i]
	}
	return sum
}

// split is the mean of min(n, c) and of what is above c: of those in service
// and in line at c servers.
func (w window) split(c int) (busy, line float64) {
	for i, p := range w.p {
		n := w.first + i
		busy += float64(min(n, c)) * p
		line += float64(max(0, n-c)) * p
	}
	return busy, line
}
