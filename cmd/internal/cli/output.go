package cli

import (
	"bytes"
	"fmt"
	"io"
	"os"

	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/reports"
)

// show writes one result in the format asked for. As JSON it is the result itself.
func (a *app) show(page reports.Page) error {
	if a.format == "json" && len(page.Results) == 1 {
		return a.write(func(w io.Writer) error { return measure.Encode(w, page.Results[0].Result) })
	}
	return a.showPage(page)
}

// showPage writes several results side by side in the format asked for.
func (a *app) showPage(page reports.Page) error {
	page.Command = a.command()
	return a.write(func(w io.Writer) error {
		switch a.format {
		case "json":
			return reports.JSON(w, page)
		case "markdown":
			return reports.Markdown(w, page)
		case "csv":
			return reports.CSV(w, page)
		case "html":
			return reports.HTML(w, page)
		default:
			return reports.Text(w, page, reports.Style{Color: a.out == "" && a.colour(a.color)})
		}
	})
}

// write renders to memory first, so that an error leaves no half a file behind.
func (a *app) write(render func(io.Writer) error) error {
	var b bytes.Buffer
	if err := render(&b); err != nil {
		return err
	}
	if a.out == "" || a.out == "-" {
		_, err := a.Out.Write(b.Bytes())
		return err
	}
	return writeFile(a.out, b.Bytes())
}

func writeFile(name string, data []byte) error {
	if err := os.WriteFile(name, data, 0o644); err != nil {
		return fmt.Errorf("cannot write the result: %w", err)
	}
	return nil
}
