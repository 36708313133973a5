package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/headroom/headroom/reports"
)

// study is an answer that is not one result: a page, and the same as data.
type study struct {
	page reports.Page
	data any        // for JSON
	rows [][]string // for CSV, its head first
}

// answer writes a study in the format asked for: --format, or the ending of the
// file that --out names.
func (a *app) answer(cmd *cobra.Command, s study) error {
	s.page.Command = a.command()
	format := a.studyFormat(cmd)
	return a.write(func(w io.Writer) error {
		switch format {
		case "json":
			enc := json.NewEncoder(w)
			enc.SetIndent("", " ")
			enc.SetEscapeHTML(false)
			return enc.Encode(s.data)
		case "csv":
			return reports.Rows(w, s.rows)
		case "svg", "png":
			var pictures []reports.Picture
			for _, c := range s.page.Chapters {
				pictures = append(pictures, c.Pictures...)
			}
			if len(pictures) == 0 {
				return usageError{errors.New("there is nothing to draw of this: a picture needs one or two parameters with several values each; use --out with .html, .csv or .json")}
			}
			return reports.WritePictures(w, format, pictures...)
		case "html":
			return reports.HTML(w, s.page)
		case "markdown":
			return reports.Markdown(w, s.page)
		}
		return reports.Text(w, s.page, reports.Style{Color: a.out == "" && a.colour(a.color)})
	})
}

// studyFormat is the format asked for.
func (a *app) studyFormat(cmd *cobra.Command) string {
	if !cmd.Flags().Changed("format") {
		switch ext := strings.ToLower(strings.TrimPrefix(filepath.Ext(a.out), ".")); ext {
		case "html", "csv", "json", "svg", "png":
			return ext
		case "md":
			return "markdown"
		}
	}
	return a.format
}

// finite is a number for JSON, which knows neither NaN nor infinity.
func finite(v float64) *float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return nil
	}
	return &v
}

// figureText writes a figure in the unit of a metric.
func figureText(unit, name string, v float64) string {
	switch {
	case math.IsNaN(v) || math.IsInf(v, 0):
		return "–"
	case unit == "s":
		return reports.Seconds(v)
	case unit == "1/s":
		return reports.PerSecond(v)
	case isShare(name):
		return reports.Share(v)
	}
	return reports.Number(v)
}

func isShare(metric string) bool {
	switch metric {
	case "errors", "utilization", "p_wait", "rejected":
		return true
	}
	return false
}

// many writes "x 1.23", a multiple of the load.
func many(v float64) string {
	switch {
	case v == 0:
		return "any load"
	case math.IsInf(v, 1):
		return "no load"
	}
	return fmt.Sprintf("x%.3g", v)
}
