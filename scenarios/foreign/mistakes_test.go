package foreign

import (
	"fmt"
	"strings"
	"testing"
)

// network is a JMVA file with holes for a population, a servers attribute and a time.
const network = `<?xml version="1.0" encoding="ISO-8859-1"?>
<model><parameters>
<classes number="1"><closedclass name="C"
 population="%s"/></classes>
<stations number="1">
<listation name="A" servers="%s"><servicetimes>
<servicetime customerclass="C">%s</servicetime></servicetimes>
<visits><visit customerclass="C">1</visit></visits></listation>
</stations></parameters></model>`

// Numbers that no model has are refused, with the line where they stand.
func TestBadNumbers(t *testing.T) {
	fill := func(n, servers, time string) string { return fmt.Sprintf(network, n, servers, time) }
	importText(t, JMVA, "m.jmva", []byte(fill("3", "1", "0,5"))) // a decimal comma is read
	for _, bad := range []string{"NaN", "Inf", "-Infinity", "-1", "1e400", "1e13", "", "0x10", "1_0", "one", "$n"} {
		for line, src := range map[int]string{4: fill(bad, "1", "1"), 6: fill("3", bad, "1"), 7: fill("3", "1", bad)} {
			if bad == "" && line == 6 {
				continue // no servers attribute is one server
			}
			_, err := Import(JMVA, "m.jmva", []byte(src))
			if err == nil {
				t.Errorf("%q in line %d is taken", bad, line)
			} else if !strings.Contains(err.Error(), fmt.Sprintf("m.jmva:%d: ", line)) {
				t.Errorf("%q in line %d: the message is %q", bad, line, err)
			}
		}
	}
}

// Files made to break a reader are refused, whatever the format.
func TestHostileFiles(t *testing.T) {
	deep := strings.Repeat("<a>", 200_000) + strings.Repeat("</a>", 200_000)
	for name, c := range map[string]struct{ src, want string }{
		"entities": {"<!DOCTYPE m [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;&a;\">]>\n<model>&b;</model>", "m:1: the file defines entities"},
		"deep":     {deep, "m:1: elements stand more than 100 deep"},
		"many":     {"<a>\n" + strings.Repeat("<b/>", 300_000) + "</a>", "m:2: more than 200000 elements"},
		"large":    {"<a>" + strings.Repeat("x", MaxSize) + "</a>", "more than 8 MiB"},
		"cut off":  {"<model>\n<parameters>", "m:2: not well-formed XML"},
		"two":      {"<a/>\n<b/>", "m:2: a second root"},
		"empty":    {"", "no XML element"},
		"binary":   {"\x00\x01\x02<a/>", "m:1: not well-formed XML"},
		"encoding": {"<?xml version=\"1.0\" encoding=\"EBCDIC\"?><a/>", `encoding "EBCDIC" is not known`},
		"foreign":  {"<html>\n</html>", "m:1: "},
	} {
		for _, f := range Formats() {
			_, err := Import(Format(f), "m", []byte(c.src))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s as %s: %v; want %s", name, f, err, c.want)
			}
		}
	}
	if _, err := Import("visio", "m", []byte("<a/>")); err == nil {
		t.Error("an unknown format is taken")
	}
}

func TestFormatOf(t *testing.T) {
	for file, want := range map[string]Format{
		"a.jmva": JMVA, "a.b.JSIMG": JSIM, "d/a.jsim": JSIM, "a.jsimw": JSIM, "a.lqnx": LQN, "a.yaml": "", "jmva": "", "": "",
	} {
		if got, ok := FormatOf(file); got != want || ok != (want != "") {
			t.Errorf("FormatOf(%q) is %q, %v", file, got, ok)
		}
	}
}
