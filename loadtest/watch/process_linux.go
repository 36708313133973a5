package watch

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/procfs"
)

// processes looks at processes of this machine: one, or those that listen on a
// port, and the descendants of either. Its figures are sums over all of them.
//
// Counters of a process that has ended are gone; what each thread and process
// has added since the last look is added up here, so that a sum never falls
// when one ends. What one did since the last look before it ended is lost.
type processes struct {
	pid, port int
	proc      procfs.FS

	pids  []int
	found time.Time
	sums  map[string]float64        // counters, by column
	seen  map[counterOf]float64     // their last values
	limit map[int]procfs.ProcLimits // they hardly ever change
}

// counterOf is a counter of a process or a thread.
type counterOf struct {
	id     int
	column string
}

// refound is how long the list of processes is good for.
const refound = 5 * time.Second

// mostThreads bounds whose switches and waits are read one by one.
const mostThreads = 4096

func newProcesses(pid, port int) *processes {
	proc, _ := procfs.NewDefaultFS() // an error shows at the first look
	return &processes{
		pid: pid, port: port, proc: proc,
		sums: map[string]float64{}, seen: map[counterOf]float64{}, limit: map[int]procfs.ProcLimits{},
	}
}

func (p *processes) look(context.Context) ([]sample, error) {
	if len(p.pids) == 0 || time.Since(p.found) > refound {
		if err := p.find(); err != nil {
			return nil, err
		}
	}
	t := &tally{processes: p, gauges: map[string]float64{}, now: map[counterOf]float64{}}
	alive := 0
	for _, pid := range p.pids {
		if t.process(pid) == nil {
			alive++
		}
	}
	if alive == 0 {
		p.pids = nil // to be found again at the next look
		return nil, fmt.Errorf("no process %s any more", p)
	}
	t.network(p.pids[0])
	t.limits()
	out := t.samples()
	return append(out, cgroupOf(p.proc, p.pids[0])...), nil
}

func (p *processes) String() string {
	if p.port > 0 {
		return fmt.Sprintf("listens on port %d", p.port)
	}
	return strconv.Itoa(p.pid)
}

// find looks up the processes that are meant.
func (p *processes) find() error {
	roots := map[int]bool{p.pid: true}
	if p.port > 0 {
		var err error
		if roots, err = listeners(p.proc, p.port); err != nil {
			return err
		}
	} else if _, err := p.proc.Proc(p.pid); err != nil {
		return fmt.Errorf("there is no process %d", p.pid)
	}
	all, err := p.proc.AllProcs()
	if err != nil {
		return err
	}
	parent := map[int]int{}
	for _, q := range all {
		if stat, err := q.Stat(); err == nil {
			parent[q.PID] = stat.PPID
		}
	}
	p.pids = p.pids[:0]
	for pid := range parent {
		for up, steps := pid, 0; up > 1 && steps < 64; up, steps = parent[up], steps+1 {
			if roots[up] {
				p.pids = append(p.pids, pid)
				break
			}
		}
		if pid == 1 && roots[1] {
			p.pids = append(p.pids, 1)
		}
	}
	p.found = time.Now()
	if len(p.pids) == 0 {
		return fmt.Errorf("no process %s", p)
	}
	return nil
}

// listening is the state of a socket that waits for connections.
const listening = 0x0A

// listeners are the processes that hold a socket which listens on a port.
func listeners(proc procfs.FS, port int) (map[int]bool, error) {
	sockets := map[string]bool{}
	// The file is deprecated in favour of netlink, which is faster with many
	// sockets and one library more; it is read once in a few seconds.
	for _, table := range []func() (procfs.NetTCP, error){proc.NetTCP, proc.NetTCP6} { //nolint:staticcheck
		lines, err := table()
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		for _, l := range lines {
			if l.St == listening && l.LocalPort == uint64(port) {
				sockets[fmt.Sprintf("socket:[%d]", l.Inode)] = true
			}
		}
	}
	if len(sockets) == 0 {
		return nil, fmt.Errorf("nothing listens on port %d of this machine", port)
	}
	all, err := proc.AllProcs()
	if err != nil {
		return nil, err
	}
	out := map[int]bool{}
	for _, p := range all {
		files, err := p.FileDescriptorTargets() // not to be had of the processes of others
		if err != nil {
			continue
		}
		for _, f := range files {
			if sockets[f] {
				out[p.PID] = true
				break
			}
		}
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("something listens on port %d, but whose it is may not be seen; run as the same user, or name its pid", port)
	}
	return out, nil
}

// tally adds processes up at one look.
type tally struct {
	*processes
	gauges map[string]float64
	now    map[counterOf]float64
	order  []Column
}

func (t *tally) gauge(name, unit string, value float64) {
	if _, known := t.gauges[name]; !known {
		t.order = append(t.order, Column{Name: name, Unit: unit, Kind: Gauge})
	}
	t.gauges[name] += value
}

// count adds what a counter of a process or a thread has risen by.
func (t *tally) count(id int, name, unit string, value float64) {
	if _, known := t.gauges[name]; !known {
		t.gauges[name] = 0
		t.order = append(t.order, Column{Name: name, Unit: unit, Kind: Counter})
	}
	key := counterOf{id, name}
	t.sums[name] += max(value-t.seen[key], 0)
	t.now[key] = value
}

func (t *tally) samples() []sample {
	var out []sample
	for _, c := range t.order {
		value := t.gauges[c.Name]
		if c.Kind == Counter {
			value = t.sums[c.Name]
		}
		out = append(out, sample{c, value})
	}
	t.seen = t.now
	t.processes.seen = t.now
	return out
}

func (t *tally) process(pid int) error {
	p, err := t.proc.Proc(pid)
	if err != nil {
		return err
	}
	stat, err := p.Stat()
	if err != nil {
		return err
	}
	const ticks = 100 // USER_HZ, which Linux has fixed for /proc
	t.count(pid, "process.cpu", "cores", float64(stat.UTime+stat.STime)/ticks)
	t.gauge("process.memory", "B", float64(stat.ResidentMemory()))
	t.gauge("process.threads", "1", float64(stat.NumThreads))
	t.gauge("process.count", "1", 1)
	t.count(pid, "process.major_faults", "1/s", float64(stat.MajFlt))
	if delayAccounted() {
		t.count(pid, "process.disk_wait", "1", float64(stat.DelayAcctBlkIOTicks)/ticks)
	}
	if n, err := p.FileDescriptorsLen(); err == nil {
		t.gauge("process.descriptors", "1", float64(n))
	}
	if io, err := p.IO(); err == nil {
		t.count(pid, "process.disk_read", "B/s", float64(io.ReadBytes))
		t.count(pid, "process.disk_written", "B/s", float64(io.WriteBytes))
	}
	t.threads(pid)
	return nil
}

// threads adds up what the kernel tells of single threads only: the status of
// a process is that of its first thread.
func (t *tally) threads(pid int) {
	threads, err := t.proc.AllThreads(pid)
	if err != nil || len(threads) > mostThreads {
		return
	}
	for _, thread := range threads {
		if s, err := thread.Schedstat(); err == nil {
			t.count(thread.PID, "process.cpu_wait", "1", float64(s.WaitingNanoseconds)/1e9)
		}
		if s, err := thread.NewStatus(); err == nil {
			t.count(thread.PID, "process.switches", "1/s", float64(s.VoluntaryCtxtSwitches))
			t.count(thread.PID, "process.preemptions", "1/s", float64(s.NonVoluntaryCtxtSwitches))
		}
	}
}

// network adds the figures of the network namespace that a process lives in.
func (t *tally) network(pid int) {
	p, err := t.proc.Proc(pid)
	if err != nil {
		return
	}
	if devices, err := p.NetDev(); err == nil {
		total := devices.Total()
		t.count(0, "network.received", "B/s", float64(total.RxBytes))
		t.count(0, "network.sent", "B/s", float64(total.TxBytes))
		t.count(0, "network.lost", "1/s", float64(total.RxErrors+total.RxDropped+total.TxErrors+total.TxDropped))
	}
	if snmp, err := p.Snmp(); err == nil && snmp.RetransSegs != nil {
		t.count(0, "network.resent", "1/s", *snmp.RetransSegs)
	}
	if stat, err := p.Netstat(); err == nil && stat.ListenDrops != nil {
		t.count(0, "network.refused", "1/s", *stat.ListenDrops)
	}
}

// limits adds what there is of what is used.
func (t *tally) limits() {
	cores := 0
	for _, pid := range t.pids {
		p, err := t.proc.Proc(pid)
		if err != nil {
			continue
		}
		if s, err := p.NewStatus(); err == nil {
			cores = max(cores, len(s.CpusAllowedList))
		}
		l, known := t.limit[pid]
		if !known {
			if l, err = p.Limits(); err != nil {
				continue
			}
			t.limit[pid] = l
		}
		if l.OpenFiles < 1<<40 { // or none
			t.gauge("limit.descriptors", "1", float64(l.OpenFiles))
		}
	}
	if cores > 0 {
		t.gauge("limit.cores", "cores", float64(cores))
	}
	if m, err := t.proc.Meminfo(); err == nil && m.MemTotalBytes != nil {
		t.gauge("limit.memory", "B", float64(*m.MemTotalBytes))
	}
}

// delayAccounted tells whether the kernel counts the time that threads wait for
// a disk; where it does not, it says 0 for all.
func delayAccounted() bool {
	text, err := os.ReadFile("/proc/sys/kernel/task_delayacct")
	return err == nil && strings.TrimSpace(string(text)) == "1"
}
