package reports

import (
	"bytes"
	"fmt"
	"html"
	"html/template"
	"image/color"
	"strings"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"
)

// figureView is a figure ready for the page.
type figureView struct {
	ID      string
	Title   string
	SVG     template.HTML
	Caption string
	Data    string // what the page's script reads to tell values under the pointer, as JSON
}

// drawing is a picture of the given size (SVG units, 1 CSS pixel when not scaled).
type drawing struct {
	id            string // unique in the page
	title, desc   string // for screen readers
	width, height float64
	draw          func(draw.Canvas)
}

// svg draws with gonum's SVG writer and turns what it writes into a piece of
// the page: without a head of its own, in the page's font and the theme's
// colours, and with words for those who cannot see it. A panic in a drawing
// is returned as an error.
func (d drawing) svg() (out template.HTML, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("reports: figure %s: %v", d.id, r)
		}
	}()
	c := vgsvg.New(vg.Length(d.width), vg.Length(d.height))
	d.draw(draw.New(c))
	var b bytes.Buffer
	if _, err := c.WriteTo(&b); err != nil {
		return "", fmt.Errorf("reports: figure %s: %w", d.id, err)
	}
	body, err := svgBody(b.String())
	if err != nil {
		return "", fmt.Errorf("reports: figure %s: %w", d.id, err)
	}
	return template.HTML(svgOpen(d.id, "plot", d.title, d.desc, d.width, d.height) + themed(body) + "</svg>"), nil // built here, texts escaped
}

// svgOpen is the opening tag of an inline SVG, with its accessible name.
func svgOpen(id, class, title, desc string, width, height float64) string {
	return fmt.Sprintf(`<svg class="%s" id="%s" viewBox="0 0 %.6g %.6g" role="img" aria-labelledby="%s-title %s-desc" xmlns="http://www.w3.org/2000/svg">`+
		`<title id="%s-title">%s</title><desc id="%s-desc">%s</desc>`,
		class, id, width, height, id, id, id, html.EscapeString(title), id, html.EscapeString(desc))
}

// svgBody is what lies between the tags of an SVG document.
func svgBody(s string) (string, error) {
	start := strings.Index(s, "<svg")
	if start < 0 {
		return "", fmt.Errorf("no <svg> in what was drawn")
	}
	end := strings.IndexByte(s[start:], '>')
	last := strings.LastIndex(s, "</svg>")
	if end < 0 || last < start+end {
		return "", fmt.Errorf("the SVG is cut short")
	}
	return s[start+end+1 : last], nil
}

// themed replaces stand-in colours and fonts by those of the page.
func themed(s string) string {
	c := colours()
	pairs := []string{
		"font-family:Liberation Sans;font-variant:normal;font-weight:normal;font-style:normal;", "",
		hex(c.ink), "currentColor",
		hex(c.grid), "var(--grid)",
		"fill:" + hex(c.shade()), "fill:currentColor;fill-opacity:.08",
		"fill:" + hex(c.veil()), "fill:var(--surface);fill-opacity:.82",
	}
	for i, col := range c.series {
		pairs = append(pairs, "fill:"+hex(band(i)), fmt.Sprintf("fill:var(--s%d);fill-opacity:.22", i), hex(col), fmt.Sprintf("var(--s%d)", i))
	}
	return strings.NewReplacer(pairs...).Replace(s)
}

// hex writes a colour as the SVG writer does.
func hex(c color.NRGBA) string { return fmt.Sprintf("#%02X%02X%02X", c.R, c.G, c.B) }
