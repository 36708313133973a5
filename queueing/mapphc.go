package queueing

import "github.com/headroom/headroom/queueing/qbd"

// MAPPHc is the MAP/PH/c station: arrivals and services that come in phases, c
// servers and one line in order of arrival. With M/PH/c, PH/M/c and MMPP/M/c it
// has what M/G/c and G/G/c can only be approximated by.
type MAPPHc struct{ solved *qbd.MAPPHc }

// NewMAPPHc is MAP/PH/c, by the matrix-analytic [qbd.NewMAPPHc], which states
// its domain. A load of c or more gives an [UnstableError].
//
//   - Accuracy: exact up to rounding.
//   - Source: [Neut81].
func NewMAPPHc(arrivals *qbd.MAP, service *qbd.PH, c int) (MAPPHc, error) {
	s, err := qbd.NewMAPPHc(arrivals, service, c)
	return MAPPHc{s}, err
}

// Figures implements [Station].
func (q MAPPHc) Figures() Figures {
	s := q.solved
	return Figures{
		Throughput:  s.Rate(),
		Utilization: s.Utilization(),
		Present:     s.Present(),
		InLine:      s.InLine(),
		PWait:       s.PWait(),
		PIdle:       s.PIdle(),
		Waiting:     s.MeanWaiting(),
		Response:    s.MeanResponse(),
	}
}

// Present is the probability (1) that n requests are at the station.
func (q MAPPHc) Present(n int) float64 { return q.solved.Levels().P(n) }

// Waiting implements [Station]; it is nil where rates are so far apart that it
// would take too long.
func (q MAPPHc) Waiting() Time { return timeOrNil(q.solved.Waiting()) }

// Response implements [Station]; it is nil where Waiting is.
func (q MAPPHc) Response() Time { return timeOrNil(q.solved.Response()) }

func timeOrNil(s *qbd.Stages, err error) Time {
	if err != nil {
		return nil
	}
	return s
}
