package queueing

// mvabloRounds bounds how often room is made at one population.
const mvabloRounds = 100_000

// MVABLO solves a closed network of single servers that block after service by
// mean value analysis for blocking networks. For each population n = 1 … N
//
//	R_k = S_k·(z_k + Q_k) + B_k    X = n/Σ V_k·R_k    Q_k = X·V_k·R_k
//
// begins with z_k = 1 and B_k = 0. While a station holds more than it has room
// for, the one with the most too many takes nobody in, z_k = 0, and delays those
// that go there, B_j = B_j + P_jk·S_k.
//
//   - Domain: a closed network that blocks after service, with one server at each
//     station, of which the first is reached from all; more users than there is
//     room for give an [InputError].
//   - Accuracy: that of an approximation: against the Markov chain the throughput
//     is off by 3 to 12 % in most networks of the tests, and numbers at single
//     stations by up to two thirds. [SolveBlocking] is exact, where there are not
//     too many states.
//   - Source: [Akyi88], with the weights P_jk of the delays as they follow from their
//     meaning; values printed for it confirm the rest, for cycles.
//
// [Akyi88]: https://doi.org/10.1109/32.4663
func MVABLO(n BlockingNetwork) (BlockingResult, error) {
	w := want{station: blockingName, err: n.check()}
	if n.Users == 0 {
		w.fail("users", 0, "a closed network")
	}
	if n.Rule != BlockAfterService {
		w.fail("rule", float64(n.Rule), "blocking after service")
	}
	for _, s := range n.Stations {
		if s.Servers != 1 {
			w.fail("servers", float64(s.Servers), "1")
		}
	}
	if w.err != nil {
		return BlockingResult{}, w.err
	}
	visits, err := n.visits()
	if err != nil {
		return BlockingResult{}, err
	}
	m := mvablo{n: &n, visits: visits, present: make([]float64, len(n.Stations)), response: make([]float64, len(n.Stations))}
	for users := 1; users <= n.Users; users++ {
		if !m.add(float64(users)) {
			w.fail("users", float64(n.Users), "fewer, since the approximation finds no room for them")
			return BlockingResult{}, w.err
		}
	}
	out := BlockingResult{Present: float64(n.Users), Stations: make([]BlockingFigures, len(n.Stations))}
	for k, s := range n.Stations {
		f := &out.Stations[k]
		f.Throughput = m.throughput * visits[k]
		f.Utilization = f.Throughput * s.Service
		f.Present, f.Response = m.present[k], m.response[k]
	}
	return out, nil
}

// visits are those to each station of a closed network per visit to the first.
func (n *BlockingNetwork) visits() ([]float64, error) {
	start := make([]float64, len(n.Stations))
	var edges []flowEdge
	for i, row := range n.Routes {
		for j, p := range row {
			switch {
			case j == 0 || p == 0: // it is back
			case i == 0:
				start[j] = p
			default:
				edges = append(edges, flowEdge{to: j, from: i, weight: p})
			}
		}
	}
	v, err := newSparseFlow(len(start), edges).solve(start)
	if err != nil {
		return nil, err
	}
	v[0] = 1
	return v, nil
}

// mvablo is the state of the recursion.
type mvablo struct {
	n                 *BlockingNetwork
	visits            []float64
	present, response []float64
	throughput        float64
}

// add puts one more user in, and reports whether there was room.
func (m *mvablo) add(users float64) bool {
	stations := m.n.Stations
	takes := make([]float64, len(stations))
	for k := range takes {
		takes[k] = 1
	}
	delay := make([]float64, len(stations))
	for range mvabloRounds {
		total := 0.0
		for k, s := range stations {
			m.response[k] = s.Service*(takes[k]+m.present[k]) + delay[k]
			total += m.visits[k] * m.response[k]
		}
		m.throughput = users / total
		full := m.fullest()
		if full < 0 {
			for k := range stations {
				m.present[k] = m.throughput * m.visits[k] * m.response[k]
			}
			return true
		}
		takes[full] = 0
		for j := range stations {
			delay[j] += m.n.Routes[j][full] * stations[full].Service
		}
	}
	return false
}

// fullest is the station that is furthest above its room, or −1.
func (m *mvablo) fullest() int {
	full, most := -1, 1e-9
	for k := range m.n.Stations {
		over := m.throughput*m.visits[k]*m.response[k] - float64(m.n.room(k))
		if over > most {
			full, most = k, over
		}
	}
	return full
}
