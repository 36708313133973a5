package export

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/headroom/headroom/loadtest"
)

// OpenMetricsType is the media type of what [OpenMetrics] writes.
const OpenMetricsType = "application/openmetrics-text; version=1.0.0; charset=utf-8"

// OpenMetrics writes the figures of a snapshot in the text format of
// OpenMetrics 1.0, which Prometheus reads.
func OpenMetrics(w io.Writer, s *loadtest.Snapshot) error {
	out := bufio.NewWriter(w)
	for _, f := range families(s) {
		kind := "gauge"
		switch {
		case f.counter:
			kind = "counter"
		case len(f.values) > 0 && f.values[0].buckets != nil:
			kind = "histogram"
		}
		_, _ = fmt.Fprintf(out, "# TYPE %s %s\n", f.name, kind)
		if f.unit != "" {
			_, _ = fmt.Fprintf(out, "# UNIT %s %s\n", f.name, f.unit)
		}
		_, _ = fmt.Fprintf(out, "# HELP %s %s\n", f.name, f.help)
		for _, v := range f.values {
			switch {
			case v.buckets != nil:
				for _, b := range v.buckets {
					_, _ = fmt.Fprintf(out, "%s_bucket%s %d\n", f.name, labelText(v.labels, label{"le", number(b.Le)}), b.Count)
				}
				_, _ = fmt.Fprintf(out, "%s_bucket%s %d\n", f.name, labelText(v.labels, label{"le", "+Inf"}), v.count)
				_, _ = fmt.Fprintf(out, "%s_count%s %d\n", f.name, labelText(v.labels), v.count)
				_, _ = fmt.Fprintf(out, "%s_sum%s %s\n", f.name, labelText(v.labels), number(v.sum))
			case f.counter:
				_, _ = fmt.Fprintf(out, "%s_total%s %s\n", f.name, labelText(v.labels), number(v.value))
			default:
				_, _ = fmt.Fprintf(out, "%s%s %s\n", f.name, labelText(v.labels), number(v.value))
			}
		}
	}
	_, _ = fmt.Fprintln(out, "# EOF")
	return out.Flush() // the first error of all
}

func number(x float64) string { return strconv.FormatFloat(x, 'g', -1, 64) }

func labelText(labels []label, more ...label) string {
	escape := strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`)
	var parts []string
	for _, list := range [][]label{labels, more} {
		for _, l := range list {
			parts = append(parts, l.name+`="`+escape.Replace(l.value)+`"`)
		}
	}
	return "{" + strings.Join(parts, ",") + "}"
}
