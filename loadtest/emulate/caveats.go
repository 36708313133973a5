package emulate

import (
	"fmt"

	"github.com/headroom/headroom/measure"
)

// Bounds beyond which the slowness of the machine is worth a reservation.
const (
	wakeBound   = 100e-6 // median lateness of a wake-up (s)
	answerBound = 0.02   // mean lateness of an answer, of the mean response time (1)
)

// caveats says where the machine was too slow for the model.
func (s *System) caveats() []measure.Caveat {
	var out []measure.Caveat
	for _, f := range s.left {
		out = append(out, measure.Caveat{What: "emulate: not modelled: " + f.What, Where: f.Where, Effect: f.Effect})
	}
	lag := s.Lag()
	if lag.Wakes.Median > wakeBound {
		out = append(out, measure.Caveat{
			What: "emulate: services ran late",
			Effect: fmt.Sprintf("half of the wake-ups came more than %s after their instant (99 %%: %s); the machine is busy with other work",
				ms(lag.Wakes.Median), ms(lag.Wakes.P99)),
		})
	}
	response := s.lag.responses.read()
	if lag.Answers.Mean > answerBound*response.Mean {
		out = append(out, measure.Caveat{
			What: "emulate: answers went out late",
			Effect: fmt.Sprintf("measured response times hold %s on average (99 %%: %s) that the model does not, beside %s that it does; between services messages were %s late (99 %%: %s)",
				ms(lag.Answers.Mean), ms(lag.Answers.P99), ms(response.Mean), ms(lag.Messages.Mean), ms(lag.Messages.P99)),
		})
	}
	if lag.Lost > 0 {
		out = append(out, measure.Caveat{
			What:   "emulate: calls between services were lost",
			Effect: fmt.Sprintf("%d calls failed on the way, which the model does not know", lag.Lost),
		})
	}
	return out
}

func ms(seconds float64) string { return fmt.Sprintf("%.2f ms", 1e3*seconds) }
