package simulate

import "math"

// slots is how many observations a pilot's series have: MSER-5 makes batches
// of five of them, and doubling the pilot halves their number first.
const slots = 1000

// pilot is what one replication did from the empty start on, as series of time
// averages over slots of equal length: the number in progress of every
// workload, at every service and on every topic. By Little's law a response
// time settles no sooner than these do, and they show backlogs that no
// workload waits for.
type pilot struct {
	series [][]float64
}

// watched returns the areas under the gauges whose settling is watched.
func (k *kernel) watched() []float64 {
	var out []float64
	for i := range k.sources {
		out = append(out, k.sources[i].running.area(k.now))
	}
	for i := range k.stations {
		out = append(out, k.stations[i].present.area(k.now))
	}
	for i := range k.jobs {
		out = append(out, k.jobs[i].running.area(k.now))
	}
	for i := range k.tally.topics {
		out = append(out, k.tally.topics[i].depth.area(k.now))
	}
	return out
}

// run simulates k until the instant end in the slots that are left of the series.
func (p *pilot) run(k *kernel, end float64) {
	from := k.now
	before := k.watched()
	if p.series == nil {
		p.series = make([][]float64, len(before))
	}
	left := slots - len(p.series[0])
	for i := 1; i <= left && k.halt == notHalted; i++ {
		start := k.now
		k.run(from + (end-from)*float64(i)/float64(left))
		after := k.watched()
		for j := range after {
			p.series[j] = append(p.series[j], (after[j]-before[j])/max(k.now-start, math.SmallestNonzeroFloat64))
		}
		before = after
	}
}

// halve puts slots together in pairs, to make room for as much time again.
func (p *pilot) halve() {
	for j, s := range p.series {
		for i := range len(s) / 2 {
			s[i] = (s[2*i] + s[2*i+1]) / 2
		}
		p.series[j] = s[:len(s)/2]
	}
}

// settling is what the pilots of all replications say together.
type settling struct {
	cut    float64 // share of the pilots that MSER-5 would cut off (1)
	trend  float64 // Student's t of the change from the third quarter to the fourth, the largest
	growth float64 // the number in progress now by that a half earlier, where it grows most
}

// settled reports whether what follows the pilots is the steady state as far
// as anyone can see: no series shows a trend, and none is best cut in its
// second half, unless that is noise. With the limits as they are, about one
// steady system in a thousand is simulated for longer than needed.
func (s settling) settled() bool {
	return s.trend < 4 && (s.cut <= 0.5 || s.trend < 2.5)
}

// judge looks at the series of all replications. A change from the third
// quarter to the last of less than the share slight is none: many replicas
// together show changes that are too small to matter.
func judge(pilots []*pilot, slight float64) settling {
	var out settling
	for j := range pilots[0].series {
		n := len(pilots[0].series[j])
		for _, p := range pilots {
			n = min(n, len(p.series[j]))
		}
		if n < slots/2 {
			continue
		}
		mean := make([]float64, n)
		for _, p := range pilots {
			for i := range mean {
				mean[i] += p.series[j][i] / float64(len(pilots))
			}
		}
		out.cut = max(out.cut, float64(mser(mean))/float64(n))
		if average(mean[3*n/4:]) > (1+slight)*average(mean[n/2:3*n/4]) {
			out.trend = max(out.trend, trend(pilots, j, n))
		}
		if early := average(mean[n/4 : n/2]); early > 0 {
			out.growth = max(out.growth, average(mean[3*n/4:])/early)
		}
	}
	return out
}

// trend is Student's t of the growth from the third quarter to the last.
func trend(pilots []*pilot, j, n int) float64 {
	r := make(ratio, len(pilots))
	for i, p := range pilots {
		s := p.series[j]
		r[i] = pair{average(s[3*n/4:n]) - average(s[n/2:3*n/4]), 1}
	}
	change, off := r.estimate()
	switch {
	case change <= 0 || math.IsNaN(off.half()):
		return 0
	case off.half() == 0:
		return math.Inf(1)
	}
	return change / off.half() * student(len(pilots)-1)
}

func average(xs []float64) float64 {
	sum := 0.0
	for _, x := range xs {
		sum += x
	}
	return sum / float64(len(xs))
}
