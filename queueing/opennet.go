package queueing

import (
	"fmt"
	"math"
)

// OpenStation is one station of an [OpenNetwork].
type OpenStation struct {
	// Servers is the number of servers; 0 makes it a delay without a line.
	Servers int

	// Shared makes the servers share what is present (processor sharing) instead
	// of serving it in order of arrival.
	Shared bool
}

// OpenService is the service time of one class at one station.
type OpenService struct {
	Mean float64 // (s); 0 where the class never comes
	SCV  float64 // squared coefficient of variation (1); 1 is exponential, 0 constant
}

// OpenClass is one class of requests of an [OpenNetwork].
type OpenClass struct {
	Arrivals float64 // requests of this class from outside (1/s); 0 for a class that others turn into
	SCV      float64 // of the gaps between them (1); 1 is Poisson, 0 constant

	Service []OpenService // by station

	// Start is the probability of beginning at each station (1); the network's
	// Routes say where requests go from there.
	Start []float64

	// Visits, when set, replaces Start and Routes for this class: the mean
	// number of visits of one request to each station (1).
	Visits []float64
}

// OpenPlace is where a request can be: at a station, as one of a class.
type OpenPlace struct{ Class, Station int }

// OpenRoute says that requests that end service at From go to To with
// probability P (1), which may be as another class. What the routes from a
// place leave out leaves the network.
type OpenRoute struct {
	From, To OpenPlace
	P        float64 // (1)
}

// OpenNetwork is an open network: classes of requests that arrive, go from
// station to station, perhaps in circles and changing class, and leave. Rates,
// times, visits and SCVs are 0 or from 1e-60 to 1e60.
type OpenNetwork struct {
	Stations []OpenStation
	Classes  []OpenClass
	Routes   []OpenRoute
}

// OpenResult is the steady state of an [OpenNetwork].
type OpenResult struct {
	Exact      bool    // whether product form holds; otherwise the figures are approximations
	Throughput float64 // requests completed, all classes (1/s)
	Present    float64 // mean number in the network (1)
	Response   float64 // mean time in the network, all classes (s)
	Stations   []OpenFigures
	Classes    []OpenClassFigures

	net   *openFlow
	waits []openWait
}

// OpenFigures are the figures of one station of an open network.
type OpenFigures struct {
	Throughput  float64 // visits completed (1/s)
	Utilization float64 // share of the servers that is busy (1); 0 at a delay
	Present     float64 // mean number at the station (1)
	Response    float64 // mean time of one visit (s)
	ArrivalSCV  float64 // of the gaps between arrivals (1); 1 in product form
	Classes     []OpenPassage
}

// OpenPassage is what one class does at one station.
type OpenPassage struct {
	Throughput  float64 // visits completed (1/s)
	Utilization float64 // share of the servers that is busy with it (1); 0 at a delay
	Present     float64 // mean number of the class there (1)
	Response    float64 // mean time of one visit (s)
}

// OpenClassFigures are the figures of requests that began as one class.
type OpenClassFigures struct {
	Throughput float64 // (1/s)
	Present    float64 // mean number in the network, whatever they have become (1)
	Response   float64 // mean time from arrival until they leave (s)
}

// SolveOpen solves an open network: exactly by [ProductForm] where that holds,
// and by the approximation [QNA] otherwise.
func SolveOpen(n OpenNetwork) (OpenResult, error) {
	f, err := newOpenFlow(&n)
	if err != nil {
		return OpenResult{}, err
	}
	if f.productForm() == nil {
		return f.solveProductForm()
	}
	return f.solveQNA()
}

// stationOfOpen names a station in errors.
func stationOfOpen(k int) string { return fmt.Sprintf("station %d of an open network", k+1) }

// probability wants a number from 0 to 1.
func (w *want) probability(name string, p float64) {
	if !(p >= 0 && p <= 1) {
		w.fail(name, p, "a probability from 0 to 1")
	}
}

// check validates a network.
func (n *OpenNetwork) check() error {
	w := want{}
	for k, s := range n.Stations {
		if s.Servers != 0 && (s.Servers < 1 || s.Servers > maxServers) {
			w.station = stationOfOpen(k)
			w.count("servers", s.Servers, 1)
		}
	}
	for r := range n.Classes {
		w.station = fmt.Sprintf("class %d of an open network", r+1)
		n.checkClass(&w, &n.Classes[r])
	}
	w.station = "routes of an open network"
	for _, r := range n.Routes {
		w.probability("probability", r.P)
		n.checkPlace(&w, r.From)
		n.checkPlace(&w, r.To)
	}
	return w.err
}

func (n *OpenNetwork) checkPlace(w *want, p OpenPlace) {
	if p.Class < 0 || p.Class >= len(n.Classes) {
		w.fail("class", float64(p.Class), fmt.Sprintf("0 to %d", len(n.Classes)-1))
		return
	}
	if p.Station < 0 || p.Station >= len(n.Stations) {
		w.fail("station", float64(p.Station), fmt.Sprintf("0 to %d", len(n.Stations)-1))
		return
	}
	if n.Classes[p.Class].Visits != nil {
		w.fail("class", float64(p.Class), "one without Visits, for those replace its routes")
	}
}

func (n *OpenNetwork) checkClass(w *want, c *OpenClass) {
	w.scale("arrival rate", c.Arrivals)
	w.scale("SCV of the gaps between arrivals", c.SCV)
	if len(c.Service) != len(n.Stations) {
		w.fail("number of service times", float64(len(c.Service)), fmt.Sprintf("%d, one a station", len(n.Stations)))
	}
	for _, s := range c.Service {
		w.scale("service time", s.Mean)
		w.scale("SCV of service", s.SCV)
	}
	if c.Visits != nil {
		if len(c.Visits) != len(n.Stations) || c.Start != nil {
			w.fail("number of visits", float64(len(c.Visits)), fmt.Sprintf("%d, one a station, and no Start", len(n.Stations)))
		}
		for _, v := range c.Visits {
			w.scale("visits", v)
		}
		return
	}
	total := 0.0
	for _, p := range c.Start {
		w.probability("start", p)
		total += p
	}
	if (len(c.Start) != len(n.Stations) || math.Abs(total-1) > 1e-9) && c.Arrivals > 0 {
		w.fail("sum of the starts", total, "probabilities that sum to 1, one a station")
	}
}
