package simulate

// totals are the sums that a simulation has come to at an instant: counts, and
// areas under gauges. What happened between two instants is the difference of
// their totals. They are kept as one row of numbers, so that differences and
// ratios of any two of them are computed alike.
type totals []float64

// Columns of a row: one for the time, then a group for every workload,
// operation, service and topic.
const (
	atTime = 0

	srcStarted = iota - 1
	srcWell
	srcFailed
	srcRunning // area (s)
	srcFates   // by outcome
	srcWidth   = srcFates + int(outcomes)
)

const (
	opAsked = iota
	opDone
	opLost
	opWidth
)

const (
	stArrivals = iota
	stRefused
	stFound
	stPresent // areas from here on (s)
	stLined
	stQueued
	stBusy
	stIdle
	stOn // where replicas vary
	stPaid
	stWidth
)

const (
	toPublished = iota
	toConsumed
	toDropped
	toDead
	toBatches
	toHeld
	toDeliveries
	toRedelivered
	toDuplicates
	toDepth // areas from here on (s)
	toWaiting
	toWidth
)

const (
	chOffered = iota
	chRejected
	chBlocked // area (s)
	chWidth
)

const (
	joStarted = iota
	joEnded
	joRunning // area (s)
	joWidth
)

const (
	loAsked = iota
	loBlocked
	loAborted
	loWaits   // (s)
	loWaiting // area (s)
	loHeld    // area (s)
	loWidth
)

const (
	caAsked = iota
	caHits
	caWidth
)

const (
	daReads = iota
	daStale
	daBehind
	daWidth
)

func (p *program) sourceCol(i int) int { return 1 + i*srcWidth }

func (p *program) operationCol(i int) int { return p.sourceCol(len(p.workloads)) + i*opWidth }

func (p *program) stationCol(i int) int { return p.operationCol(len(p.operations)) + i*stWidth }

func (p *program) topicCol(i int) int { return p.stationCol(len(p.services)) + i*toWidth }

func (p *program) channelCol(i int) int { return p.topicCol(len(p.topics)) + i*chWidth }

func (p *program) jobCol(i int) int { return p.channelCol(len(p.channels)) + i*joWidth }

func (p *program) lockCol(i int) int { return p.jobCol(len(p.jobs)) + i*loWidth }

func (p *program) poolCol(i int) int { return p.lockCol(len(p.locks)) + i*loWidth }

func (p *program) storeCol(i int) int { return p.poolCol(len(p.pools)) + i*caWidth }

func (p *program) dataCol(i int) int { return p.storeCol(len(p.stores)) + i*daWidth }

// totals reads the sums of the present instant.
func (k *kernel) totals() totals {
	t := k.now
	row := make(totals, 0, k.dataCol(k.program.datas))
	row = append(row, t)
	for i := range k.sources {
		s := &k.sources[i]
		row = append(row, float64(s.started), float64(s.well), float64(s.failed), s.running.area(t))
		for _, n := range s.fates {
			row = append(row, float64(n))
		}
	}
	for i := range k.tally.operations {
		o := &k.tally.operations[i]
		row = append(row, float64(o.arrivals), float64(o.well), float64(o.failed))
	}
	for i := range k.stations {
		s := &k.stations[i]
		row = append(row, float64(s.arrivals), float64(s.refused), float64(s.found),
			s.present.area(t), s.lined.area(t), s.queued.area(t), s.busy.area(t), s.idle.area(t), s.on.area(t), s.paid.area(t))
	}
	for i := range k.tally.topics {
		f := &k.tally.topics[i]
		row = append(row, float64(f.published), float64(f.consumed), float64(f.dropped), float64(f.dead),
			float64(f.batches), float64(f.held), float64(f.deliveries), float64(f.redelivered), float64(f.duplicates),
			f.depth.area(t), f.waiting.area(t))
	}
	for i := range k.publishers {
		p := &k.publishers[i]
		row = append(row, float64(p.offered), float64(p.rejected), p.blocked.area(t))
	}
	for i := range k.jobs {
		j := &k.jobs[i]
		row = append(row, float64(j.started), float64(j.ended), j.running.area(t))
	}
	return k.totalsOfData(row)
}

// minus is what happened since an earlier instant.
func (t totals) minus(earlier totals) totals {
	out := make(totals, len(t))
	for i := range t {
		out[i] = t[i] - earlier[i]
	}
	return out
}
