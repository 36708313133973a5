package pprof

import (
	"fmt"

	"google.golang.org/protobuf/encoding/protowire"
)

// Fields of the messages of profile.proto that come in numbers.
const (
	fieldSample   protowire.Number = 2
	fieldLocation protowire.Number = 4
)

// bounded counts the records of a profile without building one. Every element
// of a packed list counts as well, and so does every part of a sample or of a
// location: whatever takes memory of its own once it is parsed.
func bounded(data []byte, most int64) error {
	var records int64
	err := eachField(data, func(number protowire.Number, value []byte) error {
		records++
		if number == fieldSample || number == fieldLocation {
			if err := eachField(value, func(_ protowire.Number, part []byte) error {
				records += 1 + int64(elements(part))
				return nil
			}); err != nil {
				return err
			}
		}
		if records > most {
			return fmt.Errorf("more than %d samples, frames and names, which no profile needs", most)
		}
		return nil
	})
	return err
}

// elements is how many numbers a packed list holds, or bytes less the flags of
// what goes on; of other messages, something of that size.
func elements(packed []byte) int {
	n := 0
	for _, b := range packed {
		if b < 0x80 {
			n++
		}
	}
	return n
}

// eachField calls f for each field of a message, with its bytes where it has a length.
func eachField(data []byte, f func(number protowire.Number, value []byte) error) error {
	for len(data) > 0 {
		number, kind, n := protowire.ConsumeTag(data)
		if n < 0 {
			return errText
		}
		data = data[n:]
		var value []byte
		if kind == protowire.BytesType {
			value, n = protowire.ConsumeBytes(data)
		} else {
			n = protowire.ConsumeFieldValue(number, kind, data)
		}
		if n < 0 {
			return errText
		}
		data = data[n:]
		if err := f(number, value); err != nil {
			return err
		}
	}
	return nil
}
