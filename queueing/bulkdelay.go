package queueing

import "math"

// counts is a distribution of a whole number: p[i] is that of first + i.
type counts struct {
	first int
	p     []float64
}

// mixedPoisson is the number of arrivals at rate lambda during a gamma
// distributed time of the given mean and variance: negative binomial, or Poisson
// for a time without variance. biased raises the shape by that much, which for 1
// makes it the length-biased time that an arrival falls into. Numbers above most
// count as most.
func mixedPoisson(lambda, mean, variance, biased float64, most int) counts {
	if !(mean > 0) || !(lambda > 0) {
		return counts{0, []float64{1}}
	}
	theta := lambda * variance / mean // arrivals in one scale of the gamma
	if theta < 1e-9 {
		x := lambda * mean
		return spreadFrom(x, most, func(n int) float64 { return x / float64(n) })
	}
	shape := mean*mean/variance + biased
	q := theta / (1 + theta)
	mode := math.Max(0, (shape-1)*theta)
	return spreadFrom(mode, most, func(n int) float64 { return q * (shape + float64(n) - 1) / float64(n) })
}

// spreadFrom builds a distribution from its mode, rounded down, and the ratio
// p_n/p_(n−1), out to where the terms are negligible. What is beyond most is put
// there, taken as geometric.
func spreadFrom(at float64, most int, ratio func(n int) float64) counts {
	const negligible = 1e-14
	if !(at < float64(most)) {
		return counts{most, []float64{1}}
	}
	mode := int(at)
	var below []float64
	for n, p := mode, 1.0; n > 0; n-- {
		p /= ratio(n)
		if !(p >= negligible) {
			break
		}
		below = append(below, p)
	}
	c := counts{first: mode - len(below), p: make([]float64, 0, 2*len(below)+16)}
	total := 1.0
	for i := len(below) - 1; i >= 0; i-- {
		c.p = append(c.p, below[i])
		total += below[i]
	}
	c.p = append(c.p, 1)
	for n, p := mode+1, 1.0; ; n++ {
		r := ratio(n)
		p *= r
		if !(p >= negligible) {
			break
		}
		if n >= most && r < 1 {
			p /= 1 - r
			c.p = append(c.p, p)
			total += p
			break
		}
		c.p = append(c.p, p)
		total += p
	}
	for i := range c.p {
		c.p[i] /= total
	}
	return c
}

// mixture is one of several times, drawn by weight.
type mixture struct {
	weights []float64
	parts   []fitted
}

func (m mixture) moments() (first, second float64) {
	for i, w := range m.weights {
		mean := m.parts[i].Mean()
		first += w * mean
		second += w * (m.parts[i].Variance() + mean*mean)
	}
	return first, second
}

func (m mixture) Mean() float64 { first, _ := m.moments(); return first }

func (m mixture) Variance() float64 {
	first, second := m.moments()
	return math.Max(0, second-first*first)
}

func (m mixture) Survival(t float64) float64 {
	sum := 0.0
	for i, w := range m.weights {
		sum += w * m.parts[i].Survival(t)
	}
	return sum
}

func (m mixture) CDF(t float64) float64 { return math.Max(0, 1-m.Survival(t)) }

func (m mixture) density(t float64) float64 {
	sum := 0.0
	for i, w := range m.weights {
		sum += w * m.parts[i].density(t)
	}
	return sum
}

func (m mixture) Quantile(p float64) float64 { return quantileNewton(m, p) }

func (m mixture) LST(s complex128) complex128 {
	sum := complex128(0)
	for i, w := range m.weights {
		sum += complex(w, 0) * m.parts[i].LST(s)
	}
	return sum
}

// delay is the time from the arrival of a message to the end of its batch. A
// message that finds the consumer idle is a batch of one. Any other falls into
// a batch in progress, drawn by its length, and waits for its end, then for as
// many full batches as the messages ahead of it fill, then for its own.
// The mean is held to that of the figures r; before is a time that every message
// needs to get into line.
func (c *bulkChain) delay(r BulkResult, before moment) mixture {
	var m mixture
	var parts []moment
	cycle := 1 / r.Batches
	add := func(weight, mean, second float64) {
		if weight > 1e-12 {
			m.weights = append(m.weights, weight)
			parts = append(parts, moment{mean, math.Max(0, second-mean*mean)})
		}
	}
	one := c.size(1)
	add(c.pi[0]/c.Lambda/cycle, one.mean, one.second())
	var weight float64
	var first, second [restSlices]float64
	for x, p := range c.pi {
		w := p * c.size(c.taken(x)).mean / cycle
		if w > 1e-9 {
			c.during(x, w/restSlices, &first, &second)
			weight += w
		}
		// states are gathered until they weigh something, to keep the mixture short
		if weight > 0.04 || x == len(c.pi)-1 && weight > 0 {
			for i := range first {
				add(weight/restSlices, first[i]/weight*restSlices, second[i]/weight*restSlices)
			}
			weight, first, second = 0, [restSlices]float64{}, [restSlices]float64{}
		}
	}
	normalise(m.weights)
	mean := 0.0
	for i, p := range parts {
		mean += m.weights[i] * p.mean
	}
	correction := r.Present / c.Lambda / mean
	for _, p := range parts {
		all := moment{p.mean * correction, p.variance * correction * correction}.plus(before)
		m.parts = append(m.parts, fit(all.mean, all.variance/(all.mean*all.mean)))
	}
	return m
}

// restSlices is into how many equal parts the rest of the batch in progress is
// cut: each becomes a part of the mixture, so that a rest of constant length
// comes out as flat as it is.
const restSlices = 4

// during adds, for each slice of the rest, weight times the first and second
// moment of the delay of a message that arrives during the batch that began
// with x waiting. Given that k others arrive during that batch, its length has
// the mean and variance of the gamma distribution that k arrivals leave, the
// message is equally likely at any place among them, and the rest of the batch
// is a uniform share of its length.
func (c *bulkChain) during(x int, weight float64, first, second *[restSlices]float64) {
	n := c.taken(x)
	s := c.size(n)
	left := c.left(x)
	others := c.biasedArrivals(n)
	full := batchSize{}
	if left+others.first+len(others.p) > c.Max {
		full = *c.size(c.Max)
	}
	theta := s.variance / s.mean
	for i, p := range others.p {
		if p < 1e-8 {
			continue
		}
		k := others.first + i
		length, spread := s.mean, 0.0
		if theta > 0 {
			length = (s.mean/theta + 1 + float64(k)) * theta / (1 + c.Lambda*theta)
			spread = length * theta / (1 + c.Lambda*theta)
		}
		rounds := 0.0
		if full.mean > 0 {
			rounds = c.rounds(left, k)
		}
		waiting := float64(left+1+k) - rounds*float64(c.Max) + rounds*c.Lambda*full.mean
		own := c.size(max(1, min(int(waiting+0.5), c.Max, len(c.sizes)+64)))
		other := rounds*full.variance + own.variance
		for j := range first {
			// the share of the length is uniform on [j, j+1]/restSlices
			share := (float64(j) + 0.5) / restSlices
			square := share*share + 1.0/(12*restSlices*restSlices)
			mean := length*share + rounds*full.mean + own.mean
			variance := square*(spread+length*length) - share*share*length*length + other
			first[j] += weight * p * mean
			second[j] += weight * p * (variance + mean*mean)
		}
	}
}

// biasedArrivals is what arrives during a batch of n that a message falls into.
func (c *bulkChain) biasedArrivals(n int) counts {
	s := c.size(n)
	if s.biased.p == nil {
		s.biased = mixedPoisson(c.Lambda, s.mean, s.variance, 1, c.most)
	}
	return s.biased
}

// rounds is the mean number of full batches between the one in progress and the
// message's own, for a message at a random place behind the left-over ones and
// among k + 1 arrivals.
func (c *bulkChain) rounds(left, k int) float64 {
	// Σ ⌊v/Max⌋ over v < m
	sum := func(m int) int {
		q, r := m/c.Max, m%c.Max
		return c.Max*q*(q-1)/2 + q*r
	}
	return float64(sum(left+k+1)-sum(left)) / float64(k+1)
}
