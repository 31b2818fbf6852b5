package report

// EditKind is what an edit does to the YAML of a file.
type EditKind uint8

// The kinds of edits.
const (
	// EditValue replaces a part of a value.
	EditValue EditKind = iota
	// EditKey gives a key another name.
	EditKey
	// EditRemove removes a key with its value, and the line that holds both.
	EditRemove
)

// Edit is a change of the text of a file that puts a finding right. It also says
// what it means in terms of the YAML, so that whoever applies it can tell that the
// file means nothing else afterwards.
type Edit struct {
	// Start and End are offsets in the file, in bytes, with a byte order mark if it
	// has one. Text takes the place of the bytes between them.
	Start, End int
	Text       string
	// The same places as lines and columns, from 1, columns in characters. They are 0
	// in an edit that was not made from a file.
	StartLine, StartColumn, EndLine, EndColumn int

	Kind EditKind
	// Line and Column are where the value begins or, for EditKey, the key.
	Line, Column int
	// From and To are offsets in the decoded value, in bytes, and Value is what
	// takes the place of the bytes between them. For EditKey Value is the new key.
	From, To int
	Value    string
}

// Fix is what puts a finding right: edits of the finding's file, all together or
// none.
type Fix struct {
	Edits []Edit
	// Why says why there are no edits although it is clear what to write: the text
	// stands in the file in a way that a program would spoil.
	Why string
}
