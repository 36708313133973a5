package simulate

// outcome says how a visit, a branch or a request ended.
type outcome uint8

const (
	outWell      outcome = iota
	outFailed            // at a step that fails
	outTimeout           // the answer came too late, or never
	outRejected          // there was no room
	outLost              // a message was lost on the network
	outOpen              // a circuit breaker was open
	outDeadlock          // it would have waited for itself
	outConflict          // others changed what it had looked at, too often
	outAbandoned         // it waited for a thread for longer than its patience
	outShed              // the line had become too long
	outDown              // its replica failed, or none was up
	outGivenUp           // nobody waits for it any more; of visits only, as those who ask are gone
	outcomes
)

// String is the name of a failure in a result.
func (o outcome) String() string {
	return [outcomes]string{"well", "failed", "timeout", "rejected", "lost", "circuit-open", "deadlock", "conflict", "abandoned", "shed", "down", "given-up"}[o]
}
