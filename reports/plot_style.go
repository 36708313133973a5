package reports

import (
	"image/color"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/headroom/headroom/measure"
)

// Figures are drawn in stand-in colours, which svg.go replaces by those of the
// page's light or dark theme. No two may be equal, and none may be black: the
// SVG writer leaves black out.
type palette struct {
	ink, grid, surface color.NRGBA
	series             [6]color.NRGBA
}

func colours() palette {
	rgb := func(hex uint32) color.NRGBA {
		return color.NRGBA{R: uint8(hex >> 16), G: uint8(hex >> 8), B: uint8(hex), A: 0xFF}
	}
	return palette{
		ink: rgb(0x333333), grid: rgb(0xDDDDDD), surface: rgb(0xFEFEFE),
		// Told apart with every common form of colour blindness [OkIt08].
		series: [6]color.NRGBA{rgb(0x0072B2), rgb(0xD55E00), rgb(0x009E73), rgb(0xCC79A7), rgb(0x56B4E9), rgb(0xE69F00)},
	}
}

// Faded colours are stand-ins too, one step of blue off the full colour. They
// are opaque: the SVG writer rounds the parts of a translucent colour, so that
// it could not be found again.
func band(slot int) color.NRGBA      { return beside(colours().series[slot]) }
func (p palette) shade() color.NRGBA { return beside(p.ink) }
func (p palette) veil() color.NRGBA  { return beside(p.surface) }

func beside(c color.NRGBA) color.NRGBA {
	c.B++
	return c
}

// slots gives each result of a part its colour and its dashes: those of its
// method, or the next free ones where two results have the same method.
func (x *part) slots() []int {
	out := make([]int, len(x.results))
	taken := map[int]bool{}
	for i, n := range x.results {
		s, ok := map[measure.Method]int{measure.Analytic: 0, measure.Simulation: 1, measure.LoadTest: 2}[n.Result.Method]
		if !ok || taken[s] {
			for s = 3; taken[s] && s < len(colours().series)-1; s++ {
			}
		}
		taken[s] = true
		out[i] = s
	}
	return out
}

// dashes tell series apart without colour; widths do it too.
func dashes(slot int) []vg.Length {
	return [][]vg.Length{{6, 3}, nil, nil, {2, 2}, {8, 2, 2, 2}, {4, 4}}[slot]
}

func lineStyle(slot int) draw.LineStyle {
	w := vg.Length(1.6)
	if slot == 2 {
		w = 2.2
	}
	return draw.LineStyle{Color: colours().series[slot], Width: w, Dashes: dashes(slot)}
}

const fontSize = 11.5

func textStyle(size vg.Length, c color.Color) text.Style {
	return text.Style{
		Color:   c,
		Font:    font.Font{Typeface: "Liberation", Variant: "Sans", Size: size},
		Handler: plot.DefaultTextHandler,
		XAlign:  draw.XLeft, YAlign: draw.YBottom,
	}
}

// newPlot is a plot in the style of the report: no box, light grid, small
// horizontal labels.
func newPlot() *plot.Plot {
	c := colours()
	p := plot.New()
	p.BackgroundColor = nil
	hair := draw.LineStyle{Color: c.ink, Width: 0.6}
	for _, a := range []*plot.Axis{&p.X, &p.Y} {
		a.LineStyle = hair
		a.Tick.LineStyle = hair
		a.Tick.Length = 3
		a.Padding = 0
		style := textStyle(fontSize, c.ink)
		style.XAlign, style.YAlign = a.Tick.Label.XAlign, a.Tick.Label.YAlign
		a.Tick.Label = style
		a.Label.Padding = 2
		label := textStyle(fontSize, c.ink)
		label.XAlign, label.YAlign, label.Rotation = a.Label.TextStyle.XAlign, a.Label.TextStyle.YAlign, a.Label.TextStyle.Rotation
		a.Label.TextStyle = label
	}
	return p
}

// textWidth is how wide a text is in the font of the figures (SVG units).
func textWidth(s string, size float64, bold bool) float64 {
	f := font.Font{Typeface: "Liberation", Variant: "Sans", Size: vg.Length(size)}
	face := font.DefaultCache.Lookup(f, f.Size)
	w := face.Width(s).Points()
	if bold {
		w *= 1.08 // bold Liberation Sans is about that much wider
	}
	return w
}

// faded is a colour for bands of figures that stand alone: the theme of a page
// does not reach them.
func faded(slot int) color.NRGBA {
	c := colours().series[slot]
	c.A = 0x38
	return c
}
