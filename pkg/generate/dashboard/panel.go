package dashboard

import (
	"cmp"
	"strconv"

	"github.com/grafana/grafana-foundation-sdk/go/common"
	sdk "github.com/grafana/grafana-foundation-sdk/go/dashboard"
	"github.com/grafana/grafana-foundation-sdk/go/gauge"
	"github.com/grafana/grafana-foundation-sdk/go/prometheus"
	"github.com/grafana/grafana-foundation-sdk/go/stat"
	"github.com/grafana/grafana-foundation-sdk/go/text"
	"github.com/grafana/grafana-foundation-sdk/go/timeseries"

	"github.com/nthlayer/action/pkg/spec"
	"github.com/nthlayer/action/pkg/tech"
)

// panel is a panel on its way into the dashboard.
type panel struct {
	// key says what the panel is, the same in every run.
	key string
	// titles are its names, from the shortest to the most exact.
	titles []string
	origin spec.Origin
	// wide is set for a panel without a chart that needs the width of one.
	wide  bool
	model sdk.Panel
}

// look is how the values of a panel are shown.
type look struct {
	kind, unit, help string
	decimals         int
	min, max         *float64
	steps            []sdk.Threshold
	mappings         map[string]string
	noValue          string
}

// query is one query of a panel.
type query struct{ expr, legend string }

// The types of panels: those that the catalogue names, and text.
const (
	kindText       = "text"
	kindTimeseries = "timeseries"
	kindStat       = "stat"
	kindGauge      = "gauge"
)

// datasourceName is the variable that holds where metrics are asked for.
const datasourceName = "datasource"

func datasource() *common.DataSourceRef {
	return &common.DataSourceRef{Type: new("prometheus"), Uid: new("${" + datasourceName + "}")}
}

// newPanel returns a panel with its queries.
func newPanel(title string, l look, queries []query) panel {
	m := sdk.NewPanel()
	m.Type, m.Description, m.Datasource = l.kind, new(l.help), datasource()
	m.Transparent, m.RepeatDirection = nil, nil
	m.FieldConfig = sdk.NewFieldConfigSource()
	m.FieldConfig.Defaults = fieldConfig(l)
	switch l.kind {
	case kindStat:
		o := stat.NewOptions()
		o.GraphMode, o.ReduceOptions, o.Orientation = common.BigValueGraphModeNone, reduced(), common.VizOrientationAuto
		m.Options = o
	case kindGauge:
		o := gauge.NewOptions()
		o.ReduceOptions, o.Orientation = reduced(), common.VizOrientationAuto
		m.Options = o
	default:
		m.Options, m.FieldConfig.Defaults.Custom = lines(), lineStyle(len(l.steps) > 1)
	}
	for i, q := range queries {
		m.Targets = append(m.Targets, target(l.kind, i, q))
	}
	return panel{titles: []string{title}, model: *m}
}

func fieldConfig(l look) sdk.FieldConfig {
	if len(l.steps) == 0 {
		l.steps = []sdk.Threshold{{Color: "green"}}
	}
	c := sdk.FieldConfig{
		Unit: new(l.unit), Decimals: new(float64(l.decimals)), Min: l.min, Max: l.max,
		Thresholds: &sdk.ThresholdsConfig{Mode: sdk.ThresholdsModeAbsolute, Steps: l.steps},
		Color:      &sdk.FieldColor{Mode: sdk.FieldColorModeIdThresholds},
	}
	if l.kind == kindTimeseries {
		c.Color.Mode = sdk.FieldColorModeIdPaletteClassic
	}
	if l.noValue != "" {
		c.NoValue = new(l.noValue)
	}
	if len(l.mappings) > 0 {
		c.Mappings = []sdk.ValueMapping{{ValueMap: valueMap(l.mappings)}}
	}
	return c
}

func valueMap(words map[string]string) *sdk.ValueMap {
	m := &sdk.ValueMap{Type: sdk.MappingTypeValueToText, Options: map[string]sdk.ValueMappingResult{}}
	for value, word := range words {
		m.Options[value] = sdk.ValueMappingResult{Text: new(word)}
	}
	return m
}

// reduced takes the last value of each series.
func reduced() common.ReduceDataOptions {
	return common.ReduceDataOptions{Values: new(false), Calcs: []string{"lastNotNull"}, Fields: new("")}
}

// lines are the options of a chart: a table below it with the numbers, and one
// tooltip for all series.
func lines() *timeseries.Options {
	o := timeseries.NewOptions()
	o.Legend = common.VizLegendOptions{
		DisplayMode: common.LegendDisplayModeTable, Placement: common.LegendPlacementBottom, ShowLegend: true,
		Calcs: []string{"mean", "max", "lastNotNull"},
	}
	o.Tooltip = common.VizTooltipOptions{Mode: common.TooltipDisplayModeMulti, Sort: common.SortOrderDescending}
	return o
}

func lineStyle(thresholds bool) *timeseries.FieldConfig {
	c := timeseries.NewFieldConfig()
	c.LineWidth, c.FillOpacity, c.ShowPoints = new(1.0), new(10.0), new(common.VisibilityModeNever)
	c.ThresholdsStyle = &common.GraphThresholdsStyleConfig{Mode: common.GraphThresholdsStyleModeOff}
	if thresholds {
		c.ThresholdsStyle.Mode = common.GraphThresholdsStyleModeDashed
	}
	return c
}

// target returns a query. Numbers are asked for at one moment, so that they never
// show what was true hours ago.
func target(kind string, i int, q query) prometheus.Dataquery {
	chart := kind == kindTimeseries
	return prometheus.Dataquery{
		RefId: new(refID(i)), Expr: q.expr, LegendFormat: new(q.legend), Datasource: datasource(),
		EditorMode: new(prometheus.QueryEditorModeCode), Range: new(chart), Instant: new(!chart),
	}
}

// refID names the queries of a panel A to Z, and then A1, B1 ...
func refID(i int) string {
	name := string(rune('A' + i%26))
	if i >= 26 {
		name += strconv.Itoa(i / 26)
	}
	return name
}

// decimalsOf is how exactly values of a unit are shown. Grafana brings large and
// small values to another scale first: 0.01235 s is 12.35 ms.
func decimalsOf(unit string) int {
	switch unit {
	case "short":
		return 1
	case "none", "bool", "bool_yes_no", "bool_on_off":
		return 0
	}
	return 2
}

// lookOf is how the catalogue wants a panel to be shown.
func lookOf(p tech.Panel) look {
	l := look{kind: p.Type, unit: p.Unit, help: p.Help, decimals: decimalsOf(p.Unit), min: p.Min, max: p.Max, mappings: p.Mappings}
	if p.Decimals != nil {
		l.decimals = *p.Decimals
	}
	for _, t := range p.Thresholds {
		l.steps = append(l.steps, sdk.Threshold{Color: t.Color, Value: t.Value})
	}
	if p.Type == kindGauge {
		l.min = cmp.Or(l.min, new(0.0))
		l.max = cmp.Or(l.max, new(fullScale(p)))
	}
	return l
}

// fullScale is where a gauge ends that has no maximum: at everything for a share,
// else behind its last threshold.
func fullScale(p tech.Panel) float64 {
	switch p.Unit {
	case "percentunit":
		return 1
	case "percent":
		return 100
	}
	if i := len(p.Thresholds) - 1; i > 0 && p.Thresholds[i].Value != nil {
		return *p.Thresholds[i].Value * 1.25
	}
	return 100
}

// textPanel returns a panel that holds a text in Markdown.
func textPanel(title, help, content string) panel {
	m := sdk.NewPanel()
	m.Type, m.Description = kindText, new(help)
	m.Transparent, m.RepeatDirection = nil, nil
	m.Options = &text.Options{Mode: text.TextModeMarkdown, Content: content}
	return panel{titles: []string{title}, model: *m}
}
