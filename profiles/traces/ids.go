package traces

import (
	"encoding/base64"
	"encoding/hex"
)

// hexID reads an id of up to n bytes in hexadecimal, its last bytes last.
// Programs that read OTLP JSON as if it were the JSON of protobuf write ids in
// base64 instead; the lengths tell these apart.
func hexID(text []byte, n int, id []byte) bool {
	clear(id)
	switch {
	case len(text) == 0:
		return true
	case len(text) == base64.StdEncoding.EncodedLen(n) && len(text) != 2*n:
		var b [24]byte
		m, err := base64.StdEncoding.Decode(b[:], text)
		if err == nil && m == n {
			copy(id, b[:n])
			return true
		}
	}
	if len(text) > 2*n {
		return false
	}
	var padded [32]byte
	for i := range padded {
		padded[i] = '0'
	}
	copy(padded[2*n-len(text):], text)
	_, err := hex.Decode(id, padded[:2*n])
	return err == nil
}

func (s *scanner) traceID(what string) (traceID, error) {
	var id traceID
	text, err := s.scalar()
	if err == nil && !hexID(text, len(id), id[:]) {
		err = s.errorf("%s is %.40q; want 32 hexadecimal digits", what, text)
	}
	return id, err
}

func (s *scanner) spanID(what string) (uint64, error) {
	var id [8]byte
	text, err := s.scalar()
	if err == nil && !hexID(text, len(id), id[:]) {
		err = s.errorf("%s is %.40q; want 16 hexadecimal digits", what, text)
	}
	return number(id), err
}

func number(id [8]byte) uint64 {
	n := uint64(0)
	for _, b := range id {
		n = n<<8 | uint64(b)
	}
	return n
}
