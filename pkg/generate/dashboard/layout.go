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
	n := names{ids: map[uint32]bool{}, keys: map[string]int{}, titles: map[string]bool{}}
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
	keys   map[string]int
	titles map[string]bool
}

// id is a number from 1 to 2^30 that depends on the key alone, unless two keys are
// equal or happen to have one number.
func (n names) id(key string) uint32 {
	n.keys[key]++
	if again := n.keys[key]; again > 1 {
		key += "\x00" + strconv.Itoa(again)
	}
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

// narrowest is how many columns a panel takes at least, and whether it may take
// more of its line: a number does not get better with space around it.
func narrowest(kind string) (width uint32, grows bool) {
	switch kind {
	case "text":
		return columns, false
	case kindStat, kindGauge:
		return 4, false
	}
	return 8, true
}

// flow puts panels side by side into lines from y on, and returns where the next
// row begins.
func flow(panels []panel, y uint32) uint32 {
	for len(panels) > 0 {
		used, n := uint32(0), 0
		for _, p := range panels {
			w, _ := narrowest(p.model.Type)
			if used+w > columns {
				break
			}
			used, n = used+w, n+1
		}
		y += line(panels[:n], columns-used, y)
		panels = panels[n:]
	}
	return y
}

// line places the panels of one line and gives what is left of it to those that
// grow. It returns how high the line is.
func line(panels []panel, left, y uint32) uint32 {
	growing := uint32(0)
	for _, p := range panels {
		if _, grows := narrowest(p.model.Type); grows {
			growing++
		}
	}
	h := uint32(height)
	if panels[0].model.Type == "text" {
		h = height / 2
	}
	x := uint32(0)
	for i := range panels {
		w, grows := narrowest(panels[i].model.Type)
		if grows {
			more := (left + growing - 1) / growing
			w, left, growing = w+more, left-more, growing-1
		}
		panels[i].model.GridPos = &sdk.GridPos{X: x, Y: y, W: w, H: h}
		x += w
	}
	return h
}
