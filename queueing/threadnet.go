package queueing

import "math"

// threadNet is the closed network of a replica whose threads are all that can
// be in it: the cores, and a delay for what its requests do elsewhere. With f(j)
// and z(k) the product-form factors of the two, g = f ∗ z.
//
//   - Source: [Buze73].
type threadNet struct {
	speed []float64 // [n]: completed with n in threads (1/s), from 1 on

	memory []float64 // of all that follows

	// As plain numbers, in a unit of time that keeps them within the range of
	// float64; nil where none does.
	f, z, g []float64
	big     *bigThreadNet // where they are nil
}

// bigThreadNet are the same numbers in a larger range.
type bigThreadNet struct {
	f factor
	z []xnum
	g []xnum
}

// of makes it another network, in the same memory.
func (n *threadNet) of(cpu, elsewhere float64, cores, threads int) {
	if need := 4*(threads+1) + min(cores, threads) + 1; len(n.memory) < need {
		n.memory = make([]float64, need)
	}
	n.big, n.speed = nil, n.memory[:threads+1]
	n.speed[0] = 0
	// a power of 2, which costs no digits
	_, power := math.Frexp(cpu/float64(cores) + elsewhere*math.E/float64(threads))
	unit := math.Ldexp(1, -power)
	if n.plain(cpu*unit, elsewhere*unit, cores, threads) {
		for i := 1; i <= threads; i++ {
			n.speed[i] = n.g[i-1] / n.g[i] * unit
		}
		return
	}
	n.f, n.z, n.g = nil, nil, nil
	b := &bigThreadNet{f: newFactor(ClosedStation{Demand: cpu, Servers: cores}, threads), z: delayConstants(elsewhere, threads)}
	b.g = b.f.convolve(b.z)
	for i := 1; i <= threads; i++ {
		n.speed[i] = b.g[i-1].over(b.g[i])
	}
	n.big = b
}

// plain finds f, z and g, and reports whether all of them are such that
// products of two are numbers.
func (n *threadNet) plain(cpu, elsewhere float64, cores, threads int) bool {
	settled, all := min(cores, threads), n.memory[threads+1:]
	row := func(length int) []float64 {
		out := all[:length:length]
		all = all[length:]
		return out
	}
	n.f, n.z, n.g = row(threads+1), row(threads+1), row(threads+1)
	ratio := cpu / float64(cores)
	n.f[0], n.z[0] = 1, 1
	for i := 1; i <= threads; i++ {
		r := ratio
		if i <= settled {
			r = cpu / float64(i)
		}
		n.f[i] = n.f[i-1] * r
		n.z[i] = n.z[i-1] * (elsewhere / float64(i))
	}
	// f is geometric with that ratio beyond the cores: what it has more below
	// is all that a sum has to be made of
	terms := row(settled + 1)
	for j := range terms {
		terms[j] = n.f[j] * (1 - float64(j)/float64(cores))
	}
	terms[0] = 1
	for i := range n.g {
		sum := 0.0
		if i > 0 {
			sum = n.g[i-1] * ratio
		}
		for j := 0; j <= i && j <= settled; j++ {
			sum += terms[j] * n.z[i-j]
		}
		n.g[i] = sum
	}
	for i := 1; i <= threads; i++ {
		// what is too small for f or z is nothing beside g
		if !(n.f[i] < xHigh && n.z[i] < xHigh && n.g[i] < xHigh && n.g[i] > xLow) {
			return false
		}
	}
	return true
}

// atCores finds the number at the cores, where inThreads is the distribution of
// the number in threads: at any time, and as those who come to the cores see it.
// With n in threads, j are at the cores with probability f(j)·z(n−j)/g(n).
func (n *threadNet) atCores(inThreads []float64) (total, seen []float64) {
	threads := len(inThreads) - 1
	total, seen = make([]float64, threads+1), make([]float64, threads)
	if n.big != nil {
		n.big.atCores(inThreads, total, seen)
	} else {
		for i := 1; i <= threads; i++ {
			if inThreads[i] < leastInThreads {
				continue
			}
			c := inThreads[i] / n.g[i]
			for j := range i {
				total[j] += c * n.z[i-j]
				seen[j] += c * n.z[i-1-j]
			}
			total[i] += c
		}
		for j := range seen {
			total[j] *= n.f[j]
			seen[j] *= n.f[j]
		}
		total[threads] *= n.f[threads]
	}
	total[0] += inThreads[0]
	return normalise(total), trim(normalise(seen))
}

// leastInThreads is the probability of a number in threads below which what
// happens then does not count.
const leastInThreads = 1e-12

func (b *bigThreadNet) atCores(inThreads, total, seen []float64) {
	f := make([]xnum, len(inThreads))
	for j := range f {
		if f[j] = b.f.at(j); j >= len(b.f.f) && b.f.long == nil {
			f[j] = f[j-1].times(b.f.ratio)
		}
	}
	for n := 1; n < len(inThreads); n++ {
		weight := inThreads[n]
		if weight < leastInThreads {
			continue
		}
		flow := weight * b.g[n-1].over(b.g[n])
		for j := range n + 1 {
			total[j] += weight * f[j].by(b.z[n-j]).over(b.g[n])
			if j < n {
				seen[j] += flow * f[j].by(b.z[n-1-j]).over(b.g[n-1])
			}
		}
	}
}
