package export

import (
	"encoding/binary"
	"math"
	"net/http"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/headroom/headroom/loadtest"
)

// RemoteWrite makes a pusher to a receiver of Prometheus's remote write
// (protocol 1.0), such as http://localhost:9090/api/v1/write.
func RemoteWrite(address string) (*Pusher, error) {
	header := http.Header{
		"Content-Type": {"application/x-protobuf"}, "Content-Encoding": {"snappy"}, "X-Prometheus-Remote-Write-Version": {"0.1.0"},
	}
	return newPusher("remote write", address, header, func(s *loadtest.Snapshot) ([]byte, error) {
		return literal(writeRequest(s)), nil
	})
}

// Numbers of the fields of the messages of remote write 1.0.
const (
	fieldTimeseries = 1 // of WriteRequest
	fieldLabels     = 1 // of TimeSeries
	fieldSamples    = 2 // of TimeSeries
	fieldName       = 1 // of Label
	fieldText       = 2 // of Label
	fieldValue      = 1 // of Sample
	fieldTimestamp  = 2 // of Sample (ms)
)

// writeRequest is a message WriteRequest.
func writeRequest(s *loadtest.Snapshot) []byte {
	var out []byte
	at := s.At.UnixMilli()
	for _, one := range samples(s) {
		var series []byte
		for _, l := range one.labels {
			var b []byte
			b = protowire.AppendTag(b, fieldName, protowire.BytesType)
			b = protowire.AppendString(b, l.name)
			b = protowire.AppendTag(b, fieldText, protowire.BytesType)
			b = protowire.AppendString(b, l.value)
			series = protowire.AppendTag(series, fieldLabels, protowire.BytesType)
			series = protowire.AppendBytes(series, b)
		}
		var b []byte
		b = protowire.AppendTag(b, fieldValue, protowire.Fixed64Type)
		b = protowire.AppendFixed64(b, math.Float64bits(one.value))
		b = protowire.AppendTag(b, fieldTimestamp, protowire.VarintType)
		b = protowire.AppendVarint(b, uint64(at))
		series = protowire.AppendTag(series, fieldSamples, protowire.BytesType)
		series = protowire.AppendBytes(series, b)
		out = protowire.AppendTag(out, fieldTimeseries, protowire.BytesType)
		out = protowire.AppendBytes(out, series)
	}
	return out
}

// literal frames bytes as a block of the Snappy format without compressing them:
// their length, then literals. The protocol wants the format, and a few
// kilobytes every few seconds are not worth more.
func literal(b []byte) []byte {
	const longest = 1 << 16
	out := binary.AppendUvarint(nil, uint64(len(b)))
	for len(b) > 0 {
		n := min(len(b), longest)
		// A tag with 61 in its upper six bits has the length less 1 in two bytes after it.
		out = append(out, 61<<2)
		out = binary.LittleEndian.AppendUint16(out, uint16(n-1))
		out = append(out, b[:n]...)
		b = b[n:]
	}
	return out
}
