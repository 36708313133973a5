package simulate

// nobody stands where an index of a record is asked for and there is none.
const nobody int32 = -1

// kind says what a frame is, and so who hears of its end.
type kind uint8

const (
	free    kind = iota // not in use
	resting             // a user who thinks and is to come again
	client              // the steps of a session, run by a user
	request             // a visit that a workload asked for itself
	called              // a visit that a step asked for
	fed                 // a visit that a topic asked for, a batch in hand
	sent                // a visit that an errand asked for
	branch              // a branch of a parallel, at the visit that it belongs to
	tasked              // the steps of a task of a job
	gone                // cancelled, with an event to come
)

// frame is one thread of control: a visit to an operation, a branch of one, or
// the client's own steps. Frames live in one list and are used again, so that
// a request in progress costs no allocation.
type frame struct {
	due    float64 // when the workload's request was due (s); of a client and a request
	born   float64 // when it arrived at the service (s)
	since  float64 // when it joined the line it is in, or a core began with it (s)
	waited float64 // in lines so far (s); of a visit
	work   float64 // asked of the cores so far (s); of a visit
	demand float64 // asked of the cores by the step at hand (s)

	pc      int32 // next instruction
	parent  int32 // frame of the caller, join of the parallel, or errand (nobody when given up)
	source  int32 // workload, or partition of a topic; of a branch, the replica that it is to ask
	op      int32 // operation, or nobody for a client
	replica int32 // where it is, or nobody while in the line of a whole service
	host    int32 // the visit whose thread it runs in: itself, but for a branch
	hostGen uint32
	gen     uint32 // how often this record was used: tells its holder from a later one
	next    int32  // in the line it is in, or in the list of free frames; of a caller, what it waits for
	prev    int32  // in the line it is in, but for the first
	sibling int32  // the next of those that a join or an errand waits for
	elder   int32  // the one before it, but for the first
	loop    int32  // innermost loop that it is in
	hold    int32  // what it took last, plus 1
	timer   uint32 // the event that ends its wait, where one does
	blocked place  // the key that it, or one that it waits for, waits for
	letters int32  // first message of the batch in hand
	batch   int32  // messages in hand (1); 0 where the operation was called
	kind    kind
	state   state   // what it waits for
	rank    uint8   // how urgent it is: 0 is the most
	fate    outcome // of the answer that is on its way to it, or from it
}

// loop is a repetition under way.
type loop struct {
	left  int64   // rounds to go, the one at hand included; of an optimistic step, those that failed
	last  float64 // wait before the round at hand (s); of an optimistic step
	outer int32   // the loop around it, or the next free record
}

// join is the end of a parallel that is waited for.
type join struct {
	parent int32 // who waits; nobody once it has gone on
	need   int32 // branches that must end well
	well   int32 // branches that did
	left   int32 // branches at work
	first  int32 // of those, where they may be cancelled
	cancel bool  // those that are not waited for any more are
	next   int32 // free record
}

// letter is a message of a topic.
type letter struct {
	at        float64 // when it was published (s)
	since     float64 // when it came to its partition (s)
	partition int32
	message   int32 // that this is a delivery of, or nobody where there is one only
	next      int32 // in its partition's line or batch, or free
	rank      uint8 // as of a frame
}

// pools hold the records of one simulation, and lists of those to use again.
type pools struct {
	frames  records[frame]
	loops   records[loop]
	errands records[errand]
	joins   records[join]
	letters records[letter]

	messages    records[message]
	freeMessage int32

	freeFrame, freeLoop, freeJoin, freeLetter, freeErrand int32
	live                                                  int // frames and messages in use
}

func newPools() pools {
	return pools{freeFrame: nobody, freeLoop: nobody, freeJoin: nobody, freeLetter: nobody, freeErrand: nobody, freeMessage: nobody}
}

// newFrame returns a frame that is about to begin with an operation, or with a
// session where that is nobody, at instruction pc.
func (p *pools) newFrame(k kind, op, pc int32) (int32, *frame) {
	p.live++
	f := p.freeFrame
	var fr *frame
	if f == nobody {
		f = p.frames.grow()
		fr = p.frames.at(f)
	} else {
		fr = p.frames.at(f)
		p.freeFrame = fr.next
	}
	// Constants first and in one go, then what varies: a record put together
	// elsewhere and copied would wait for its own parts.
	gen := fr.gen
	*fr = frame{parent: nobody, source: nobody, replica: nobody, host: nobody, loop: nobody, letters: nobody}
	fr.gen, fr.kind, fr.op, fr.pc = gen, k, op, pc
	return f, fr
}

// drop gives a frame back, with the loops that it was in.
func (p *pools) drop(f int32) {
	fr := p.frames.at(f)
	for l := fr.loop; l != nobody; {
		outer := p.loops.at(l).outer
		p.dropLoop(l)
		l = outer
	}
	fr.kind = free
	fr.gen++
	fr.next = p.freeFrame
	p.freeFrame = f
	p.live--
}

func (p *pools) newLoop(rounds int64, outer int32) int32 {
	l := p.freeLoop
	if l == nobody {
		l = p.loops.grow()
	} else {
		p.freeLoop = p.loops.at(l).outer
	}
	*p.loops.at(l) = loop{left: rounds, outer: outer}
	return l
}

func (p *pools) dropLoop(l int32) {
	p.loops.at(l).outer = p.freeLoop
	p.freeLoop = l
}

func (p *pools) newJoin(parent int32, need, branches int) int32 {
	j := p.freeJoin
	if j == nobody {
		j = p.joins.grow()
	} else {
		p.freeJoin = p.joins.at(j).next
	}
	*p.joins.at(j) = join{parent: parent, need: int32(need), left: int32(branches), first: nobody, next: nobody}
	return j
}

func (p *pools) dropJoin(j int32) {
	p.joins.at(j).next = p.freeJoin
	p.freeJoin = j
}

func (p *pools) newLetter(at float64, partition int32, rank uint8) int32 {
	p.live++
	m := p.freeLetter
	if m == nobody {
		m = p.letters.grow()
	} else {
		p.freeLetter = p.letters.at(m).next
	}
	*p.letters.at(m) = letter{at: at, partition: partition, message: nobody, next: nobody, rank: rank}
	return m
}

func (p *pools) dropLetter(m int32) {
	p.letters.at(m).next = p.freeLetter
	p.freeLetter = m
	p.live--
}

// line is a queue of frames, first come first served, linked through them.
type line struct {
	head, tail int32
	n          int32
	state      *lineState // nil where it is in order of arrival
}

func newLine() line { return line{head: nobody, tail: nobody} }

// frame is record f.
func (p *pools) frame(f int32) *frame { return p.frames.at(f) }

// enqueue puts f at the end of a line.
func (p *pools) enqueue(l *line, f int32) {
	p.frames.at(f).next = nobody
	if l.n == 0 {
		l.head = f
	} else {
		p.frames.at(l.tail).next = f
		p.frames.at(f).prev = l.tail
	}
	l.tail = f
	l.n++
}

// dequeue takes the first out of a line.
func (p *pools) dequeue(l *line) int32 {
	f := l.head
	l.head = p.frames.at(f).next
	l.n--
	return f
}
