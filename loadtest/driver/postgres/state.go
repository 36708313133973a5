package postgres

import (
	"fmt"
	"strconv"

	"github.com/headroom/headroom/loadtest/driver"
)

// number is a SQLSTATE ([Post26], appendix A) as a number. Those with letters
// are told by their class, as 42P01 by 42000, and by 1 where that has letters too.
func number(state string) int {
	if len(state) != 5 {
		return 1
	}
	if n, err := strconv.ParseUint(state, 10, 16); err == nil {
		return int(n)
	}
	if n, err := strconv.ParseUint(state[:2]+"000", 10, 16); err == nil {
		return int(n)
	}
	return 1
}

// judge tells want of room (class 53: connections, memory, disk) from all else.
func judge(state string) error {
	if len(state) == 5 && state[:2] == "53" {
		return fmt.Errorf("%w: SQLSTATE %s", driver.ErrRejected, state)
	}
	return fmt.Errorf("%w: SQLSTATE %s", driver.ErrUnexpected, state)
}
