package scenarios

// keys are the words that may be keys of one kind of mapping.
type keys struct {
	what  string            // the mapping, in words: "a service"
	known []string          // in the order in which a reader would write them
	later []string          // in the language, and not interpreted yet
	means map[string]string // what people write instead
	noun  string            // what a key is called, when not "key"
}

// The vocabulary of the language. The published schema holds the same words,
// by the same names; a test keeps the two together.

func scenarioKeys() keys {
	return keys{
		what:  "a scenario",
		known: []string{"headroom", "name", "description", "services", "topics", "network", "workloads", "jobs", "objectives", "faults", "tests", "live"},
		means: map[string]string{"version": "headroom", "title": "name", "queues": "topics", "slo": "objectives", "slos": "objectives", "load": "workloads"},
	}
}

func serviceKeys() keys {
	return keys{
		what: "a service",
		known: []string{
			"replicas", "cores", "threads", "backlog", "discipline", "balancing", "operations", "pools", "partitions", "replication",
			"line", "patience", "rate-limit", "shed", "speed", "slow", "mtbf", "mttr", "down", "autoscale", "cost",
		},
		means: map[string]string{"mttf": "mtbf", "hpa": "autoscale", "price": "cost", "throttle": "rate-limit", "ratelimit": "rate-limit", "servers": "replicas", "instances": "replicas", "workers": "threads", "cpus": "cores", "cpu": "cores", "queue": "backlog", "lb": "balancing", "scheduling": "discipline"},
	}
}

func balancingKeys() keys {
	return keys{what: "balancing", known: []string{"hash", "power-of"}}
}

// disciplineWords and the two below are values, not keys.
func disciplineWords() keys {
	return keys{
		what: "discipline", known: []string{"ps", "fifo", "lifo", "priority", "preemptive-priority", "sjf", "srpt"},
		means: map[string]string{"fcfs": "fifo", "processor-sharing": "ps", "lcfs": "lifo", "prio": "priority", "shortest-job-first": "sjf", "spt": "sjf"},
	}
}

func balancingWords() keys {
	return keys{
		what: "balancing", known: []string{"random", "round-robin", "least-requests", "power-of-two", "shared", "hash"},
		means: map[string]string{"rr": "round-robin", "least-connections": "least-requests", "jsq": "least-requests", "p2c": "power-of-two", "central": "shared", "consistent-hash": "hash"},
	}
}

func methodWords() keys {
	return keys{what: "method", known: []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}}
}

func arrivalWords() keys {
	return keys{
		what: "arrival process", known: []string{"poisson", "constant", "renewal", "bursty", "mmpp", "batch", "replay"},
		means: map[string]string{"exp": "poisson", "exponential": "poisson", "random": "poisson", "uniform": "constant", "fixed": "constant", "deterministic": "constant", "general": "renewal"},
	}
}

func hashKeys() keys {
	return keys{what: "hash balancing", known: []string{"keys", "skew"}}
}

// stepKeys are the kinds of step; each step is a mapping with one of them.
func stepKeys() keys {
	return keys{
		what:  "a step",
		known: []string{"cpu", "wait", "call", "parallel", "choose", "cache", "repeat", "publish", "lock", "barrier", "acquire", "release", "fanout", "fail"},
		means: map[string]string{"sleep": "wait", "delay": "wait", "invoke": "call", "fork": "parallel", "branch": "choose", "switch": "choose", "loop": "repeat", "send": "publish", "compute": "cpu", "work": "cpu", "scatter": "fanout", "error": "fail"},
	}
}

// besideKeys are what may stand beside the kind of a step.
func besideKeys(kind string) keys {
	k := keys{what: "a step with " + kind, known: []string{kind}}
	switch kind {
	case "call", "fanout":
		o := optionKeys()
		k.known, k.means = append(k.known, o.known...), o.means
	case "parallel":
		k.known = append(k.known, "join")
	case "lock":
		k.known = append(k.known, "keys", "skew", "count", "mode", "retry", "do")
		k.means = map[string]string{"then": "do", "steps": "do"}
	case "acquire":
		k.known = append(k.known, "timeout")
	}
	return k
}

func parallelKeys() keys {
	return keys{what: "parallel", known: []string{"branches", "join"}}
}

func branchKeys() keys {
	return keys{
		what: "a branch of choose", known: []string{"p", "do"},
		means: map[string]string{"share": "p", "probability": "p", "weight": "p", "then": "do", "steps": "do"},
	}
}

func cacheKeys() keys {
	return keys{
		what: "cache", known: []string{"hit", "keys", "skew", "size", "evict", "ttl", "then", "else"},
		means: map[string]string{"miss": "else", "ratio": "hit", "capacity": "size", "policy": "evict", "expire": "ttl"},
	}
}

func evictionWords() keys {
	return keys{what: "eviction", known: []string{"lru", "lfu", "fifo"}}
}

func lockModeWords() keys {
	return keys{what: "lock mode", known: []string{"exclusive", "shared", "optimistic"}, means: map[string]string{"read": "shared", "write": "exclusive", "occ": "optimistic"}}
}

func barrierKeys() keys {
	return keys{what: "barrier", known: []string{"slack"}, means: map[string]string{"staleness": "slack"}}
}

func poolKeys() keys {
	return keys{what: "a pool", known: []string{"size", "backlog"}, means: map[string]string{"max": "size", "count": "size"}}
}

func partitionKeys() keys {
	return keys{what: "partitions", known: []string{"count", "shares", "keys", "skew", "rebalance"}, means: map[string]string{"number": "count", "weights": "shares"}}
}

func replicationKeys() keys {
	return keys{
		what: "replication", known: []string{"mode", "copies", "write", "read", "lag", "keys", "skew", "writes", "reads", "read-from"},
		later: []string{"failover"},
		means: map[string]string{"w": "write", "r": "read", "n": "copies", "replicas": "copies", "delay": "lag"},
	}
}

func replicationWords() keys {
	return keys{what: "replication mode", known: []string{"async", "sync", "quorum"}, means: map[string]string{"synchronous": "sync", "asynchronous": "async"}}
}

func readFromWords() keys {
	return keys{what: "place to read from", known: []string{"any", "leader", "followers"}, means: map[string]string{"follower": "followers", "primary": "leader"}}
}

func repeatKeys() keys {
	return keys{what: "repeat", known: []string{"count", "do"}, means: map[string]string{"times": "count", "n": "count", "steps": "do", "then": "do"}}
}

func topicKeys() keys {
	return keys{
		what:  "a topic",
		known: []string{"partitions", "consumer", "consumers", "batch", "linger", "capacity", "full", "keys", "delivery", "ack-timeout", "attempts", "dead-letters"},
		means: map[string]string{"shards": "partitions", "groups": "consumers", "subscribers": "consumers", "dlq": "dead-letters", "dead-letter": "dead-letters", "visibility-timeout": "ack-timeout", "max-deliveries": "attempts", "size": "capacity"},
	}
}

func networkKeys() keys {
	return keys{what: "the network", known: []string{"latency", "loss"}, means: map[string]string{"delay": "latency", "drop": "loss"}}
}

func workloadKeys() keys {
	return keys{
		what:  "a workload",
		known: []string{"arrivals", "users", "think", "does", "priority"},
		means: map[string]string{"rate": "arrivals", "do": "does", "population": "users", "steps": "does", "route": "does"},
	}
}

// doesKeys are the two words that make "does" something else than a mix.
func doesKeys() keys {
	return keys{what: "does", known: []string{"steps", "route"}}
}

func testKeys() keys {
	return keys{
		what: "a test", known: []string{"kind", "phases", "workloads", "abort"},
		means: map[string]string{"stages": "phases", "type": "kind", "steps": "phases", "workload": "workloads", "abort-on": "abort", "stop": "abort", "thresholds": "abort"},
	}
}

func phaseKeys() keys {
	return keys{
		what: "a phase", known: []string{"for", "load", "steps"},
		means: map[string]string{"duration": "for", "rate": "load", "factor": "load", "hold": "for", "ramp": "load", "stairs": "steps"},
	}
}

func stairsKeys() keys {
	return keys{what: "steps of load", known: []string{"from", "to", "step", "every"}, means: map[string]string{"by": "step", "start": "from", "end": "to", "for": "every"}}
}

// testKindWords are in the order of [TestKind].
func testKindWords() keys {
	return keys{
		what: "kind of test", known: []string{"load", "scalability", "stress", "spike", "soak", "breakpoint"},
		means: map[string]string{"endurance": "soak", "capacity": "breakpoint", "burst": "spike", "performance": "load"},
	}
}

// faultWords are the kinds of fault, in the order of [FaultKind]; each fault is
// a mapping with one of them.
func faultWords() []string { return []string{"kill", "slow", "partition", "lose", "pause"} }

// besideFaultKeys are what may stand beside the kind of a fault.
func besideFaultKeys(kind string) keys {
	k := keys{what: "a fault with " + kind, known: []string{kind, "at", "for"}, means: map[string]string{"start": "at", "after": "at", "duration": "for", "count": "replicas", "speed": "to", "factor": "to"}}
	switch kind {
	case "kill", "pause":
		k.known = append(k.known, "replicas")
	case "slow":
		k.known = append(k.known, "to", "replicas")
	case "lose":
		k.known = append(k.known, "between")
	}
	return k
}

func liveKeys() keys {
	return keys{
		what: "live", known: []string{"base", "services", "cells", "operations", "data", "auth", "tls", "follow", "compress", "cookies", "observe"},
		means: map[string]string{"url": "base", "target": "base", "feeders": "data", "redirects": "follow", "gzip": "compress"},
	}
}

func requestKeys() keys {
	return keys{
		what: "a live operation", known: []string{"method", "path", "query", "headers", "body", "auth", "follow", "expect", "capture", "at", "grpc", "websocket", "sql", "redis", "kafka"},
		means: map[string]string{"url": "path", "verb": "method", "params": "query", "checks": "expect", "extract": "capture", "save": "capture", "redirects": "follow", "address": "at", "postgres": "sql", "ws": "websocket"},
	}
}

func bodyKeys() keys {
	return keys{what: "a body", known: []string{"file", "template", "json", "form"}}
}

func expectKeys() keys {
	return keys{what: "expect", known: []string{"status", "header", "body"}, means: map[string]string{"code": "status", "headers": "header"}}
}

func expectBodyKeys() keys {
	return keys{what: "the body expected", known: []string{"contains", "matches", "json", "size"}, means: map[string]string{"regexp": "matches", "length": "size"}}
}

func expectTextKeys() keys {
	return keys{what: "the header expected", known: []string{"contains", "matches"}, means: map[string]string{"regexp": "matches"}}
}

func captureKeys() keys {
	return keys{what: "a capture", known: []string{"json", "header", "cookie", "regexp"}, means: map[string]string{"jsonpath": "json", "regex": "regexp", "matches": "regexp"}}
}

func dataKeys() keys { return keys{what: "a data file", known: []string{"file", "pick"}} }

func pickWords() keys {
	return keys{what: "way to pick", known: []string{"sequential", "random", "unique"}, means: map[string]string{"once": "unique", "in-turn": "sequential", "shuffle": "random"}}
}

func authKeys() keys { return keys{what: "auth", known: []string{"basic", "bearer", "oauth2"}} }

func basicKeys() keys {
	return keys{what: "basic", known: []string{"user", "password"}, means: map[string]string{"username": "user", "name": "user"}}
}

func oauth2Keys() keys {
	return keys{
		what: "oauth2", known: []string{"token-url", "client-id", "client-secret", "scope", "audience"},
		means: map[string]string{"url": "token-url", "id": "client-id", "secret": "client-secret", "scopes": "scope"},
	}
}

func tlsKeys() keys {
	return keys{what: "tls", known: []string{"cert", "key", "ca", "verify"}, means: map[string]string{"certificate": "cert", "insecure": "verify"}}
}

// objectiveKeys are the metrics that can be bounded, by what they are of.
func objectiveKeys(kind SubjectKind) keys {
	times := []string{"mean", "p50", "p90", "p95", "p99", "p999", "max"}
	k := keys{noun: "objective", means: map[string]string{"p100": "max", "median": "p50", "average": "mean", "avg": "mean", "error": "errors", "rate": "throughput", "cpu": "utilization", "util": "utilization"}}
	switch kind {
	case OfWorkload:
		k.what, k.known = "a workload", append(times, "errors", "throughput")
	case OfOperation:
		k.what, k.known = "an operation", append(times, "throughput")
	case OfService:
		k.what, k.known = "a service", append(times, "utilization", "p_wait", "rejected", "throughput")
	case OfTopic:
		k.what, k.known = "a topic", append(times, "depth", "throughput")
	}
	return k
}

// lineWords are the orders of a line that need no parameters, and lineKeys
// those that do.
func lineWords() keys {
	return keys{
		what: "order of a line", known: []string{"fifo", "lifo", "priority"},
		means: map[string]string{"fcfs": "fifo", "lcfs": "lifo", "prio": "priority", "stack": "lifo"},
	}
}

func lineKeys() keys {
	return keys{what: "line", known: []string{"adaptive-lifo", "codel"}}
}

// managedKeys are the parameters of one of [lineKeys].
func managedKeys(word string) keys {
	if word == "codel" {
		return keys{what: word, known: []string{"target", "interval"}}
	}
	return keys{what: word, known: []string{"target"}}
}

func rateLimitKeys() keys {
	return keys{what: "rate-limit", known: []string{"rate", "burst"}, means: map[string]string{"limit": "rate", "tokens": "burst", "size": "burst", "capacity": "burst"}}
}

func shedKeys() keys {
	return keys{what: "shed", known: []string{"wait"}, means: map[string]string{"target": "wait", "after": "wait"}}
}

func slowKeys() keys {
	return keys{what: "slow", known: []string{"replicas", "share", "speed"}, means: map[string]string{"count": "replicas", "factor": "speed"}}
}

func downWords() keys {
	return keys{what: "way to be down", known: []string{"fail", "pause"}, means: map[string]string{"wait": "pause", "resume": "pause", "kill": "fail", "stop": "fail"}}
}

func autoscaleKeys() keys {
	return keys{
		what: "autoscale", known: []string{"metric", "target", "min", "max", "interval", "delay", "cooldown"},
		means: map[string]string{"period": "interval", "every": "interval", "startup": "delay", "stabilization": "cooldown"},
	}
}

func scalingWords() keys {
	return keys{
		what: "metric to scale by", known: []string{"utilization", "present", "rate"},
		means: map[string]string{"cpu": "utilization", "requests": "present", "concurrency": "present", "rps": "rate", "throughput": "rate"},
	}
}
