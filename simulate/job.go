package simulate

import "slices"

// job is a job at work, over all its runs.
type job struct {
	*jobSpec
	gaps sampler

	running gauge // runs in progress (1)
	started int64
	ended   int64
	stayed  float64 // Σ makespan of the runs that ended (s)

	makespan histogram
	stages   []stageTally
}

type stageTally struct {
	time, task            histogram
	tasks, copies, failed int64
}

// jobRun is a run of a job.
type jobRun struct {
	job    int32 // nobody where the record is not in use
	left   int32 // stages to end
	began  float64
	stages []stageRun
	next   int32 // free record
}

// stageRun is a stage of a run.
type stageRun struct {
	waits int32 // stages that it is after and that have not ended
	todo  int32 // tasks that have no slot yet
	left  int32 // tasks that have not ended
	free  int32 // slots
	began float64
	alarm uint32    // the event that looks for stragglers
	first int32     // tasks at work without a copy, in order of their start
	last  int32     //
	times []float64 // that tasks took that ended, in order (s); where copies are wanted
}

// task is a task at work: one frame, or two.
type task struct {
	run, stage  int32 // run is nobody where the record is not in use
	began       float64
	frames      [2]int32
	older, next int32 // in the list of those without a copy; next free record
	listed      bool
}

func (k *kernel) setUpJobs(s *streams) {
	k.jobs = apart[job](len(k.program.jobs))
	for i := range k.jobs {
		spec := &k.program.jobs[i]
		j := &k.jobs[i]
		*j = job{jobSpec: spec, stages: make([]stageTally, len(spec.stages))}
		if spec.once {
			k.schedule(0, evJob, int32(i))
			continue
		}
		j.gaps = newSampler(spec.every, s.named("job/"+spec.name))
		// Not at the same instant in every replication: the ends of the measured
		// part would then cut the same run everywhere, and no interval knows of that.
		k.schedule(j.gaps.draw()*s.named("job/"+spec.name+"/first").Float64(), evJob, int32(i))
	}
}

// startJob starts a run of job i, and schedules the next.
func (k *kernel) startJob(i int32) int32 {
	if k.now >= k.until {
		return nobody
	}
	j := &k.jobs[i]
	if !j.once {
		if gap := j.gaps.draw(); k.now+gap < k.until {
			k.schedule(gap, evJob, i)
		}
	}
	r := k.newRun(i)
	j.started++
	j.running.add(1, k.now)
	if k.countsRun(j, k.now) {
		k.pending++
	}
	for s := range j.jobSpec.stages {
		if k.runs[r].stages[s].waits == 0 {
			k.beginStage(r, int32(s))
		}
	}
	return nobody
}

// countsRun reports whether a run that began at t is one that times are wanted
// of: where there is only one it is, however early.
func (k *kernel) countsRun(j *job, t float64) bool { return j.once || k.counts(t) }

func (k *kernel) newRun(i int32) int32 {
	r := k.freeRun
	if r == nobody {
		k.runs = append(k.runs, jobRun{})
		r = int32(len(k.runs) - 1)
	} else {
		k.freeRun = k.runs[r].next
	}
	spec := k.jobs[i].jobSpec
	rn := &k.runs[r]
	stages := rn.stages
	if cap(stages) < len(spec.stages) {
		stages = make([]stageRun, len(spec.stages))
	}
	stages = stages[:len(spec.stages)]
	for s := range stages {
		st := &spec.stages[s]
		stages[s] = stageRun{
			waits: int32(len(st.after)), todo: st.tasks, left: st.tasks, free: st.slots,
			first: nobody, last: nobody, times: stages[s].times[:0],
		}
	}
	*rn = jobRun{job: i, left: int32(len(stages)), began: k.now, stages: stages}
	return r
}

func (k *kernel) beginStage(r, s int32) {
	sr := &k.runs[r].stages[s]
	sr.began = k.now
	k.dispatch(r, s)
}

// dispatch gives the free slots of a stage to its tasks, and when all have one,
// to second copies of those that take long.
func (k *kernel) dispatch(r, s int32) {
	sr := &k.runs[r].stages[s]
	spec := &k.jobs[k.runs[r].job].jobSpec.stages[s]
	for sr.free > 0 && sr.todo > 0 {
		sr.todo--
		sr.free--
		t := k.newTask(r, s)
		k.runTask(t, 0, spec)
		if spec.speculate > 0 {
			k.enlist(sr, t)
		}
	}
	if spec.speculate > 0 && sr.todo == 0 {
		k.speculate(r, s, sr, spec)
	}
}

// runTask begins with a task, or with its second copy.
func (k *kernel) runTask(t int32, copy int, spec *stageSpec) {
	f, fr := k.newFrame(tasked, nobody, spec.entry)
	fr.parent, fr.due = t, k.now
	k.tasks[t].frames[copy] = f
	k.ready = append(k.ready, f)
}

// speculate starts a second copy of every task that has taken speculate times
// the median of those that ended, while a slot is free, the first that began
// first; and looks again when the next will have.
func (k *kernel) speculate(r, s int32, sr *stageRun, spec *stageSpec) {
	sr.alarm = 0
	if len(sr.times) == 0 {
		return
	}
	long := spec.speculate * median(sr.times)
	for sr.free > 0 && sr.first != nobody {
		t := sr.first
		if due := k.tasks[t].began + long; k.now < due {
			sr.alarm = k.push(due, evStraggler|uint32(t))
			return
		}
		k.delist(sr, t)
		sr.free--
		k.jobs[k.runs[r].job].stages[s].copies++
		k.runTask(t, 1, spec)
	}
}

// median of values in order.
func median(sorted []float64) float64 {
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}

// straggler looks whether the first of the tasks without a copy takes long.
func (k *kernel) straggler(t int32, seq uint32) int32 {
	tk := &k.tasks[t]
	if tk.run == nobody {
		return nobody
	}
	if sr := &k.runs[tk.run].stages[tk.stage]; sr.alarm == seq {
		k.dispatch(tk.run, tk.stage)
	}
	return nobody
}

// taskEnded ends a frame of a task. The first that ends well ends the task, and
// the other is taken back; one that fails is run again, unless the other goes on.
func (k *kernel) taskEnded(f int32, how outcome) int32 {
	fr := k.frames.at(f)
	t, instant := fr.parent, fr.due == k.now
	k.drop(f)
	tk := &k.tasks[t]
	r, s := tk.run, tk.stage
	j := &k.jobs[k.runs[r].job]
	sr := &k.runs[r].stages[s]
	mine := 0
	if tk.frames[1] == f {
		mine = 1
	}
	tk.frames[mine] = nobody
	other := tk.frames[1-mine]
	if how != outWell {
		return k.taskFailed(t, other, instant, sr, j)
	}
	if other != nobody {
		k.cancel(other)
		sr.free++
	}
	sr.free++
	if tk.listed {
		k.delist(sr, t)
	}
	took := k.now - tk.began
	if k.countsRun(j, k.runs[r].began) {
		j.stages[s].task.add(took)
	}
	if j.jobSpec.stages[s].speculate > 0 {
		at, _ := slices.BinarySearch(sr.times, took)
		sr.times = slices.Insert(sr.times, at, took)
	}
	j.stages[s].tasks++
	k.dropTask(t)
	if sr.left--; sr.left == 0 {
		k.stageEnded(r, s)
		return nobody
	}
	k.dispatch(r, s)
	return nobody
}

// taskFailed runs a task again in its slot: at once, or, where it failed without
// any time having passed, after a while.
func (k *kernel) taskFailed(t, other int32, instant bool, sr *stageRun, j *job) int32 {
	tk := &k.tasks[t]
	j.stages[tk.stage].failed++
	if other != nobody {
		sr.free++
		k.dispatch(tk.run, tk.stage)
		return nobody
	}
	spec := &j.jobSpec.stages[tk.stage]
	if !instant {
		k.runTask(t, 0, spec)
		return nobody
	}
	f, fr := k.newFrame(tasked, nobody, spec.entry)
	fr.parent, fr.due, fr.state = t, k.now+turnedAwayFor, waiting
	tk.frames[0] = f
	k.schedule(turnedAwayFor, evResume, f)
	return nobody
}

// stageEnded begins with the stages that have waited for one, and ends the run
// with its last.
func (k *kernel) stageEnded(r, s int32) {
	rn := &k.runs[r]
	j := &k.jobs[rn.job]
	counts := k.countsRun(j, rn.began)
	if counts {
		j.stages[s].time.add(k.now - rn.stages[s].began)
	}
	if rn.left--; rn.left == 0 {
		j.running.add(-1, k.now)
		j.ended++
		j.stayed += k.now - rn.began
		if counts {
			j.makespan.add(k.now - rn.began)
			k.pending--
		}
		rn.job = nobody
		rn.next = k.freeRun
		k.freeRun = r
		return
	}
	for _, next := range j.jobSpec.stages[s].before {
		if sr := &k.runs[r].stages[next]; sr.waits > 0 {
			if sr.waits--; sr.waits == 0 {
				k.beginStage(r, next)
			}
		}
	}
}

func (k *kernel) newTask(r, s int32) int32 {
	t := k.freeTask
	if t == nobody {
		k.tasks = append(k.tasks, task{})
		t = int32(len(k.tasks) - 1)
	} else {
		k.freeTask = k.tasks[t].next
	}
	k.tasks[t] = task{run: r, stage: s, began: k.now, frames: [2]int32{nobody, nobody}, older: nobody, next: nobody}
	return t
}

func (k *kernel) dropTask(t int32) {
	k.tasks[t].run = nobody
	k.tasks[t].next = k.freeTask
	k.freeTask = t
}

// enlist puts a task last among those without a copy.
func (k *kernel) enlist(sr *stageRun, t int32) {
	tk := &k.tasks[t]
	tk.older, tk.next, tk.listed = sr.last, nobody, true
	if sr.last == nobody {
		sr.first = t
	} else {
		k.tasks[sr.last].next = t
	}
	sr.last = t
}

// delist takes a task out of that list.
func (k *kernel) delist(sr *stageRun, t int32) {
	tk := &k.tasks[t]
	if tk.older == nobody {
		sr.first = tk.next
	} else {
		k.tasks[tk.older].next = tk.next
	}
	if tk.next == nobody {
		sr.last = tk.older
	} else {
		k.tasks[tk.next].older = tk.older
	}
	tk.listed = false
}

// checkJobs holds jobs to conservation and Little's law, as [kernel.checkLaws]
// does the rest.
func (k *kernel) checkJobs() error {
	for i := range k.jobs {
		j := &k.jobs[i]
		here, time := 0.0, 0.0
		for r := range k.runs {
			if k.runs[r].job == int32(i) {
				here++
				time += k.now - k.runs[r].began
			}
		}
		if err := k.agree("jobs."+j.name, "runs", float64(j.started), float64(j.ended)+here); err != nil {
			return err
		}
		if err := k.agree("jobs."+j.name, "time of runs", j.running.area(k.now), j.stayed+time); err != nil {
			return err
		}
	}
	return nil
}

// forgetJobs drops all times of jobs counted so far, but for those of jobs that
// run once.
func (k *kernel) forgetJobs() {
	for i := range k.jobs {
		j := &k.jobs[i]
		if j.once {
			continue
		}
		j.makespan.reset()
		for s := range j.stages {
			j.stages[s] = stageTally{}
		}
	}
}
