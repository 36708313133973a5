package ctmc

// mostGroups bounds the elimination among groups of states to the work of some
// sweeps over a large chain.
const mostGroups = 256

// regroup makes flows balance between groups of neighbouring states, each group
// keeping its shares: what sweeps, which even out near things first, take
// longest to do. It leaves p alone where a group is as good as empty.
//
//   - Source: [KoMS84].
//
// [KoMS84]: https://doi.org/10.1137/0605019
func (c *Chain) regroup(p []float64) {
	n := c.States()
	groups := min(mostGroups, n/8)
	if groups < 2 {
		return
	}
	of := func(i int) int { return i * groups / n }
	weight, flow := make([]float64, groups), make([]float64, groups*groups)
	for i, x := range p {
		g := of(i)
		weight[g] += x
		for m := c.first[i]; m < c.first[i+1]; m++ {
			flow[g*groups+of(c.to[m])] += x * c.rate[m]
		}
	}
	for _, w := range weight {
		if w < 1e-280 {
			return
		}
	}
	coarse, err := New(groups, func(g int, add func(int, float64)) {
		for h, f := range flow[g*groups : (g+1)*groups] {
			add(h, f/weight[g])
		}
	})
	if err != nil {
		return
	}
	lower, upper := coarse.band()
	share, err := coarse.eliminate(lower, upper)
	if err != nil {
		return
	}
	for i := range p {
		p[i] *= share[of(i)] / weight[of(i)]
	}
}
