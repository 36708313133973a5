package traces

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"

	"google.golang.org/protobuf/encoding/protowire"
)

// otlpProto reads traces as OTLP has them in protobuf [OTel24], span by span:
// one message, or messages that each have their length in front in four bytes,
// big end first, as the collector's file exporter writes them.
type otlpProto struct {
	*filler
	in   *bufio.Reader
	at   int64
	give found
	buf  []byte
}

// maxSpan is the longest span that is read (B).
const maxSpan = 16 << 20

// Fields of the messages of opentelemetry/proto/trace/v1/trace.proto.
const (
	resourceSpansField = 1 // of TracesData
	resourceField      = 1 // of ResourceSpans
	scopeSpansField    = 2
	spansField         = 2 // of ScopeSpans
)

func readOTLPProto(in io.Reader, f *filler, give found) error {
	r := &otlpProto{filler: f, in: bufio.NewReaderSize(in, 1<<16), give: give}
	head, err := r.in.Peek(1)
	if errors.Is(err, io.EOF) {
		return nil
	}
	if err != nil {
		return err
	}
	// A message begins with the tag of its first field, which is no 0; a length
	// below 16 MiB begins with a 0.
	if head[0] != 0 {
		return r.message(math.MaxInt64, r.request)
	}
	for {
		var size [4]byte
		if _, err := io.ReadFull(r.in, size[:]); err != nil {
			if errors.Is(err, io.EOF) {
				return nil
			}
			return r.failed(err)
		}
		r.at += 4
		if err := r.message(int64(binary.BigEndian.Uint32(size[:])), r.request); err != nil {
			return err
		}
	}
}

func (r *otlpProto) errorf(format string, args ...any) error {
	return &SyntaxError{Offset: r.at, Msg: fmt.Sprintf(format, args...)}
}

func (r *otlpProto) failed(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return r.errorf("the file ends in the middle: it is cut off")
	}
	return err
}

// message reads the fields of one that has so many bytes; each must read those
// with a length, which it is told.
func (r *otlpProto) message(size int64, each func(field protowire.Number, size int64) error) error {
	end := int64(math.MaxInt64)
	if size < end-r.at {
		end = r.at + size
	}
	for r.at < end {
		if size == math.MaxInt64 {
			if _, err := r.in.Peek(1); errors.Is(err, io.EOF) {
				return nil
			}
		}
		tag, err := r.varint()
		if err != nil {
			return err
		}
		field, kind := protowire.DecodeTag(tag)
		if field < protowire.MinValidNumber {
			return r.errorf("no field of a message: this is not OTLP protobuf, or it is damaged")
		}
		switch kind {
		case protowire.BytesType:
			n, err := r.varint()
			if err != nil {
				return err
			}
			if n > uint64(end-r.at) {
				return r.errorf("field %d has %d bytes, and its message only %d: the file is damaged", field, n, end-r.at)
			}
			if err := each(field, int64(n)); err != nil {
				return err
			}
		case protowire.VarintType:
			_, err = r.varint()
		case protowire.Fixed64Type:
			err = r.discard(8)
		case protowire.Fixed32Type:
			err = r.discard(4)
		default:
			return r.errorf("field %d is of wire type %d: this is not OTLP protobuf, or it is damaged", field, kind)
		}
		if err != nil {
			return err
		}
	}
	if r.at > end {
		return r.errorf("a field is longer than its message: the file is damaged")
	}
	return nil
}

func (r *otlpProto) varint() (uint64, error) {
	var v uint64
	for shift := 0; shift < 64; shift += 7 {
		b, err := r.in.ReadByte()
		if err != nil {
			return 0, r.failed(err)
		}
		r.at++
		v |= uint64(b&0x7f) << shift
		if b < 0x80 {
			return v, nil
		}
	}
	return 0, r.errorf("a number has more than ten bytes: this is not OTLP protobuf, or it is damaged")
}

func (r *otlpProto) discard(n int64) error {
	for n > 0 {
		m, err := r.in.Discard(int(min(n, 1<<20)))
		r.at, n = r.at+int64(m), n-int64(m)
		if err != nil {
			return r.failed(err)
		}
	}
	return nil
}

// whole is a field that is short enough to be read at once.
func (r *otlpProto) whole(size int64) ([]byte, error) {
	if size > maxSpan {
		return nil, r.errorf("a span or a resource of %d bytes; the longest that is read has %d", size, maxSpan)
	}
	r.buf = r.buf[:0]
	for size > 0 { // bit by bit: a length may lie
		n := int(min(size, 1<<16))
		at := len(r.buf)
		r.buf = append(r.buf, make([]byte, n)...)
		m, err := io.ReadFull(r.in, r.buf[at:])
		r.at, size = r.at+int64(m), size-int64(n)
		if err != nil {
			return nil, r.failed(err)
		}
	}
	return r.buf, nil
}

func (r *otlpProto) request(field protowire.Number, size int64) error {
	if field != resourceSpansField {
		return r.discard(size)
	}
	o, told := new(Origin), false
	return r.message(size, func(field protowire.Number, size int64) error {
		switch field {
		case resourceField:
			b, err := r.whole(size)
			if err != nil {
				return err
			}
			told = true
			return r.eachAttribute(b, 1, func(k, v []byte) { r.resource(o, k, v) })
		case scopeSpansField:
			from := o
			if told {
				from = r.origin(*o)
			}
			return r.message(size, func(field protowire.Number, size int64) error {
				if field != spansField {
					return r.discard(size)
				}
				b, err := r.whole(size)
				if err != nil {
					return err
				}
				return r.span(b, from)
			})
		}
		return r.discard(size)
	})
}

// fields calls each with the fields of a message in memory: text of those with
// a length, n of the others.
func (r *otlpProto) fields(b []byte, each func(field protowire.Number, text []byte, n uint64) error) error {
	for len(b) > 0 {
		field, kind, m := protowire.ConsumeTag(b)
		if m < 0 {
			return r.errorf("before here a message is damaged: %v", protowire.ParseError(m))
		}
		b = b[m:]
		var text []byte
		var n uint64
		switch kind {
		case protowire.BytesType:
			text, m = protowire.ConsumeBytes(b)
		case protowire.VarintType:
			n, m = protowire.ConsumeVarint(b)
		case protowire.Fixed64Type:
			n, m = protowire.ConsumeFixed64(b)
		default:
			m = protowire.ConsumeFieldValue(field, kind, b)
		}
		if m < 0 {
			return r.errorf("before here field %d is damaged: %v", field, protowire.ParseError(m))
		}
		b = b[m:]
		if err := each(field, text, n); err != nil {
			return err
		}
	}
	return nil
}

func (r *otlpProto) span(b []byte, from *Origin) error {
	s := span{from: from}
	var t traceID
	err := r.fields(b, func(field protowire.Number, text []byte, n uint64) error {
		switch field {
		case 1:
			if len(text) > len(t) {
				return r.errorf("before here a trace id has %d bytes; want 16", len(text))
			}
			t = traceID{}
			copy(t[len(t)-len(text):], text)
		case 2:
			return r.id(&s.id, text)
		case 3:
			s.state(text)
		case 4:
			return r.id(&s.parent, text)
		case 5:
			s.name = r.names.of(text)
		case 6:
			s.kind = Kind(min(n, uint64(Consumer)+1) % (uint64(Consumer) + 1))
		case 7:
			s.begin = int64(min(n, math.MaxInt64))
		case 8:
			s.end = int64(min(n, math.MaxInt64))
		case 9:
			return r.keyValue(text, func(k, v []byte) { r.attribute(&s, k, v) })
		case 13:
			s.links += min(1, ^s.links)
		case 15:
			return r.fields(text, func(field protowire.Number, _ []byte, n uint64) error {
				s.failed = s.failed || field == 3 && n == 2
				return nil
			})
		}
		return nil
	})
	if err != nil {
		return err
	}
	return r.give(t, &s)
}

func (r *otlpProto) id(into *uint64, text []byte) error {
	if len(text) > 8 {
		return r.errorf("before here a span id has %d bytes; want 8", len(text))
	}
	var id [8]byte
	copy(id[len(id)-len(text):], text)
	*into = number(id)
	return nil
}

// eachAttribute finds the attributes in a message that has them in a field.
func (r *otlpProto) eachAttribute(b []byte, in protowire.Number, each func(key, value []byte)) error {
	return r.fields(b, func(field protowire.Number, text []byte, _ uint64) error {
		if field != in {
			return nil
		}
		return r.keyValue(text, each)
	})
}

// keyValue reads a KeyValue whose value is a text, a number or a truth.
func (r *otlpProto) keyValue(b []byte, each func(key, value []byte)) error {
	var key, value []byte
	err := r.fields(b, func(field protowire.Number, text []byte, _ uint64) error {
		switch field {
		case 1:
			key = text
		case 2:
			return r.fields(text, func(field protowire.Number, text []byte, n uint64) error {
				switch field {
				case 1:
					value = text
				case 2:
					value = strconv.AppendBool(nil, n != 0)
				case 3:
					value = strconv.AppendInt(nil, int64(n), 10)
				case 4:
					value = strconv.AppendFloat(nil, math.Float64frombits(n), 'g', -1, 64)
				}
				return nil
			})
		}
		return nil
	})
	if key != nil && value != nil {
		each(key, value)
	}
	return err
}
