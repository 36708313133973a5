package reports

import (
	"embed"
	"fmt"
	"html/template"
	"io"
)

//go:embed page
var pageFiles embed.FS

// HTML writes the page as one self-contained file: styles and figures are
// inline, and nothing is fetched from anywhere.
func HTML(w io.Writer, p Page) error {
	t, err := template.ParseFS(pageFiles, "page/*.html")
	if err != nil {
		return fmt.Errorf("reports: page template: %w", err)
	}
	v, err := p.view()
	if err != nil {
		return err
	}
	if err := t.ExecuteTemplate(w, "report.html", v); err != nil {
		return fmt.Errorf("reports: write HTML: %w", err)
	}
	return nil
}
