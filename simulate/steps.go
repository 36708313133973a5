package simulate

import "math"

// step runs frame f until it has to wait, ends, or hands over to another frame;
// it returns the frame to go on with, or nobody.
func (k *kernel) step(f int32) int32 {
	fr := k.frames.at(f)
	pc := fr.pc
	for {
		in := &k.code[pc]
		pc++
		switch in.op {
		case opCPU:
			fr.pc = pc
			if !k.compute(f, fr, k.samples[in.a].draw()) {
				return nobody
			}
		case opWait:
			if t := k.samples[in.a].draw(); t > 0 {
				fr.pc, fr.state = pc, waiting
				k.schedule(t, evResume, f)
				return nobody
			}
		case opCall:
			fr.pc = pc
			return k.call(f, in.a)
		case opAsk:
			fr.pc = pc
			return k.sendOut(f, in.a)
		case opFail:
			if k.samples[in.a].draw() < k.probabilities[in.b] {
				return k.fail(f, outFailed)
			}
		case opParallel:
			fr.pc = pc
			k.fork(f, &k.parallels[in.a])
			return nobody
		case opChoose:
			pc = pick(k.choices[in.b], k.samples[in.a].draw())
		case opRepeat:
			pc = k.begin(f, fr, math.Round(k.samples[in.a].draw()), pc, in.b)
		case opEach:
			pc = k.begin(f, fr, float64(max(fr.batch, 1)), pc, in.b)
		case opAgain:
			pc = k.again(fr, pc, in.b)
		case opJump:
			pc = in.b
		case opWant:
			k.want(f, &k.lockSteps[in.a])
		case opLock:
			fr.pc = pc - 1 // comes again for the next key
			got, lost := k.lock(f, &k.lockSteps[in.a])
			if lost {
				return k.fail(f, outDeadlock)
			}
			if !got {
				return nobody
			}
		case opUnlock:
			for range k.lockSteps[in.a].count {
				k.unhold(f)
			}
		case opTry:
			fr.loop = k.newLoop(0, fr.loop)
		case opRemember:
			k.remember(f, &k.lockSteps[in.a])
		case opValidate:
			fr.pc = in.b
			again, failed := k.conclude(f, &k.lockSteps[in.a])
			switch {
			case failed:
				return k.fail(f, outConflict)
			case again:
				return k.pauseOr(f)
			}
		case opAcquire:
			fr.pc = pc
			got, lost := k.acquire(f, &k.acquires[in.a])
			if lost {
				return k.fail(f, outRejected)
			}
			if !got {
				return nobody
			}
		case opRelease:
			k.release(f, in.a)
		case opBarrier:
			fr.pc = pc
			if !k.meet(f, in.a) {
				return nobody
			}
		case opFind:
			if !k.find(in.a) {
				pc = in.b
			}
		case opPublish:
			fr.pc = pc
			if done, refused := k.publish(f, in.a); refused {
				return k.fail(f, outRejected)
			} else if !done {
				return nobody
			}
		case opBegins:
			if !k.takeUp(f, in.a) {
				return k.end(f)
			}
		case opEnd:
			return k.end(f)
		case opTurnedAway:
			return k.answer(f, fr.fate)
		}
	}
}

// begin goes into a loop of so many rounds, or past it.
func (k *kernel) begin(f int32, fr *frame, rounds float64, body, past int32) int32 {
	if rounds < 1 {
		return past
	}
	fr.loop = k.newLoop(int64(min(rounds, longest)), fr.loop)
	return body
}

// again goes round once more, or leaves the loop.
func (k *kernel) again(fr *frame, past, body int32) int32 {
	l := k.loops.at(fr.loop)
	if l.left--; l.left > 0 {
		return body
	}
	done := fr.loop
	fr.loop = l.outer
	k.dropLoop(done)
	return past
}

// end ends a frame that has come to the end of its steps.
func (k *kernel) end(f int32) int32 {
	if k.frames.at(f).hold != 0 {
		k.letGo(f)
	}
	fr := k.frames.at(f)
	switch fr.kind {
	case branch:
		return k.joinUp(f, outWell)
	case client:
		return k.endClient(f, fr, outWell)
	case tasked:
		return k.taskEnded(f, outWell)
	}
	if op := &k.operations[fr.op]; op.role != other && !k.settleData(f, &k.stations[op.service], op.role) {
		return nobody
	}
	return k.finish(f)
}

// finish ends a visit well.
func (k *kernel) finish(f int32) int32 {
	k.leave(f, outWell)
	return k.answer(f, outWell)
}

// fail ends a frame of which a step has failed: the rest of its steps is left
// out, and who waits for it fails in turn.
func (k *kernel) fail(f int32, how outcome) int32 {
	if k.frames.at(f).hold != 0 {
		k.letGo(f)
	}
	fr := k.frames.at(f)
	switch fr.kind {
	case branch:
		return k.joinUp(f, how)
	case client:
		return k.endClient(f, fr, how)
	case tasked:
		return k.taskEnded(f, how)
	}
	k.leave(f, how)
	return k.answer(f, how)
}
