# Makes a table of the lines of Go's benchmarks, each after "c" or "ours".

# value is the figure before a unit, or 0.
function value(unit,   i) {
	for (i = 3; i < NF; i++) if ($(i + 1) == unit) return $i
	return 0
}
function verdict(good) { return good ? "yes" : "NO" }

$2 !~ /^Benchmark/ { next }
{ name = $2; sub(/^Benchmark/, "", name); sub(/-[0-9]+$/, "", name) }

name ~ /^Hold/ {
	sub(/^Hold\/n=/, "", name)
	x = value("cpu-ns/event")
	if (!(name in hold) || x < hold[name]) hold[name] = x
	next
}
name ~ /^Workers/ {
	if (value("requests/s") > clock[name]) clock[name] = value("requests/s")
	if (value("requests/cpu-s") > used[name]) used[name] = value("requests/cpu-s")
	next
}
name ~ /^Million/ { sub(/^Million\//, "", name); million[++millions] = name; bytes[name] = value("MB-allotted"); next }
value("requests/cpu-s") > best[$1, name] { best[$1, name] = value("requests/cpu-s") }

END {
	# Wanted: on a core on which the loop does so many millions, so many.
	n = split("MM1 MM8 ThreeTier", names)
	split("7 5 1.7", want); split("25 20 7", peer)
	printf "millions of requests per second of processor time (%d cores, load %s)\n", cores, load
	printf "%-12s %8s %8s %8s %14s %8s\n", "", "ours", "C loop", "ratio", "wanted", "reached"
	for (i = 1; i <= n; i++) {
		s = names[i]
		a = best["ours", s] / 1e6; b = best["c", s] / 1e6
		printf "%-12s %8.2f %8.2f %8.2f %5.2f (%g:%g) %8s\n", s, a, b, a / b, want[i] / peer[i], want[i], peer[i], verdict(a / b >= want[i] / peer[i])
	}

	printf "\ncalendar: ns of processor time an event (wanted: grows no faster than log n)\n"
	printf "%-12s %8s %8s %14s\n", "events", "ns", "grown", "log n grown"
	for (i = 2; i <= 7; i++) {
		s = "1e" i
		printf "%-12s %8.0f %8.2f %14.2f\n", s, hold[s], hold[s] / hold["1e2"], i / 2
	}

	printf "\ntwo workers to one: %.2f times the requests a second by the clock, %.2f by processor time (wanted: 1.8)\n", \
		clock["Workers/2"] / clock["Workers/1"], 2 * used["Workers/2"] / used["Workers/1"]

	printf "\na million requests, MB allotted in all (wanted: under 200)\n"
	for (i = 1; i <= millions; i++) printf "%-22s %6.0f\n", million[i], bytes[million[i]]
}
