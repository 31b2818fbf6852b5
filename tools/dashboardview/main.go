// Command dashboardview draws the layout of a generated dashboard as a web page, so
// that a person can look at it without a Grafana:
//
//	go run ./tools/dashboardview < dashboard.json > page.html
package main

import (
	"encoding/json"
	"fmt"
	"html/template"
	"io"
	"log"
	"os"
)

func main() {
	if err := run(os.Stdin, os.Stdout); err != nil {
		log.Fatal(err)
	}
}

// dashboard is what is drawn of Grafana's model.
type dashboard struct {
	Title      string   `json:"title"`
	Tags       []string `json:"tags"`
	Refresh    string   `json:"refresh"`
	Templating struct {
		List []struct{ Name, Query string } `json:"list"`
	} `json:"templating"`
	Panels []panel `json:"panels"`
}

type panel struct {
	Type, Title, Description string
	Collapsed                bool
	GridPos                  struct{ X, Y, W, H int }
	Panels                   []panel
	Targets                  []struct{ RefID, Expr, LegendFormat string }
	Options                  struct{ Content string }
	FieldConfig              struct {
		Defaults struct {
			Unit, NoValue string
			Decimals      *float64
			Min, Max      *float64
			Thresholds    struct {
				Steps []struct {
					Color string
					Value *float64
				}
			}
		}
	}
}

// The size of a cell of the grid, in pixels.
const cellWidth, cellHeight = 60, 30

// Style places a panel.
func (p panel) Style() template.CSS {
	return template.CSS(fmt.Sprintf("left:%dpx;top:%dpx;width:%dpx;height:%dpx", p.GridPos.X*cellWidth, p.GridPos.Y*cellHeight, p.GridPos.W*cellWidth-8, p.GridPos.H*cellHeight-8))
}

// Scale says how values are shown.
func (p panel) Scale() string {
	d := p.FieldConfig.Defaults
	out := d.Unit
	if d.Decimals != nil {
		out += fmt.Sprintf(" .%v", *d.Decimals)
	}
	if d.Min != nil {
		out += fmt.Sprintf(" from %v", *d.Min)
	}
	if d.Max != nil {
		out += fmt.Sprintf(" to %v", *d.Max)
	}
	return out
}

// Bottom is how high the page is.
func (d dashboard) Bottom() int {
	bottom := 0
	for _, p := range d.Panels {
		bottom = max(bottom, (p.GridPos.Y+p.GridPos.H)*cellHeight)
	}
	return bottom
}

func run(in io.Reader, out io.Writer) error {
	var file struct {
		Dashboard *dashboard `json:"dashboard"`
		dashboard
	}
	if err := json.NewDecoder(in).Decode(&file); err != nil {
		return fmt.Errorf("read the dashboard: %w", err)
	}
	d := file.dashboard
	if file.Dashboard != nil {
		d = *file.Dashboard
	}
	page, err := template.New("page").Parse(text)
	if err != nil {
		return err
	}
	return page.Execute(out, d)
}

const text = `<!doctype html>
<meta charset="utf-8">
<title>{{.Title}}</title>
<style>
body { background: #111217; color: #ccccdc; font: 13px sans-serif; margin: 16px; width: 1440px }
h1 { font-size: 18px } code { color: #8ab8ff; word-break: break-all; font-size: 11px }
.grid { position: relative; height: {{.Bottom}}px }
.panel { position: absolute; overflow: hidden; background: #181b1f; border: 1px solid #2c3235; box-sizing: border-box; padding: 6px }
.row { background: none; border: none; font-weight: bold; border-bottom: 1px solid #555 }
.type { float: right; color: #888 } .help { color: #999; margin: 4px 0 } .step { padding: 0 5px; color: #000; margin-right: 3px }
</style>
<h1>{{.Title}}</h1>
<p>{{range .Tags}}<b>{{.}}</b> {{end}} refresh {{.Refresh}} · {{range .Templating.List}}{{.Name}} = {{.Query}} · {{end}}</p>
<div class="grid">
{{range .Panels}}<div class="panel {{.Type}}" style="{{.Style}}">
{{if eq .Type "row"}}{{if .Collapsed}}&#9656;{{else}}&#9662;{{end}} {{.Title}}{{range .Panels}} · {{.Title}}{{end}}{{else}}
<b>{{.Title}}</b> <span class="type">{{.Type}} {{.Scale}}</span>
{{range .FieldConfig.Defaults.Thresholds.Steps}}<span class="step" style="background:{{.Color}}">{{with .Value}}{{.}}{{else}}base{{end}}</span>{{end}}
<div class="help">{{.Description}}</div>{{.FieldConfig.Defaults.NoValue}}{{.Options.Content}}
{{range .Targets}}<div>{{.RefID}} {{.LegendFormat}}: <code>{{.Expr}}</code></div>{{end}}{{end}}</div>
{{end}}</div>
`
