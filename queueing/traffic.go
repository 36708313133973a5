package queueing

import (
	"fmt"

	"gonum.org/v1/gonum/mat"
)

// Chains finds which classes requests change between, and how often a request
// of each chain is in which class at which station between two completions.
func (s SwitchingNetwork) Chains() ([]Chain, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	group := s.groups()
	var chains []Chain
	number := map[int]int{}
	for j, users := range s.Users {
		i, ok := number[group[j]]
		if !ok {
			i = len(chains)
			number[group[j]] = i
			chains = append(chains, Chain{Visits: matrix(len(s.Users), len(s.Stations))})
		}
		chains[i].Classes = append(chains[i].Classes, j)
		chains[i].Users += users
	}
	for _, e := range s.Entries {
		chains[number[group[e.Class]]].Rate += e.Rate
	}
	for i := range chains {
		if err := s.traffic(&chains[i]); err != nil {
			return nil, err
		}
	}
	return chains, nil
}

// groups gives each class the first one of those that hops join it to.
func (s SwitchingNetwork) groups() []int {
	group := make([]int, len(s.Users))
	for j := range group {
		group[j] = j
	}
	find := func(j int) int {
		for group[j] != j {
			j = group[j]
		}
		return j
	}
	for _, h := range s.Hops {
		if a, b := find(h.FromClass), find(h.ToClass); h.P > 0 && a != b {
			group[max(a, b)] = min(a, b)
		}
	}
	for j := range group {
		group[j] = find(j)
	}
	return group
}

// traffic solves the traffic equations of a chain. A closed one balances up to a
// factor, which makes the visits to the reference stations sum to one.
func (s SwitchingNetwork) traffic(c *Chain) error {
	w := want{station: fmt.Sprintf("chain of class %d", c.Classes[0]+1)}
	if c.Users > 0 && c.Rate > 0 {
		w.fail("rate", c.Rate, "0 for a chain with users")
		return w.err
	}
	if c.Users == 0 && c.Rate == 0 {
		return nil
	}
	place := map[[2]int]int{} // by station and class
	var places [][2]int
	add := func(station, class int) {
		if _, ok := place[[2]int{station, class}]; !ok {
			place[[2]int{station, class}] = len(places)
			places = append(places, [2]int{station, class})
		}
	}
	in := map[int]bool{}
	for _, j := range c.Classes {
		in[j] = true
	}
	for _, h := range s.Hops {
		if in[h.FromClass] && h.P > 0 {
			add(h.From, h.FromClass)
			add(h.To, h.ToClass)
		}
	}
	for _, e := range s.Entries {
		if in[e.Class] {
			add(e.To, e.Class)
		}
	}
	if len(places) == 0 {
		w.fail("number of hops", 0, "at least one")
		return w.err
	}
	visits, err := s.balance(c, place, places)
	if err != nil {
		return err
	}
	for i, at := range places {
		c.Visits[at[1]][at[0]] = visits[i]
	}
	return nil
}

// balance solves v = vP + entries for the visits to each place.
func (s SwitchingNetwork) balance(c *Chain, place map[[2]int]int, places [][2]int) ([]float64, error) {
	n := len(places)
	a, b := mat.NewDense(n, n, nil), mat.NewVecDense(n, nil)
	for i := range places {
		a.Set(i, i, 1)
	}
	for _, h := range s.Hops {
		from, ok := place[[2]int{h.From, h.FromClass}]
		if to := place[[2]int{h.To, h.ToClass}]; ok && h.P > 0 {
			a.Set(to, from, a.At(to, from)-h.P)
		}
	}
	if c.Rate > 0 {
		for _, e := range s.Entries {
			if i, ok := place[[2]int{e.To, e.Class}]; ok {
				b.SetVec(i, b.AtVec(i)+e.Rate/c.Rate)
			}
		}
	} else { // any one balance follows from the others: completions take its place
		reference, replaced := make([]float64, n), -1
		for i, at := range places {
			if s.Reference[at[1]] == at[0] {
				reference[i] = 1
				replaced = i
			}
		}
		if replaced < 0 {
			return nil, s.trafficError(c)
		}
		a.SetRow(replaced, reference)
		b.SetVec(replaced, 1)
	}
	var v mat.VecDense
	if err := v.SolveVec(a, b); err != nil {
		return nil, s.trafficError(c)
	}
	out := make([]float64, n)
	for i := range out {
		out[i] = v.AtVec(i)
		if !(out[i] >= -1e-9 && out[i] < 1e60) {
			return nil, s.trafficError(c)
		}
		if out[i] < 1e-12 {
			out[i] = 0 // passed through at the beginning only
		}
	}
	return out, nil
}

func (s SwitchingNetwork) trafficError(c *Chain) error {
	w := want{station: fmt.Sprintf("chain of class %d", c.Classes[0]+1)}
	w.fail("reference station", float64(s.Reference[c.Classes[0]]), "one that every request of the chain comes back to, and no way out of a closed chain, or none without one of an open chain")
	return w.err
}
