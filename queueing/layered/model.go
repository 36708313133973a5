package layered

// Discipline is how a processor shares itself among the threads that want it.
type Discipline int

// Disciplines.
const (
	FCFS       Discipline = iota // first come, first served
	PS                           // processor sharing
	HeadOfLine                   // the highest priority first, no one interrupted
	Preemptive                   // the highest priority at once, the interrupted resume
	Delay                        // as many processors as threads: no queueing
)

// Processor is what the threads of tasks run on.
type Processor struct {
	Name       string
	Discipline Discipline
	Servers    int // at least 1, except for a Delay, which ignores it
}

// Task is a program of several threads, or a population of users.
type Task struct {
	Name      string
	Processor string
	Threads   int // users, of a reference task; 0 is as many as needed, for others
	// Reference makes the task the source of work: each of its threads runs its
	// only entry, thinks, and begins again.
	Reference bool
	Think     float64 // mean, exponential; of a reference task only (s)
	Priority  int     // at its processor; higher goes first
	Entries   []Entry
	// Activities and how they follow each other, for entries that name one.
	Activities []Activity
	Order      []Precedence
}

// Entry is one thing that a task does for its callers: either phases, of which
// the reply ends the first, or a graph of activities.
type Entry struct {
	Name   string
	Phases []Phase
	Start  string // the first activity, if the entry is a graph of activities
	// Forward hands the caller on: with a probability the reply does not come
	// from here but from another entry, without this task being held meanwhile.
	Forward  []Forward
	OpenRate float64 // of Poisson arrivals from outside (1/s)
}

// Phase is work on the processor, interrupted by calls.
type Phase struct {
	Demand float64 // mean work on the processor, of all slices together (s)
	SCV    float64 // squared coefficient of variation of a slice (1); 1 is exponential
	// Fixed makes the numbers of calls exact. Otherwise they are random: after
	// each slice one of the calls comes next, or the end, so that their number
	// is geometric. Either way the demand comes in one slice more than there
	// are calls.
	Fixed bool
	Calls []Call
}

// Call asks an entry of another task.
type Call struct {
	Entry string
	Mean  float64 // mean number of calls in an execution (1)
	Async bool    // not waited for
}

// Forward hands the caller on to another entry.
type Forward struct {
	Entry string
	P     float64 // probability (1)
}

// Activity is a phase with a name, ordered by [Precedence].
type Activity struct {
	Name    string
	Phase   Phase
	Replies []string // entries whose caller is released at its end
}

// Kind is how activities come together or part.
type Kind int

// Kinds.
const (
	Sequence Kind = iota // one
	And                  // all, at the same time
	Or                   // one of several, by probability
	Loop                 // each several times, in random order, and then End
)

// Precedence says that after some activities others begin.
type Precedence struct {
	Join   Kind // Sequence, And or Or
	From   []string
	Quorum int // of an And join: how many of From are enough; 0 is all
	Fork   Kind
	To     []Branch
	End    string // what follows a Loop; may be empty
}

// Branch is an activity that begins.
type Branch struct {
	Activity string
	P        float64 // probability, of an Or (1)
	Count    float64 // mean number of executions, geometric, of a Loop (1)
}

// Model is a layered queueing network.
type Model struct {
	Processors []Processor
	Tasks      []Task
}
