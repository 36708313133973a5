package queueing

import "slices"

// place is where all requests of a closed network are, as a key: how many of
// each class are in each phase at each station, two bytes each, and then the
// classes of those in each line, first come first.
type place string

// endOfLine is what no class is numbered.
const endOfLine = 255

// markov is the chain of a closed network, and the place that it looks at.
type markov struct {
	net   SwitchingNetwork
	law   [][]ServiceLaw // by class and station; nil where it does not come
	slot  [][]int        // of the first phase of a class at a station
	slots int
	hops  [][][]Hop // by class and station

	here []int    // requests in each phase
	line [][]byte // classes of those in line at each station
	key  []byte
}

// start has all requests at home.
func (m *markov) start(chains []Chain) place {
	m.here, m.line = make([]int, m.slots), make([][]byte, len(m.net.Stations))
	for _, c := range chains {
		for _, of := range c.Classes {
			for range m.net.Users[of] {
				j, k := m.home(c, of)
				if m.waits(k) {
					m.line[k] = append(m.line[k], byte(j))
					continue
				}
				f := slices.IndexFunc(m.law[j][k], func(ph ServicePhase) bool { return ph.Start > 0 })
				m.here[m.slot[j][k]+f]++
			}
		}
	}
	return m.write()
}

// home is where a class starts: at its reference station, or else at the first
// place where its chain comes.
func (m *markov) home(c Chain, class int) (j, k int) {
	if k := m.net.Reference[class]; c.Visits[class][k] > 0 {
		return class, k
	}
	j = slices.IndexFunc(c.Visits, func(v []float64) bool { return slices.Max(v) > 0 })
	return j, slices.IndexFunc(c.Visits[j], func(v float64) bool { return v > 0 })
}

func (m *markov) write() place {
	m.key = m.key[:0]
	for _, n := range m.here {
		m.key = append(m.key, byte(n>>8), byte(n))
	}
	for _, line := range m.line {
		m.key = append(append(m.key, line...), endOfLine)
	}
	return place(m.key)
}

func (m *markov) read(p place) {
	for i := range m.here {
		m.here[i] = int(p[2*i])<<8 | int(p[2*i+1])
	}
	rest := p[2*len(m.here):]
	for k := range m.line {
		n := 0
		for rest[n] != endOfLine {
			n++
		}
		m.line[k] = append(m.line[k][:0], rest[:n]...)
		rest = rest[n+1:]
	}
}

// serving is how many requests of a class a station works at.
func (m *markov) serving(j, k int) int {
	n := 0
	for f := range m.law[j][k] {
		n += m.here[m.slot[j][k]+f]
	}
	return n
}

// present is serving, and those in line.
func (m *markov) present(j, k int) int {
	n := m.serving(j, k)
	for _, c := range m.line[k] {
		n += int(boolTo(int(c) == j))
	}
	return n
}

// waits reports whether one who comes to a station has to wait in line.
func (m *markov) waits(k int) bool {
	st := m.net.Stations[k]
	if st.isDelay() || !st.FIFO {
		return false
	}
	busy := 0
	for j := range m.law {
		busy += m.serving(j, k)
	}
	if st.Rates != nil {
		return busy >= 1
	}
	return busy >= st.Servers
}

// speed is what a station gives one request of a class: base times its weight,
// if it has one.
func (m *markov) speed(k int) (base float64, weights []float64) {
	st := m.net.Stations[k]
	if st.isDelay() {
		return 1, nil
	}
	total, weighed := len(m.line[k]), 0.0
	for j := range m.law {
		n := m.serving(j, k)
		total += n
		if st.Weights != nil {
			weighed += float64(n) * st.Weights[j]
		}
	}
	switch {
	case total == 0:
		return 0, nil
	case st.FIFO && st.Rates == nil:
		return 1, nil
	case st.FIFO:
		return st.shared(0).speed(total), nil
	case st.Weights != nil:
		return st.shared(0).speed(total) / weighed, st.Weights
	}
	return st.shared(0).speed(total) / float64(total), nil
}

// served calls emit for each phase in progress with the rate at which such
// phases end (1/s).
func (m *markov) served(emit func(j, k, f int, rate float64)) {
	for k := range m.net.Stations {
		base, weights := m.speed(k)
		for j := range m.law {
			share := base
			if weights != nil {
				share *= weights[j]
			}
			for f, ph := range m.law[j][k] {
				if n := m.here[m.slot[j][k]+f]; n > 0 {
					emit(j, k, f, float64(n)*share*ph.Rate)
				}
			}
		}
	}
}

// moves lists where a place leads.
func (m *markov) moves(from place, add func(to place, rate float64)) {
	m.read(from)
	m.served(func(j, k, f int, rate float64) {
		at, ph := m.slot[j][k]+f, m.law[j][k][f]
		m.here[at]--
		if ph.Done < 1 {
			m.here[at+1]++
			add(m.write(), rate*(1-ph.Done))
			m.here[at+1]--
		}
		if ph.Done > 0 {
			m.next(k, func(p float64) {
				for _, h := range m.hops[j][k] {
					m.enter(h.ToClass, h.To, func(q float64) { add(m.write(), rate*ph.Done*p*q*h.P) })
				}
			})
		}
		m.here[at]++
	})
}

// next lets the first in line start, if there is one; then sees each way that
// it may, with its probability.
func (m *markov) next(k int, then func(p float64)) {
	line := m.line[k]
	if len(line) == 0 {
		then(1)
		return
	}
	m.line[k] = line[1:]
	m.begin(int(line[0]), k, then)
	m.line[k] = line
}

// enter lets a request come to a station.
func (m *markov) enter(j, k int, then func(p float64)) {
	if !m.waits(k) {
		m.begin(j, k, then)
		return
	}
	line := m.line[k]
	m.line[k] = append(line, byte(j))
	then(1)
	m.line[k] = line
}

// begin starts service of a request.
func (m *markov) begin(j, k int, then func(p float64)) {
	for f, ph := range m.law[j][k] {
		if ph.Start > 0 {
			m.here[m.slot[j][k]+f]++
			then(ph.Start)
			m.here[m.slot[j][k]+f]--
		}
	}
}
