package cli

import (
	"os"
	"path/filepath"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
)

// madeUp is a profile, by hand in its format: of each stack, frames from the
// root, the label "op" and its samples of 10 ms, over 10 s.
func madeUp(stacks []madeUpStack) []byte {
	var (
		out     []byte
		strings = []string{""}
		at      = map[string]uint64{"": 0}
	)
	text := func(s string) uint64 {
		if _, ok := at[s]; !ok {
			at[s] = uint64(len(strings))
			strings = append(strings, s)
		}
		return at[s]
	}
	number := func(b []byte, field protowire.Number, v uint64) []byte {
		return protowire.AppendVarint(protowire.AppendTag(b, field, protowire.VarintType), v)
	}
	message := func(b []byte, field protowire.Number, m []byte) []byte {
		return protowire.AppendBytes(protowire.AppendTag(b, field, protowire.BytesType), m)
	}
	pair := func(kind, unit string) []byte { return number(number(nil, 1, text(kind)), 2, text(unit)) }
	out = message(message(out, 1, pair("samples", "count")), 1, pair("cpu", "nanoseconds"))
	places := map[string]uint64{}
	for _, s := range stacks {
		var sample []byte
		for i := len(s.frames) - 1; i >= 0; i-- {
			f := s.frames[i]
			if places[f] == 0 {
				id := uint64(len(places) + 1)
				places[f] = id
				out = message(out, 5, number(number(nil, 1, id), 2, text(f)))
				out = message(out, 4, message(number(nil, 1, id), 4, number(nil, 1, id)))
			}
			sample = number(sample, 1, places[f])
		}
		sample = number(number(sample, 2, s.samples), 2, s.samples*10_000_000)
		if s.op != "" {
			sample = message(sample, 3, number(number(nil, 1, text("op")), 2, text(s.op)))
		}
		out = message(out, 2, sample)
	}
	out = message(number(number(out, 10, 10_000_000_000), 12, 10_000_000), 11, pair("cpu", "nanoseconds"))
	for _, s := range strings {
		out = message(out, 6, []byte(s))
	}
	return out
}

type madeUpStack struct {
	frames  []string
	op      string
	samples uint64
}

// writeProfiles puts old.pb.gz and new.pb.gz, in which shop.hash is dearer, into
// a directory.
func writeProfiles(t testing.TB, dir string) {
	t.Helper()
	for name, hash := range map[string]uint64{"old.pb.gz": 140, "new.pb.gz": 210} {
		data := madeUp([]madeUpStack{
			{[]string{"net/http.(*conn).serve", "shop.buy", "shop.hash"}, "buy", hash},
			{[]string{"net/http.(*conn).serve", "shop.find", "shop.match"}, "find", 110},
			{[]string{"runtime.gcBgMarkWorker", "runtime.gcDrain"}, "", 30},
			{[]string{"runtime.mcall", "runtime.schedule"}, "", 20},
		})
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
