package layered

import "math"

// depth is how many present a station is solved for.
func (s *station) depth(but *link) int {
	reach := max(most, min(s.servers+most/2, maxReach))
	if s.open > 0 {
		return reach
	}
	total := 0
	for _, l := range s.clients {
		if l != but && l.visits > 0 {
			total += l.from.limit
		}
	}
	return max(1, min(reach, total))
}

// maxReach bounds depth.
const maxReach = 1000

// watch finds how many are present, as the networks of its clients have it,
// each weighed with its part of the visits; open arrivals see the station as it
// is on its own.
func (s *station) watch() {
	s.seen = make([]float64, len(s.dist))
	if s.rate == 0 {
		s.seen[0] = 1
		return
	}
	rest := 1.0
	for _, l := range s.clients {
		if l.visits == 0 || l.present == nil {
			continue
		}
		weight := l.from.mean * l.visits / s.rate
		rest -= weight
		l.spread(s.others(l, s.depth(l)), weight, s.seen)
	}
	for i, p := range s.dist {
		s.seen[i] += max(0, rest) * p
	}
}

// occupy finds how many threads of a task are busy, from how many are present.
// The distribution is tilted, by powers of a factor, to the throughput that
// those who call need.
func (t *task) occupy() {
	s := t.station
	busy := make([]float64, t.limit+1)
	for j, p := range s.seen {
		if s.given == nil || j >= len(s.given) {
			busy[t.threads(j)] += p
			continue
		}
		for i, g := range s.given[j] {
			busy[min(i, t.limit)] += p * g
		}
	}
	t.tilt(busy)
	t.busy = busy
}

func (t *task) threads(present int) int {
	if t.Threads > 0 {
		present = min(present, t.Threads)
	}
	return min(present, t.limit)
}

// tilt multiplies by powers e^x until the mean throughput is the task's: by
// Newton's method, as the derivative by x is the covariance of throughput and
// number, and by bisection where that leads astray.
func (t *task) tilt(busy []float64) {
	if t.mean == 0 {
		clear(busy)
		busy[0] = 1
		return
	}
	logs := make([]float64, len(busy))
	for n := range busy {
		logs[n] = math.Log(max(busy[n], 1e-30))
	}
	low, high, x := -40.0, 40.0, 0.0
	for range 60 {
		tilted(busy, logs, x)
		rate, slope := moment(busy, t.through)
		if rate < t.mean {
			low = x
		} else {
			high = x
		}
		step := (t.mean - rate) / slope
		if math.Abs(step) < 1e-13 || high-low < 1e-13 {
			break
		}
		x += step
		if !(x > low && x < high) {
			x = (low + high) / 2
		}
	}
	tilted(busy, logs, x)
}

// moment is the mean of what depends on n, and its covariance with n.
func moment(p, of []float64) (mean, covariance float64) {
	first, both := 0.0, 0.0
	for n, x := range p {
		first += x * float64(n)
		mean += x * of[n]
		both += x * float64(n) * of[n]
	}
	return mean, both - first*mean
}

func mean(p, of []float64) float64 {
	sum := 0.0
	for i, x := range p {
		sum += x * of[i]
	}
	return sum
}

// tilted is p(n)·e^(x·n), normed, of the logarithms of p.
func tilted(out, logs []float64, x float64) {
	top := math.Inf(-1)
	for n := range logs {
		out[n] = logs[n] + x*float64(n)
		top = max(top, out[n])
	}
	total := 0.0
	for n := range out {
		out[n] = math.Exp(out[n] - top)
		total += out[n]
	}
	for n := range out {
		out[n] /= total
	}
}
