package reports

import (
	"fmt"
	"io"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Picture is a plot of a study, for a [Chapter] or a file of its own: see
// [Curves], [Heat] and [Tornado].
type Picture struct {
	Title string
	desc  string // for those who cannot see it
	high  vg.Length
	paint func(draw.Canvas)
}

// WritePictures writes pictures under each other as one, "svg" or "png".
func WritePictures(w io.Writer, format string, pictures ...Picture) (err error) {
	defer func() { // plots panic where they cannot draw
		if p := recover(); p != nil {
			err = fmt.Errorf("reports: picture: %v", p)
		}
	}()
	if len(pictures) == 0 {
		return fmt.Errorf("reports: there is nothing to draw")
	}
	const head = 22
	high := vg.Length(0)
	for _, p := range pictures {
		high += p.high + head
	}
	return writePlot(w, format, high, func(c draw.Canvas) {
		c.SetColor(colours().surface)
		c.Fill(c.Rectangle.Path())
		top := c.Max.Y
		for _, p := range pictures {
			c.FillText(textStyle(fontSize+2, colours().ink), vg.Point{X: c.Min.X + 8, Y: top - 16}, p.Title)
			at := c
			at.Max.Y, at.Min.Y = top-head, top-head-p.high
			p.paint(at)
			top = at.Min.Y
		}
	})
}

// view draws the picture for the page.
func (p Picture) view(id string) (figureView, error) {
	d := drawing{id: id, title: p.Title, desc: p.desc, width: aloneWidth, height: float64(p.high), draw: p.paint}
	svg, err := d.svg()
	return figureView{ID: id, Title: p.Title, SVG: svg}, err
}
