package dashboard

import (
	"cmp"
	"hash/fnv"
	"slices"
	"strconv"

	sdk "github.com/grafana/grafana-foundation-sdk/go/dashboard"
)

// columns is how wide Grafana's grid is, and height how high a panel.
const (
	columns = 24
	height  = 8
)

// place gives all rows and panels their ids, titles and places.
func place(rows []row) []row {
	rows = slices.Clone(rows)
	n := names{ids: map[uint32]bool{}, titles: map[string]bool{}}
	plainTitles := map[string]int{}
	for _, r := range rows {
		for _, p := range r.panels {
			plainTitles[p.titles[0]]++
		}
	}
	y := uint32(0)
	for i := range rows {
		r := &rows[i]
		r.id, r.title, r.y = n.id("row/"+r.key), n.title(r.title), y
		y++
		r.panels = slices.Clone(r.panels)
		for j := range r.panels {
			p := &r.panels[j]
			titles := p.titles
			if plainTitles[titles[0]] > 1 && len(titles) > 1 {
				titles = titles[1:]
			}
			p.model.Id, p.model.Title = new(n.id(p.key)), new(n.title(titles...))
		}
		end := flow(r.panels, y)
		if !r.collapsed {
			y = end
		}
	}
	return rows
}

// names hands out ids and titles, each once.
type names struct {
	ids    map[uint32]bool
	titles map[string]bool
}

// id is a number from 1 to 2^30 that depends on the key alone, unless two keys are
// equal or happen to have one number.
func (n names) id(key string) uint32 {
	hash := fnv.New32a()
	_, _ = hash.Write([]byte(key)) // never fails
	id := hash.Sum32()%(1<<30) + 1
	for n.ids[id] {
		id = id%(1<<30) + 1
	}
	n.ids[id] = true
	return id
}

// title returns the first of the titles that is free, or the last with a number.
// They hold names of the service file, which are made harmless here.
func (n names) title(titles ...string) string {
	titles = slices.Clone(titles)
	for i, t := range titles {
		titles[i] = cmp.Or(plain(t), "unnamed")
	}
	for _, t := range titles {
		if !n.titles[t] {
			n.titles[t] = true
			return t
		}
	}
	last := titles[len(titles)-1]
	for i := 2; ; i++ {
		if t := last + " " + strconv.Itoa(i); !n.titles[t] {
			n.titles[t] = true
			return t
		}
	}
}

// The least widths. Charts are narrow only where all of a row fits into one line
// that way.
const (
	numberWidth = 4
	narrowChart = 6
	chartWidth  = 8
)

// least is how many columns a panel takes at least, and whether it takes what is
// left of its line: a number does not get better with space around it.
func (p panel) least(chart uint32) (width uint32, grows bool) {
	switch {
	case p.model.Type == kindText:
		return columns, false
	case p.wide || p.model.Type == kindTimeseries:
		return chart, true
	}
	return numberWidth, false
}

func widthOf(panels []panel, chart uint32) uint32 {
	sum := uint32(0)
	for _, p := range panels {
		w, _ := p.least(chart)
		sum += w
	}
	return sum
}

// flow puts panels side by side into lines from y on, and returns where the next
// row begins.
func flow(panels []panel, y uint32) uint32 {
	chart := uint32(chartWidth)
	if widthOf(panels, narrowChart) <= columns && widthOf(panels, chartWidth) > columns {
		chart = narrowChart
	}
	for len(panels) > 0 {
		n := 1
		for n < len(panels) && widthOf(panels[:n+1], chart) <= columns {
			n++
		}
		y += line(panels[:n], chart, y)
		panels = panels[n:]
	}
	return y
}

// line places the panels of one line and gives what is left of it to those that
// grow. It returns how high the line is.
func line(panels []panel, chart, y uint32) uint32 {
	growing := uint32(0)
	for _, p := range panels {
		if _, grows := p.least(chart); grows {
			growing++
		}
	}
	h := uint32(height)
	if panels[0].model.Type == kindText {
		h = height / 2
	}
	x, left := uint32(0), columns-widthOf(panels, chart)
	for i, p := range panels {
		w, grows := p.least(chart)
		if grows {
			more := (left + growing - 1) / growing
			w, left, growing = w+more, left-more, growing-1
		}
		panels[i].model.GridPos = &sdk.GridPos{X: x, Y: y, W: w, H: h}
		x += w
	}
	return h
}
