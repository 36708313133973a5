package logs

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
)

// written makes a log of a format of so many lines at Poisson instants.
func writtenLog(lines int, rate float64, line func(b *bytes.Buffer, at time.Time, i int, r *rand.Rand)) []byte {
	r := rand.New(rand.NewPCG(7, 7))
	var b bytes.Buffer
	at := time.Date(2026, 11, 2, 8, 0, 0, 0, time.UTC)
	for i := range lines {
		at = at.Add(time.Duration(r.ExpFloat64() / rate * 1e9))
		line(&b, at, i, r)
	}
	return b.Bytes()
}

func combinedLine(b *bytes.Buffer, at time.Time, _ int, r *rand.Rand) {
	path := [...]string{"/", "/login", "/products/%d", "/static/app.a1b2%x.js", "/api/v1/orders/%d/items", "/search?q=%d"}[r.IntN(6)]
	if bytes.ContainsRune([]byte(path), '%') {
		path = fmt.Sprintf(path, 100000+r.IntN(50000))
	}
	fmt.Fprintf(b, "10.0.%d.%d - - [%s] \"GET %s HTTP/1.1\" %d %d \"https://shop.example/\" \"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Safari/537.36\"\n",
		r.IntN(20), r.IntN(250), at.Format("02/Jan/2006:15:04:05 -0700"), path, [...]int{200, 200, 200, 404, 500}[r.IntN(5)], r.IntN(50000))
}

func caddyLine(b *bytes.Buffer, at time.Time, _ int, r *rand.Rand) {
	fmt.Fprintf(b, `{"level":"info","ts":%d.%06d,"logger":"http.log.access","msg":"handled request","request":{"remote_ip":"10.0.0.%d","remote_port":"41342","client_ip":"10.0.0.%d","proto":"HTTP/2.0","method":"GET","host":"shop.example","uri":"/products/%d","headers":{"User-Agent":["curl/7.82.0"],"Accept":["*/*"]}},"bytes_read":0,"user_id":"","duration":%.6f,"size":10900,"status":200,"resp_headers":{"Server":["Caddy"],"Content-Type":["text/html"]}}`+"\n",
		at.Unix(), at.Nanosecond()/1000, r.IntN(250), r.IntN(250), r.IntN(50000), r.ExpFloat64()*0.01)
}

func benchmarkRead(b *testing.B, line func(*bytes.Buffer, time.Time, int, *rand.Rand)) {
	const lines = 1_000_000
	log := writtenLog(lines, 50, line)
	b.SetBytes(int64(len(log)))
	b.ReportAllocs()
	for b.Loop() {
		r := NewReader(Options{})
		if err := r.Read("bench", bytes.NewReader(log)); err != nil {
			b.Fatal(err)
		}
		if _, err := r.Traffic(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(b.Elapsed().Seconds()/float64(b.N), "s/Mlines")
}

// A million lines, read and analysed.
func BenchmarkCombined(b *testing.B) { benchmarkRead(b, combinedLine) }
func BenchmarkCaddy(b *testing.B)    { benchmarkRead(b, caddyLine) }

// BenchmarkParse is a line alone.
func BenchmarkParse(b *testing.B) {
	for _, of := range []struct {
		format string
		line   func(*bytes.Buffer, time.Time, int, *rand.Rand)
	}{{"combined", combinedLine}, {"caddy", caddyLine}} {
		b.Run(of.format, func(b *testing.B) {
			f, err := Named(of.format, "")
			if err != nil {
				b.Fatal(err)
			}
			line := bytes.TrimSpace(writtenLog(1, 1, of.line))
			b.SetBytes(int64(len(line)))
			b.ReportAllocs()
			var e Entry
			for b.Loop() {
				if !f.Parse(line, &e) {
					b.Fatal("not read")
				}
			}
		})
	}
}
