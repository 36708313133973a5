package loadtest

import "testing"

func TestReadingTheMachine(t *testing.T) {
	near(t, "stalled (s)", pressureStall([]byte("some avg10=0.00 avg60=0.31 avg300=1.17 total=28979231\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=7\n")), 28.979231, 1e-9)
	near(t, "stalled, not told", pressureStall([]byte("nothing\n")), 0, 0)
	busy, stolen, total := coreTimes([]byte("cpu  100 10 50 800 20 5 5 30 4 4\ncpu0 1 2 3\n"))
	near(t, "busy (s)", busy, 1.7, 1e-9)
	near(t, "stolen (s)", stolen, 0.3, 1e-9)
	near(t, "total (s)", total, 10.2, 1e-9)
	for _, text := range []string{"", "cpu 1 2\n", "intr 1 2 3 4 5 6 7 8 9\n"} {
		if _, _, total := coreTimes([]byte(text)); total != 0 {
			t.Errorf("%q: total %v", text, total)
		}
	}
	if m := readMachine(); m.own <= 0 || m.total <= 0 || m.busy <= 0 {
		t.Errorf("this machine: %+v", m)
	}
}
