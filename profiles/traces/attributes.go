package traces

import (
	"bytes"
	"math"
	"strconv"
)

// filler makes spans of what a format says of them.
type filler struct {
	names   names
	origins map[Origin]*Origin
	locks   int // spans that waited for a lock or a pool
	odd     int // attributes that should be numbers and are none
}

// attribute takes what one attribute of a span says, by the semantic conventions
// of OpenTelemetry and their older names, and what simulations write.
func (f *filler) attribute(s *span, key, value []byte) {
	switch string(key) {
	case "peer.service", "service.peer.name":
		s.peer = f.names.of(value)
	case "messaging.destination.name", "messaging.destination", "message_bus.destination":
		if s.peer == "" || s.kind == Producer || s.kind == Consumer {
			s.peer = f.names.of(value)
		}
	case "db.system", "db.system.name", "rpc.service", "server.address", "net.peer.name", "http.host":
		if s.peer == "" {
			s.peer = f.names.of(value)
		}
	case "error":
		s.failed = s.failed || len(value) > 0 && string(value) != "false"
	case "otel.status_code":
		s.failed = s.failed || string(value) == "ERROR"
	case "span.kind":
		s.kind = kindNamed(value)
	case "headroom.outcome":
		s.told = true
	case "headroom.attempt":
		if n, ok := digits(value); ok {
			s.attempt = uint16(min(n, math.MaxUint16))
		}
	case "headroom.replica":
		if n, ok := digits(value); ok {
			s.replica = uint16(min(n, math.MaxUint16-1) + 1)
		}
	case "headroom.seconds.service":
		f.seconds(&s.cpu, value, 1)
	case "headroom.seconds.wait":
		f.seconds(&s.wait, value, 1)
	case "headroom.seconds.core":
		f.seconds(&s.line, value, 1)
	case "headroom.seconds.thread":
		f.seconds(&s.thread, value, 1)
	case "headroom.seconds.lock", "headroom.seconds.pool":
		f.locks++
	case "cpu.time", "thread.cpu.time", "process.cpu.time":
		f.seconds(&s.cpu, value, 1)
	case "cpu.time_ms", "thread.cpu.time_ms":
		f.seconds(&s.cpu, value, 1e-3)
	case "cpu.time_us", "thread.cpu.time_us":
		f.seconds(&s.cpu, value, 1e-6)
	case "cpu.time_ns", "thread.cpu.time_ns":
		f.seconds(&s.cpu, value, 1e-9)
	case "sampling.probability":
		f.seconds(&s.share, value, 1)
	}
}

// seconds reads a figure of at least 0, in units of so many seconds.
func (f *filler) seconds(into *float32, text []byte, unit float64) {
	x, err := strconv.ParseFloat(string(text), 64)
	if err != nil || !(x >= 0 && x*unit < 1e9) {
		f.odd++
		return
	}
	*into = float32(x * unit)
}

// kindNamed knows the kinds as Jaeger, Zipkin and OTLP spell them.
func kindNamed(text []byte) Kind {
	text = bytes.TrimPrefix(bytes.ToUpper(text), []byte("SPAN_KIND_"))
	switch string(text) {
	case "1", "INTERNAL":
		return Internal
	case "2", "SERVER":
		return Server
	case "3", "CLIENT":
		return Client
	case "4", "PRODUCER":
		return Producer
	case "5", "CONSUMER":
		return Consumer
	}
	return Unsaid
}

// resource takes what one attribute of who emitted a span says.
func (f *filler) resource(o *Origin, key, value []byte) {
	switch string(key) {
	case "service.name":
		o.Service = f.names.of(value)
	case "service.instance.id":
		o.Instance = f.names.of(value)
	case "k8s.pod.name", "host.name", "hostname", "ip":
		if o.Instance == "" {
			o.Instance = f.names.of(value)
		}
	}
}

// origin is the one that is kept of those that are equal.
func (f *filler) origin(o Origin) *Origin {
	if p, ok := f.origins[o]; ok {
		return p
	}
	p := new(o)
	if len(f.origins) < maxNames {
		if f.origins == nil {
			f.origins = make(map[Origin]*Origin)
		}
		f.origins[o] = p
	}
	return p
}

// state reads a sampling threshold out of a W3C tracestate: th is the share of
// 2⁵⁶ that was rejected, in hexadecimal without its last zeros
// (OpenTelemetry, Tracestate Probability Sampling).
func (s *span) state(text []byte) {
	for member := range bytes.SplitSeq(text, []byte(",")) {
		ot, ok := bytes.CutPrefix(bytes.TrimSpace(member), []byte("ot="))
		if !ok {
			continue
		}
		for field := range bytes.SplitSeq(ot, []byte(";")) {
			th, ok := bytes.CutPrefix(field, []byte("th:"))
			if !ok || len(th) == 0 || len(th) > 14 {
				continue
			}
			n, err := strconv.ParseUint(string(th), 16, 64)
			if err != nil {
				continue
			}
			s.share = float32(1 - float64(n)/math.Pow(16, float64(len(th))))
		}
	}
}
