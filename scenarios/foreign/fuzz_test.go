package foreign

import (
	"errors"
	"os"
	"testing"
)

// Whatever a file holds, it is a valid scenario or a list of mistakes.
func fuzzFormat(f *testing.F, format Format) {
	for _, file := range []string{
		"bounded.jsimg", "central.jsimg", "loaddep.jmva", "mixed.jmva", "or-loop.lqnx", "raid.jsimg",
		"shop.lqnx", "switching.jsimg", "terminals.jmva", "two-tier.lqnx",
	} {
		if got, _ := FormatOf(file); got != format {
			continue
		}
		src, err := os.ReadFile("testdata/" + file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(src)
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		got, err := Import(format, "fuzz", src)
		var mistakes Mistakes
		if err != nil {
			if !errors.As(err, &mistakes) || len(mistakes) == 0 {
				t.Fatalf("%T is no list of mistakes: %v", err, err)
			}
			return
		}
		made, err := Export(format, got.Model)
		if err != nil {
			return
		}
		if len(made.Text) == 0 {
			t.Fatal("an empty file")
		}
	})
}

func FuzzJMVA(f *testing.F) { fuzzFormat(f, JMVA) }
func FuzzJSIM(f *testing.F) { fuzzFormat(f, JSIM) }
func FuzzLQN(f *testing.F)  { fuzzFormat(f, LQN) }
