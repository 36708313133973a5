package cli

import (
	"errors"
	"strconv"

	"github.com/headroom/headroom/scenarios/dist"
)

var errNegative = errors.New("a duration is negative; want 0 or more")

// share is a flag such as 1% or 0.01.
type share float64

func (s *share) String() string { return strconv.FormatFloat(100*float64(*s), 'g', -1, 64) + "%" }
func (s *share) Type() string   { return "share" }

func (s *share) Set(text string) error {
	v, err := dist.ParseShare(text)
	if wrong := (*dist.ParseError)(nil); errors.As(err, &wrong) {
		return errors.New(wrong.Msg) // its place says nothing here
	} else if err != nil {
		return err
	}
	if v <= 0 || v >= 1 {
		return errors.New("want more than 0 % and less than 100 %")
	}
	*s = share(v)
	return nil
}
