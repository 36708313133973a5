package simulate

import (
	"fmt"
	"math"
)

// lawTolerance is how far two ways to add up the same thing may differ (1, of
// the larger): rounding over 10⁹ additions stays far below it.
const lawTolerance = 1e-6

// checkLaws holds the simulation to what must be so of every path, and not
// just on average:
//
//   - conservation: what came is done, has failed, or is still here;
//   - Little's law in its exact form: the area under the number present is the
//     sum of the times that every request was here ([Litt61]);
//   - the utilization law: the busy time of the cores is the service given;
//   - where response times are taken apart, the parts add up to them.
//
// Each is added up in two ways that share no step, so a record lost, freed
// twice or served by a wrong core shows. A violation is an error of this
// package, never a property of the model.
func (k *kernel) checkLaws() error {
	c := k.census()
	for i := range k.sources {
		s := &k.sources[i]
		if err := k.agree("workloads."+s.name, "requests", float64(s.started), float64(s.well+s.failed+c.sources[i].n)); err != nil {
			return err
		}
		if err := k.agree("workloads."+s.name, "time in the system", s.running.area(k.now), s.stayed+c.sources[i].time); err != nil {
			return err
		}
	}
	if err := k.checkAccounts(); err != nil {
		return err
	}
	for i := range k.stations {
		s := &k.stations[i]
		if err := k.agree("services."+s.name, "time at the service", s.present.area(k.now), s.stayed+c.stations[i].time); err != nil {
			return err
		}
		if err := k.agree("services."+s.name, "core time", s.busy.area(k.now), s.served+c.stations[i].work); err != nil {
			return err
		}
	}
	for i := range k.tally.topics {
		t := &k.tally.topics[i]
		name := "topics." + k.program.topics[i].name
		if err := k.agree(name, "messages", float64(t.published), float64(t.consumed+t.dropped+t.dead+c.topics[i].n)); err != nil {
			return err
		}
		if err := k.agree(name, "time on the topic", t.depth.area(k.now), t.stayed+c.topics[i].time); err != nil {
			return err
		}
	}
	return k.checkJobs()
}

func (k *kernel) agree(where, what string, a, b float64) error {
	// An area is what is left of products of the time, each rounded.
	rounding := 1e-15 * k.now * float64(k.events+1)
	if math.Abs(a-b) <= lawTolerance*max(math.Abs(a), math.Abs(b))+rounding {
		return nil
	}
	return fmt.Errorf("simulate: %s: %s adds up to %v one way and %v the other at time %v s; this is a fault of the simulator, please report it", where, what, a, b, k.now)
}

// census is who is here, and since when.
type census struct {
	sources, stations, topics []present
}

type present struct {
	n    int64
	time float64 // that they have been here for (s)
	work float64 // core time that demands in service were given (s)
}

// census goes through every record in use.
func (k *kernel) census() census {
	c := census{
		sources:  make([]present, len(k.sources)),
		stations: make([]present, len(k.stations)),
		topics:   make([]present, len(k.tally.topics)),
	}
	for f := range k.frames.n {
		fr := k.frames.at(f)
		if fr.kind == client || fr.kind == request {
			c.sources[fr.source].n++
			c.sources[fr.source].time += k.now - fr.due
		}
		if (fr.kind == request || fr.kind == called || fr.kind == sent || fr.kind == fed) && fr.host == f && fr.hostGen == fr.gen {
			c.stations[k.operations[fr.op].service].time += k.now - fr.born
		}
	}
	k.calendar.each(func(e event) {
		if e.what&^indexMask == evCore {
			fr := k.frames.at(int32(e.what & indexMask))
			if fr.kind == gone {
				return
			}
			c.stations[k.operations[fr.op].service].work += k.now - fr.since
		}
	})
	for i := range k.replicas {
		s := &k.replicas[i].share
		st := &c.stations[k.replicas[i].station.number]
		if n := len(s.marks); n > 0 {
			s.advance(k.now, n, k.replicas[i].station.cores)
		}
		for _, m := range s.marks {
			st.work += k.frames.at(m.frame).demand - (m.at - s.attained)
		}
		for _, e := range k.replicas[i].wait.heap {
			st.work += k.frames.at(e.frame).demand - e.left
		}
	}
	k.censusOfLetters(&c)
	return c
}

// censusOfLetters counts the messages that are on their way, in line or in hand.
func (k *kernel) censusOfLetters(c *census) {
	count := func(m, n int32) {
		for ; m != nobody && n > 0; n-- {
			l := k.letters.at(m)
			if l.message != nobody { // counted as a message
				m = l.next
				continue
			}
			p := &c.topics[k.partitions[l.partition].topic]
			p.n++
			p.time += k.now - l.at
			m = l.next
		}
	}
	k.censusOfMessages(c)
	for i := range k.partitions {
		count(k.partitions[i].head, k.partitions[i].n)
	}
	for f := range k.frames.n {
		if fr := k.frames.at(f); fr.kind == fed {
			count(fr.letters, fr.batch)
		}
	}
	k.calendar.each(func(e event) {
		if e.what&^indexMask == evMessage {
			count(int32(e.what&indexMask), 1)
		}
	})
}
