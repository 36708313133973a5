package pprof

import (
	"bytes"
	"compress/gzip"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
)

func packed(t *testing.T, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestHostile reads what is no profile, and what is one that nobody can hold.
func TestHostile(t *testing.T) {
	empties := bytes.Repeat(protowire.AppendBytes(protowire.AppendTag(nil, fieldSample, protowire.BytesType), nil), 1<<20)
	labels := bytes.Repeat([]byte{0x1a, 0x00}, 1<<19)
	nested := protowire.AppendBytes(protowire.AppendTag(nil, fieldSample, protowire.BytesType), labels)
	ids := protowire.AppendBytes([]byte{0x0a}, make([]byte, 1<<20))
	deep := protowire.AppendBytes(protowire.AppendTag(nil, fieldSample, protowire.BytesType), ids)
	limits := Limits{Compressed: 1 << 20, Uncompressed: 4 << 20, Records: 1 << 18}
	good := packed(t, []byte("good"))
	for name, c := range map[string]struct {
		data []byte
		want string
	}{
		"nothing":            {nil, "an empty file"},
		"one byte":           {[]byte{0x1f}, "no profile in the pprof format"},
		"text":               {[]byte("goroutine profile: total 7\n1 @ 0x44\n"), "no profile in the pprof format"},
		"HTML":               {[]byte("<html><body>404</body></html>"), "no profile in the pprof format"},
		"broken gzip":        {[]byte{0x1f, 0x8b, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9}, "gzip header"},
		"cut off":            {good[:len(good)-6], "ends too early"},
		"empty gzip":         {packed(t, nil), "an empty profile"},
		"a bomb":             {packed(t, make([]byte, 8<<20)), "unpacks to more than 4 MB"},
		"a bomb of samples":  {packed(t, empties), "more than 262144 samples"},
		"a bomb of labels":   {packed(t, nested), "more than 262144 samples"},
		"a bomb of frames":   {packed(t, deep), "more than 262144 samples"},
		"larger than limits": {bytes.Repeat([]byte{0x32, 0x01, 'x'}, 1<<20), "larger than 1 MB"},
		"gzip in gzip":       {packed(t, packed(t, []byte("good"))), "no profile in the pprof format"},
	} {
		_, err := Read(bytes.NewReader(c.data), "it", limits)
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "it: ") {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

// FuzzRead wants an error or a profile of anything, never a panic, and figures
// that are consistent.
func FuzzRead(f *testing.F) {
	f.Add([]byte{0x0a, 0x04, 0x08, 0x01, 0x10, 0x02, 0x32, 0x00, 0x32, 0x03, 'c', 'p', 'u', 0x32, 0x02, 'n', 's'})
	f.Add([]byte("go"))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := Read(bytes.NewReader(data), "it", Limits{Compressed: 1 << 16, Uncompressed: 1 << 18, Records: 1 << 14})
		if err != nil {
			return
		}
		_, _ = DemandOf([]Capture{{Profile: p, Requests: 3}}, "", Naming{})
		_, _ = CallTree([]Capture{{Profile: p}}, nil, "")
		_, _ = Compare([]Capture{{Profile: p}}, []Capture{{Profile: p}}, "", false)
	})
}

// TestPackage takes functions of several languages apart.
func TestPackage(t *testing.T) {
	for name, want := range map[string]string{
		"main.main":                           "main",
		"net/http.(*conn).serve":              "net/http",
		"example.com/a/b.(*T[...]).M.func1":   "example.com/a/b",
		"gopkg.in/yaml%2ev3.Unmarshal":        "gopkg.in/yaml.v3",
		"example.com/x.F[go.shape.struct {}]": "example.com/x",
		"std::vector<int>::push_back":         "std",
		"java/util/HashMap.get":               "java/util/HashMap",
		"memeqbody":                           "(native)",
		"[libc.so.6]":                         "[libc.so.6]",
	} {
		if got := Package(name); got != want {
			t.Errorf("%s is of %q, want %q", name, got, want)
		}
	}
	if Standard("main") || Standard("example.com/net") || !Standard("net/http") || !Standard("runtime") {
		t.Error("the standard library is told from others wrongly")
	}
}
