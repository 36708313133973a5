package foreign

import (
	"testing"
)

// Networks whose figures are printed in the literature or by JMT itself keep
// them: throughput of the workload (1/s), mean number at each service (1).
func TestPublishedFigures(t *testing.T) {
	for _, c := range []struct {
		file, workload string
		x              float64
		q              map[string]float64
	}{
		// R. Jain, The Art of Computer Systems Performance Analysis, example 34.2
		{"terminals.jmva", "Users", .333247, map[string]float64{"CPU": 1.99062, "Disk-A": 16.1767, "Disk-B": .49974}},
		// G. Bolch et al., Queueing Networks and Markov Chains, example 8.4
		{"servers.jmva", "C", 1.21746, map[string]float64{"A": .623679, "B": .472872, "D": .685988, "Rest": 1.21746}},
		// M/M/1 with room for 11, ρ = .9, in units of a tenth of a second
		{"bounded.jsimg", "C", 8.60641, map[string]float64{"Queue-1": 4.276904}},
	} {
		_, got := importFile(t, "testdata/"+c.file)
		r := solved(t, got.Model)
		near(t, c.file+": throughput", r.Workloads[c.workload].Throughput.Value, c.x)
		for name, q := range c.q {
			near(t, c.file+": number at "+name, r.Services[name].Present.Value, q)
		}
	}
}

// meanValues is exact mean value analysis of one closed class with single
// servers: throughput (1/s) and mean numbers (1) from demands (s), think time (s)
// and users. Source: [ReLa80].
func meanValues(demands []float64, think float64, users int) (float64, []float64) {
	q := make([]float64, len(demands))
	x := 0.0
	for n := 1; n <= users; n++ {
		total := think
		r := make([]float64, len(demands))
		for i, d := range demands {
			r[i] = d * (1 + q[i])
			total += r[i]
		}
		x = float64(n) / total
		for i := range q {
			q[i] = x * r[i]
		}
	}
	return x, q
}

func TestClosedAgainstMeanValues(t *testing.T) {
	_, got := importFile(t, "testdata/three.jmva")
	r := solved(t, got.Model)
	x, q := meanValues([]float64{.433813686 * .215913539, .00954281595 * .271464159, .458898158 * .564369212}, 0, 25)
	near(t, "throughput", r.Workloads["Class0"].Throughput.Value, x)
	for i, name := range []string{"Station0", "Station1", "Station2"} {
		near(t, name, r.Services[name].Present.Value, q[i])
	}
}

// In a mixed network the closed class sees servers slowed by the share that the
// open one takes, and the open one sees the closed in its way. Source: [LZGS84].
func TestMixedAgainstMeanValues(t *testing.T) {
	_, got := importFile(t, "testdata/mixed.jmva")
	r := solved(t, got.Model)
	open := []float64{1.6 * .2, 1.6 * .25}
	x, q := meanValues([]float64{.23 / (1 - open[0]), .1 / (1 - open[1])}, 1.9, 11)
	near(t, "throughput", r.Workloads["Ferme"].Throughput.Value, x)
	for i, name := range []string{"Buro", "Lager"} {
		near(t, name, r.Services[name].Present.Value, q[i]+open[i]*(1+q[i])/(1-open[i]))
	}
}

// An open network in product form: each station is an M/M/1 of its own.
func TestOpenAgainstJackson(t *testing.T) {
	_, got := importFile(t, "testdata/central.jsimg")
	r := solved(t, got.Model)
	for name, rho := range map[string]float64{"cpu": 37 * .021, "disk1": .35 * 37 * .05, "disk2": .4 * 37 * .037} {
		near(t, name, r.Services[name].Present.Value, rho/(1-rho))
	}
	near(t, "net", r.Services["net"].Present.Value, .15*37*.4)
}

// A class that switches keeps its population: four in ten go on to io.
func TestSwitchingAgainstMeanValues(t *testing.T) {
	_, got := importFile(t, "testdata/switching.jsimg")
	r := solved(t, got.Model)
	x, q := meanValues([]float64{.15, .4 * .32}, 2, 9)
	near(t, "throughput", r.Workloads["a"].Throughput.Value, x)
	near(t, "cpu", r.Services["cpu"].Present.Value, q[0])
	near(t, "io", r.Services["io"].Present.Value, q[1])
}

// The smallest layered models, whose throughput is known: one client and one
// server that take turns, and four clients at two servers (an M/M/2 with a
// finite population, whose throughput is 1.7).
func TestLayered(t *testing.T) {
	const head = `<lqn-model name="m">
 <processor name="pc" scheduling="inf"><task name="client" scheduling="ref" `
	const mid = `><entry name="c" type="PH1PH2"><entry-phase-activities>
  <activity name="c1" phase="1" host-demand-mean="1"><synch-call dest="s" calls-mean="1"/></activity>
 </entry-phase-activities></entry></task></processor>
 <processor name="ps" scheduling="fcfs" `
	const tail = `><entry name="s" type="PH1PH2"><entry-phase-activities>
  <activity name="s1" phase="1" host-demand-mean="1"/></entry-phase-activities></entry></task></processor></lqn-model>`
	for _, c := range []struct {
		client, processor, task string
		want                    float64
	}{
		{`multiplicity="1"`, ``, ``, .5},
		{`multiplicity="4"`, `multiplicity="2"`, `multiplicity="2"`, 1.7},
	} {
		src := head + c.client + mid + c.processor + `><task name="server" scheduling="fcfs" ` + c.task + tail
		got := importText(t, LQN, "m.lqnx", []byte(src))
		near(t, "throughput of "+c.client, solved(t, got.Model).Workloads["client"].Throughput.Value, c.want)
	}
}
