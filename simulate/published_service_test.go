package simulate

import (
	"testing"

	"github.com/headroom/headroom/measure"
)

type figures = map[string]reader

// waited is the mean time that all who came waited at a service, those who gave
// up included: Little's law, with what waited and what came.
func waited(service, workload string) reader {
	return func(r *measure.Result) float64 {
		return r.Services[service].Waiting.Value / r.Workloads[workload].Offered.Value
	}
}

func waitingAt(service string) reader {
	return func(r *measure.Result) float64 { return r.Services[service].Waiting.Value }
}

func upAt(service string) reader {
	return func(r *measure.Result) float64 { return r.Services[service].Replicas.Value }
}

// What is published of pools, impatience, orders of service and choices.
func TestPublishedStations(t *testing.T) {
	published(t, []publication{
		{id: "WEB-01", n: 2e6, long: 1e7, figures: figures{
			"average waiting time": waited("pool", "users"), "customers waiting on average": waitingAt("pool"), "P(wait>0)": pWaitAt("pool"),
			"probability that one or more servers are idle": less(pWaitAt("pool")), "utilisation": busyAt("pool"),
		}},
		{id: "WEB-02", n: 2e6, long: 1e7, figures: figures{
			"fraction abandoning": failedOf("users"), "average wait (all customers)": waited("pool", "users"),
			"average queue length": waitingAt("pool"), "utilisation": busyAt("pool"), "P(wait>0)": pWaitAt("pool"),
		}},
		{id: "WEB-03", sets: "services.web.operations.get[0].cpu=1s", n: 1e6, long: 1e7, figures: figures{"FCFS mean response, C2=0": meanOf("users")}},
		{id: "WEB-03", sets: "services.web.operations.get[0].cpu=erlang(mean=1s, k=4)", n: 1e6, long: 1e7, figures: figures{"FCFS mean response, C2=0.25": meanOf("users")}},
		{id: "WEB-03", n: 2e6, long: 1e7, figures: figures{"FCFS mean response, C2=1": meanOf("users")}},
		{id: "WEB-03", sets: "services.web.operations.get[0].cpu=hyperexp(mean=1s, cv=2)", n: 2e6, long: 2e7, figures: figures{"FCFS mean response, C2=4": meanOf("users")}},
		{id: "WEB-03", sets: "services.web.operations.get[0].cpu=hyperexp(mean=1s, cv=3.1622776601683795)", long: 5e7, figures: figures{"FCFS mean response, C2=10": meanOf("users")}},
		{id: "WEB-03", sets: "services.web.discipline=ps;services.web.operations.get[0].cpu=1s", n: 1e6, long: 1e7, figures: figures{"PS mean response, any C2": meanOf("users")}},
		{id: "WEB-03", sets: "services.web.discipline=ps;services.web.operations.get[0].cpu=hyperexp(mean=1s, cv=2)", n: 1e6, long: 2e7, figures: figures{"PS mean response, any C2": meanOf("users")}},
		{id: "WEB-04", long: 2e7, figures: figures{"FCFS = PS = PLCFS mean response": meanOf("users")}},
		{id: "WEB-04", sets: "services.web.discipline=ps", long: 2e7, figures: figures{"FCFS = PS = PLCFS mean response": meanOf("users")}},
		{id: "WEB-04", sets: "services.web.discipline=sjf", n: 2e6, long: 2e7, figures: figures{"SJF (non-preemptive) mean response": meanOf("users")}},
		{id: "WEB-04", sets: "services.web.discipline=srpt", n: 2e6, long: 2e7, figures: figures{"SRPT mean response": meanOf("users")}},
		{id: "WEB-13", n: 1e6, long: 1e7, figures: figures{"FCFS = PS mean response": meanOf("users")}},
		{id: "WEB-13", sets: "services.web.discipline=ps", n: 1e6, long: 1e7, figures: figures{"FCFS = PS mean response": meanOf("users")}},
		{id: "WEB-13", sets: "services.web.discipline=sjf", n: 1e6, long: 1e7, figures: figures{"SJF mean response": meanOf("users")}},
		{id: "WEB-13", sets: "services.web.discipline=srpt", n: 1e6, long: 1e7, figures: figures{"SRPT mean response": meanOf("users")}},
		{id: "WEB-11", n: 1e6, long: 1e7, figures: figures{
			"non-preemptive: class 1 mean response": meanOf("one"), "non-preemptive: class 2 mean response": meanOf("two"), "non-preemptive: class 3 mean response": meanOf("three"),
		}},
		{id: "WEB-11", sets: "services.web.discipline=preemptive-priority", n: 1e6, long: 1e7, figures: figures{
			"preemptive-resume: class 1 mean response": meanOf("one"), "preemptive-resume: class 2 mean response": meanOf("two"), "preemptive-resume: class 3 mean response": meanOf("three"),
		}},
		{id: "ALB-01", long: 3e7, figures: figures{
			"arrival rate": rateOf("photos"), "P(wait) (Erlang C)": pWaitAt("upload"), "mean wait in queue": times(1000, waitAt("upload")),
			"mean response": times(1000, meanOf("photos")), "mean requests in system (Little)": presentAt("upload"), "utilisation": busyAt("upload"),
			"wait P99": func(r *measure.Result) float64 { return 1000 * r.Services["upload"].WaitingTime.P99.Value },
		}},
		{id: "PERF-01", n: 5e5, long: 5e6, figures: figures{"a=10: exact P(wait)": pWaitAt("web"), "a=10: utilisation": busyAt("web")}},
		{id: "PERF-01", sets: "services.web.cores=115;workloads.users.arrivals=poisson(100/s)", n: 1e6, long: 4e7, figures: figures{"a=100: exact P(wait)": pWaitAt("web"), "a=100: utilisation": busyAt("web")}},
		{id: "PERF-01", sets: "services.web.cores=1046;workloads.users.arrivals=poisson(1000/s)", long: 2e8, figures: figures{"a=1000: exact P(wait)": pWaitAt("web"), "a=1000: utilisation": busyAt("web")}},
		{id: "PERF-01", sets: "services.web.cores=10143;workloads.users.arrivals=poisson(10000/s)", long: 1e9, figures: figures{"a=10000: exact P(wait)": pWaitAt("web"), "a=10000: utilisation": busyAt("web")}},
		{id: "JMT-01", n: 3e5, long: 3e6, figures: figures{"hyperexponential arrivals p=0.2 rates 0.2/0.8": meanOf("users")}},
		{id: "JMT-01", sets: "workloads.users.arrivals=renewal(erlang(mean=1s, k=4))", n: 3e5, long: 3e6, figures: figures{"Erlang-4 arrivals of mean 1": meanOf("users")}},
		{id: "JMT-01", sets: "workloads.users.arrivals=renewal(uniform(0s, 2s))", n: 3e5, long: 3e6, figures: figures{"uniform(0,2) arrivals": meanOf("users")}},
		{id: "JMT-01", sets: "workloads.users.arrivals=constant(1/s)", n: 3e5, long: 3e6, figures: figures{"deterministic arrivals of 1": meanOf("users")}},
		{id: "JMT-01", sets: "workloads.users.arrivals=renewal(hyperexp(0.857142857142857:0.5s, 0.142857142857143:4s))", n: 1e6, long: 5e6, figures: figures{"Coxian arrivals (rates 2, 0.25; leave after phase 1 with 0.875)": meanOf("users")}},
		{id: "JMT-01", sets: "workloads.users.arrivals=poisson(1/s);services.web.discipline=ps", n: 3e5, long: 3e6, figures: figures{"M/M/1-PS and M/M/1-LCFS with lambda=1": meanOf("users")}},
		{id: "JMT-01", sets: "workloads.users.arrivals=poisson(1/s);services.web.discipline=lifo", n: 3e5, long: 3e6, figures: figures{"M/M/1-PS and M/M/1-LCFS with lambda=1": meanOf("users")}},
		{id: "WEB-08-a", n: 2e6, long: 2e7, figures: figures{"open mean response": meanOf("users"), "open P99 response": p99Of("users")}},
		{id: "WEB-08-b", time: 2e3, figures: figures{"closed N=1, think 0.02 s: mean response": meanOf("users"), "closed N=1: utilisation": busyAt("web")}},
		{id: "WEB-08-b", sets: "workloads.users.users=10;workloads.users.think=exp(1.145s)", time: 5e3, figures: figures{"closed N=10, think 1.145 s: mean response": meanOf("users"), "closed N=10: utilisation": busyAt("web")}},
		{id: "WEB-15-a", time: 2e3, figures: figures{"closed throughput": rateOf("users"), "closed mean response": times(1000, meanOf("users"))}},
		{id: "WEB-15-b", long: 4e7, figures: figures{"open mean response at the same throughput": times(1000, meanOf("users"))}},
	})
}

// Several servers with demands of any law: c, load, and what is simulated of it.
func TestPublishedSeveralServers(t *testing.T) {
	var all []publication
	for _, c := range []struct {
		sets, name string
		n          float64
	}{
		{"services.web.cores=2;workloads.users.arrivals=poisson(1.4/s)", "c=2 rho=0.7", 1e6},
		{"services.web.cores=2;workloads.users.arrivals=poisson(1.8/s)", "c=2 rho=0.9", 0},
		{"services.web.cores=5;workloads.users.arrivals=poisson(4/s)", "c=5 rho=0.8", 1e6},
		{"services.web.cores=10;workloads.users.arrivals=poisson(9/s)", "c=10 rho=0.9", 0},
	} {
		for law, demand := range map[string]string{"M/D/c": "1s", "M/M/c": "exp(1s)", "M/H2/c": "hyperexp(mean=1s, cv=2)"} {
			all = append(all, publication{
				id: "WEB-10", sets: c.sets + ";services.web.operations.get[0].cpu=" + demand, n: c.n, long: 2e7,
				figures: figures{c.name + ": " + law + " wait": waitAt("web")},
			})
		}
	}
	published(t, all)
}

// Choices among replicas, limits, failures, slow replicas and deadlines.
func TestPublishedReplicas(t *testing.T) {
	published(t, []publication{
		{id: "WEB-09", sets: "workloads.users.arrivals=poisson(90/s);services.web.balancing=random", whole: true, n: 1e6, long: 1e7, figures: figures{"lambda=0.9, d=1": meanOf("users")}},
		{id: "WEB-09", n: 6e5, long: 5e6, figures: figures{"lambda=0.5, d=2, n=100": meanOf("users")}},
		{id: "WEB-09", sets: "workloads.users.arrivals=poisson(70/s)", n: 6e5, long: 5e6, figures: figures{"lambda=0.7, d=2, n=100": meanOf("users")}},
		{id: "WEB-09", sets: "workloads.users.arrivals=poisson(80/s)", n: 6e5, long: 1e7, figures: figures{"lambda=0.8, d=2, n=100": meanOf("users")}},
		{id: "WEB-09", sets: "workloads.users.arrivals=poisson(90/s)", n: 6e5, long: 1e7, figures: figures{"lambda=0.9, d=2, n=100": meanOf("users")}},
		{id: "WEB-09", sets: "workloads.users.arrivals=poisson(95/s)", long: 2e7, figures: figures{"lambda=0.95, d=2, n=100": meanOf("users")}},
		{id: "WEB-09", sets: "workloads.users.arrivals=poisson(99/s)", long: 4e7, figures: figures{"lambda=0.99, d=2, n=100": meanOf("users")}},
		{id: "MSV-06", long: 5e7, figures: figures{"lambda=90: rejected fraction": failedOf("users")}},
		{id: "MSV-06", sets: "workloads.users.arrivals=poisson(100/s)", n: 1e6, long: 1e7, figures: figures{"lambda=100: rejected fraction": failedOf("users")}},
		{id: "MSV-06", sets: "workloads.users.arrivals=poisson(130/s)", n: 5e5, long: 1e7, figures: figures{"lambda=130: rejected fraction": failedOf("users")}},
		{id: "FAIL-01", n: 1e6, long: 1e7, figures: figures{"availability": upAt("web"), "mean number in system": presentAt("web"), "mean response": meanOf("users")}},
		{id: "FAIL-01-up", n: 5e5, figures: figures{"without failures": meanOf("users")}},
		{id: "FAIL-03-b", n: 6e5, long: 5e6, figures: figures{"b: mean response": meanOf("users")}},
		{id: "FAIL-03-c", n: 6e5, long: 5e6, figures: figures{"c: mean response": meanOf("users")}},
		{id: "STRAT-10", n: 2e6, long: 1e7, figures: figures{"lambda=0.9 FIFO: goodput": withinTime("users", 5)}},
		{id: "STRAT-10", sets: "services.web.discipline=lifo", n: 1e6, long: 1e7, figures: figures{"lambda=0.9 LIFO (non-preemptive): goodput": withinTime("users", 5)}},
		{id: "STRAT-10", sets: "workloads.users.arrivals=poisson(1.25/s)", n: 1e5, figures: figures{"lambda=1.25 FIFO: goodput after a long time": withinTime("users", 5)}},
		{id: "STRAT-10", sets: "workloads.users.arrivals=poisson(1.25/s);services.web.discipline=lifo", n: 5e5, long: 3e6, figures: figures{"lambda=1.25 LIFO: goodput": withinTime("users", 5)}},
		{id: "STRAT-10-room", n: 5e5, figures: figures{"lambda=1.25, room 5 (1 in service + 4): throughput": rateOf("users"), "lambda=1.25, room 5: goodput within 5 s": withinTime("users", 5)}},
		{id: "MSV-05", n: 5e5, long: 5e6, figures: figures{
			"throughput of the region": rateOf("users"), "mean number inside": presentAt("region"), "mean time inside": responseAt("region"),
			"station utilisation": busyAt("a"), "drop probability": failedOf("users"),
		}},
		{id: "ETL-03", sets: "services.db.discipline=preemptive-priority", n: 1e6, figures: figures{"preemptive: mean OLTP response": times(1000, meanOf("oltp")), "OLTP alone: mean response": times(1000, meanOf("oltp"))}},
		{id: "ETL-03", long: 2e8, figures: figures{"FCFS mix: mean OLTP response": times(1000, meanOf("oltp"))}},
		{id: "ETL-03", sets: "services.db.discipline=priority", long: 2e8, figures: figures{"non-preemptive: mean OLTP response": times(1000, meanOf("oltp"))}},
		{id: "ETL-03", sets: "services.db.discipline=preemptive-priority;name=chunks", long: 2e8, figures: figures{"preemptive: mean extract chunk response": meanOf("chunks")}},
		{id: "QRM-04-3", sets: "workloads.users.does[0].parallel.join=any", n: 2.5e5, figures: figures{"N=3, q=1: availability": less(failedOf("users"))}},
		{id: "QRM-04-3", n: 5e5, long: 5e6, figures: figures{"N=3, q=2: availability": less(failedOf("users"))}},
		{id: "QRM-04-3", sets: "workloads.users.does[0].parallel.join=all", n: 5e5, long: 5e6, figures: figures{"N=3, q=3: availability": less(failedOf("users"))}},
		{id: "QRM-04-5", n: 5e5, long: 5e6, figures: figures{"N=5, q=3: availability": less(failedOf("users"))}},
		{id: "QRM-04-5", sets: "workloads.users.does[0].parallel.join=all", n: 5e5, long: 5e6, figures: figures{"N=5, q=5: availability": less(failedOf("users"))}},
		{id: "QRM-06", n: 5e5, long: 5e6, figures: figures{"3 of 5 up": less(failedOf("users"))}},
		{id: "QRM-06-three", n: 5e5, long: 5e6, figures: figures{"2 of first three up": less(failedOf("users"))}},
		{id: "LOAD-05", n: 2e5, figures: figures{"20/s: throughput": rateOf("users"), "20/s: drop probability": failedOf("users"), "20/s: mean response of accepted": meanOf("users")}},
		{id: "LOAD-05", sets: "workloads.users.arrivals=poisson(36/s)", n: 1e6, figures: figures{"36/s: throughput": rateOf("users"), "36/s: drop probability": failedOf("users"), "36/s: mean response of accepted": meanOf("users")}},
		{id: "LOAD-05", sets: "workloads.users.arrivals=poisson(40/s)", n: 1e6, figures: figures{"40/s: throughput": rateOf("users"), "40/s: drop probability": failedOf("users"), "40/s: mean response of accepted": meanOf("users")}},
		{id: "LOAD-05", sets: "workloads.users.arrivals=poisson(60/s)", n: 3e5, figures: figures{"60/s: throughput": rateOf("users"), "60/s: drop probability": failedOf("users"), "60/s: mean response of accepted": meanOf("users")}},
		{id: "LOAD-05", sets: "workloads.users.arrivals=poisson(120/s)", n: 3e5, figures: figures{"120/s: throughput": rateOf("users"), "120/s: drop probability": failedOf("users"), "120/s: mean response of accepted": meanOf("users")}},
	})
}

// Networks, open and closed, and forks.
func TestPublishedNetworks(t *testing.T) {
	all := []publication{
		{id: "WEB-05", time: 2.5e5, figures: figures{"exact throughput": rateOf("users"), "exact response time": meanOf("users"), "exact queue length CPU": presentAt("cpu"), "exact queue length disk1": presentAt("disk1"), "exact queue length disk2": presentAt("disk2")}},
		{id: "WEB-06-a", time: 5e4, figures: figures{
			"a: system throughput": rateOf("users"), "a: response per visit station 1": responseAt("s1"), "a: response per visit station 2": responseAt("s2"), "a: response per visit station 3": responseAt("s3"),
			"a: queue station 1": presentAt("s1"), "a: queue station 2": presentAt("s2"), "a: queue station 3": presentAt("s3"),
		}},
		{id: "WEB-06-b", time: 2e4, figures: figures{"b: throughput of station 1": throughputAt("s1"), "b: queue station 1": presentAt("s1"), "b: queue station 2": presentAt("s2"), "b: queue station 3": presentAt("s3"), "b: queue station 4": presentAt("s4")}},
		{id: "WEB-06-c", time: 3e4, figures: figures{"c: throughput": rateOf("users"), "c: queue station 1": presentAt("s1"), "c: queue station 2": presentAt("s2"), "c: queue station 3": presentAt("s3"), "c: queue station 4": presentAt("s4")}},
		{id: "WEB-06-d", time: 4e4, figures: figures{"d: throughput": rateOf("users"), "d: queue station 1": presentAt("s1"), "d: queue station 2": presentAt("s2"), "d: queue station 3": presentAt("s3")}},
		{id: "WEB-06-e", n: 5e5, figures: figures{
			"e: utilisation node 1": busyAt("s1"), "e: utilisation node 2": busyAt("s2"), "e: utilisation node 3": busyAt("s3"), "e: utilisation node 4": busyAt("s4"),
			"e: response node 1": responseAt("s1"), "e: response node 2": responseAt("s2"), "e: response node 3": responseAt("s3"), "e: response node 4": responseAt("s4"),
		}},
		{id: "WEB-07", time: 2e4, figures: figures{"class A throughput": rateOf("a"), "class B throughput": rateOf("b"), "class A response": meanOf("a"), "class B response": meanOf("b")}},
		{id: "WEB-14", time: 6e3, figures: figures{"class A throughput": rateOf("a"), "class B throughput": rateOf("b"), "class A response": meanOf("a"), "class B response": meanOf("b"), "station 2 utilisation": busyAt("s2")}},
		{id: "ALB-03", n: 5e5, long: 5e6, figures: figures{
			"gateway: throughput": throughputAt("gateway"), "thumbnailer: throughput": throughputAt("thumbnailer"), "object store: throughput": throughputAt("store"), "recogniser: throughput": throughputAt("recogniser"), "metadata DB: throughput": throughputAt("meta"),
			"gateway: utilisation": busyAt("gateway"), "thumbnailer: utilisation": busyAt("thumbnailer"), "object store: utilisation": busyAt("store"), "recogniser: utilisation": busyAt("recogniser"), "metadata DB: utilisation": busyAt("meta"),
			"gateway: mean response per visit": times(1000, responseAt("gateway")), "thumbnailer: mean response per visit": times(1000, responseAt("thumbnailer")), "object store: mean response per visit": times(1000, responseAt("store")),
			"recogniser: mean response per visit": times(1000, responseAt("recogniser")), "metadata DB: mean response per visit": times(1000, responseAt("meta")), "end-to-end mean time per upload": times(1000, meanOf("uploads")),
		}},
		{id: "ALB-04", n: 5e5, long: 5e6, figures: figures{
			"gateway: utilisation": busyAt("gateway"), "virus scan: utilisation": busyAt("scan"), "recogniser: utilisation": busyAt("recogniser"), "index: utilisation": busyAt("index"),
			"gateway: mean response per visit": times(1000, responseAt("gateway")), "virus scan: mean response per visit": times(1000, responseAt("scan")), "recogniser: mean response per visit": times(1000, responseAt("recogniser")), "index: mean response per visit": times(1000, responseAt("index")),
			"mean time in system over all uploads (leavers included)": times(1000, meanOf("uploads")),
			"mean uploads in system":                                  func(r *measure.Result) float64 { return r.Workloads["uploads"].InSystem.Value },
		}},
		{id: "PERF-02", time: 1e6, figures: figures{"throughput (CPU completions)": times(60, throughputAt("cpu")), "response time per transaction": meanOf("users"), "CPU utilisation": busyAt("cpu"), "fast disk utilisation": busyAt("fast"), "slow disk utilisation": busyAt("slow")}},
		{id: "JMT-03", time: 3e4, figures: figures{"class Class0: mean number at Station0": presentAt("s0"), "class Class0: mean number at Station1": presentAt("s1"), "class Class0: mean number at Station2": presentAt("s2"), "class Class0: system throughput": rateOf("users")}},
		{id: "JMT-04", time: 3e4, figures: figures{"class Class0: mean number at Station0": presentAt("s0"), "class Class0: mean number at Station1": presentAt("s1"), "class Class0: mean number at Station2": presentAt("s2"), "class Class0: mean number at Station3": presentAt("s3"), "class Class0: mean number at Station4": presentAt("s4"), "class Class0: system throughput": rateOf("users")}},
		{id: "JMT-06", time: 8e4, figures: figures{"class Class0: mean number at Station0": presentAt("s0"), "class Class0: mean number at Station1": presentAt("s1"), "class Class0: mean number at Station2": presentAt("s2"), "class Class0: mean number at Station3": presentAt("s3"), "class Class0: system throughput": rateOf("users")}},
		{id: "JMT-05", long: 2e7, figures: figures{"system response time": meanOf("users"), "disk utilisation": busyAt("disk1")}},
		{id: "MSV-02-2", n: 3e5, long: 3e6, figures: figures{"K=2 rho=0.5: mean response (exact)": meanOf("users")}},
		{id: "MSV-02-2", sets: "workloads.users.arrivals=poisson(0.8/s)", n: 1.5e6, long: 1e7, figures: figures{"K=2 rho=0.8: mean response (exact)": meanOf("users")}},
		{id: "MSV-02-2", sets: "workloads.users.arrivals=poisson(0.9/s)", long: 2e7, figures: figures{"K=2 rho=0.9: mean response (exact)": meanOf("users")}},
		{id: "MSV-02-4", sets: "workloads.users.arrivals=poisson(0.8/s)", long: 1e7, figures: figures{"K=4 rho=0.8: mean response": meanOf("users")}},
		{id: "MSV-02-8", sets: "workloads.users.arrivals=poisson(0.8/s)", long: 5e6, figures: figures{"K=8 rho=0.8: mean response": meanOf("users")}},
		{id: "MSV-02-16", n: 6e4, long: 1e6, figures: figures{"K=16 rho=0.5: mean response": meanOf("users")}},
	}
	for users, time := range map[string]float64{"10": 1e4, "30": 5e3, "42": 5e3, "60": 5e3, "100": 3e3, "200": 3e3} {
		name := "N=" + users
		all = append(all, publication{id: "LOAD-01", sets: "workloads.users.users=" + users, time: time, figures: figures{name + ": throughput": rateOf("users"), name + ": response": times(1000, meanOf("users"))}})
	}
	published(t, all)
}
