package pprof

import (
	"strings"
)

// Class says for whom time was spent.
type Class uint8

const (
	Work      Class = iota // the program's own doing, and what it called
	Garbage                // collection of garbage, assists of allocating goroutines among it
	Scheduler              // choosing what runs next, and waiting for it
	Runtime                // anything else of the runtime that nobody's code called
)

// String names a class as tables do.
func (c Class) String() string {
	return [...]string{"work", "garbage collection", "scheduler", "runtime"}[c]
}

// Frames that make a stack one of the garbage collector's: its workers, the
// assists that it makes allocating goroutines do, sweeping, and write barriers.
// JVMs and others show theirs as native frames of the same words.
var garbage = []string{
	"runtime.gcBgMarkWorker", "runtime.gcAssistAlloc", "runtime.gcDrain", "runtime.gcMark", "runtime.gcStart", "runtime.gcSweep",
	"runtime.bgsweep", "runtime.bgscavenge", "runtime.sweepone", "runtime.(*sweepLocked)", "runtime.(*mspan).sweep", "runtime.deductSweepCredit",
	"runtime.wbBufFlush", "runtime.gcWriteBarrier", "runtime.(*gcWork)", "runtime.(*gcControllerState)", "runtime.scanstack", "runtime.scanobject",
	"runtime._GC", "runtime.(*scavenger", "runtime.(*pageAlloc).scavenge",
	"GCTaskThread", "G1ParTask", "G1ConcurrentMark", "G1YoungCollector", "GangWorker", "WorkerThread::run", "ZDriver", "ShenandoahConcurrent",
}

// Frames at the root of stacks, or just above, that belong to the scheduler.
var scheduler = []string{
	"runtime.mcall", "runtime.mstart", "runtime.schedule", "runtime.findRunnable", "runtime.findrunnable", "runtime.park_m", "runtime.goschedImpl",
	"runtime.gosched_m", "runtime.goexit0", "runtime.gopreempt_m", "runtime.preemptPark", "runtime.sysmon", "runtime.stopm", "runtime.startm", "runtime.wakep",
	"runtime.morestack", "runtime.netpoll", "runtime.notesleep", "runtime.futex", "runtime.osyield", "runtime.usleep",
}

// class says for whom the time of a stack was spent. The rule, by frames from
// the root to the leaf:
//
//  1. a frame of the garbage collector makes it [Garbage], wherever it stands;
//  2. else a frame that is none of the runtime's makes it [Work]: allocating,
//     copying and locking are what the caller does;
//  3. else, of the runtime alone, a frame of the scheduler makes it [Scheduler];
//  4. else it is [Runtime].
func class(frames []Frame) Class {
	of := Runtime
	for i := range frames {
		name := frames[i].Function
		switch {
		case startsWithAny(name, garbage):
			return Garbage
		case !ofRuntime(name):
			of = Work
		case of == Runtime && startsWithAny(name, scheduler):
			of = Scheduler
		}
	}
	return of
}

func startsWithAny(name string, of []string) bool {
	for _, s := range of {
		if strings.HasPrefix(name, s) {
			return true
		}
	}
	return false
}

// ofRuntime reports a frame of Go's runtime. Its packages for users, as
// runtime/pprof, and what only starts goroutines are not.
func ofRuntime(name string) bool {
	p := Package(name)
	return p == "runtime" || strings.HasPrefix(p, "internal/runtime/") || strings.HasPrefix(p, "runtime/internal/") || name == "[[vdso]]" || name == "?"
}

// Package is the package that a function belongs to: of Go's names what stands
// before the first dot after the last slash, of C++'s what stands before the
// first two colons, of a frame without a name the file it is in.
func Package(function string) string {
	if strings.HasPrefix(function, "[") {
		return function
	}
	if name, _, ok := strings.Cut(function, "::"); ok {
		return strings.TrimSpace(name)
	}
	name := function
	if i := strings.IndexAny(name, "[({"); i > 0 { // type parameters and receivers have slashes of their own
		name = name[:i]
	}
	slash := strings.LastIndexByte(name, '/') + 1
	dot := strings.IndexByte(name[slash:], '.')
	if dot < 0 {
		return "(native)"
	}
	return strings.ReplaceAll(name[:slash+dot], "%2e", ".")
}

// Standard reports a package of Go's standard library or its runtime, by the
// rule that Go itself has: the first part of its path has no dot. A program's
// main is not.
func Standard(pkg string) bool {
	first, _, _ := strings.Cut(pkg, "/")
	return pkg != "main" && !strings.ContainsAny(first, ".[(") && stdRoots[first]
}

var stdRoots = roots("archive bufio builtin bytes cmp compress container context crypto database debug embed encoding errors expvar flag fmt go hash html image " +
	"index internal io iter log maps math mime net os path plugin reflect regexp runtime slices sort strconv strings structs sync syscall testing text time unicode " +
	"unique unsafe vendor weak")

func roots(names string) map[string]bool {
	out := map[string]bool{}
	for name := range strings.FieldsSeq(names) {
		out[name] = true
	}
	return out
}
