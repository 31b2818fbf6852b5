package rulefile

// Spot is a value of a rule file in less than half of the memory that a Text takes: its
// path follows from the names of the group and the rule. It is for what is kept of very
// many rules.
type Spot struct {
	V  string
	at valuePlace
}

// Spot returns the text without its path.
func (t Text) Spot() Spot {
	s := Spot{V: t.V}
	if at, ok := t.Place.(*valuePlace); ok {
		s.at = *at
	}
	return s
}

// Text returns the text that the spot was made of, with the parts of its path.
func (s *Spot) Text(path ...string) Text {
	t := Text{V: s.V, Path: join(path...)}
	if s.at != (valuePlace{}) {
		t.Place = &s.at
	}
	return t
}
