package dashboard

// indented puts every member of what an encoder of JSON wrote into a line of its own,
// two blanks deeper in each object and list, as json.Indent does. That one checks every
// byte again, which took longer than to make the panels.
func indented(data []byte) []byte {
	out := make([]byte, 0, 5*len(data)/2)
	depth := 0
	for i := 0; i < len(data); i++ {
		switch c := data[i]; c {
		case '"':
			end := stringEnd(data, i)
			out = append(out, data[i:end]...)
			i = end - 1
		case '{', '[':
			out = append(out, c)
			if after := data[i+1]; after == '}' || after == ']' {
				out = append(out, after)
				i++
				continue
			}
			depth++
			out = newLine(out, depth)
		case '}', ']':
			depth--
			out = append(newLine(out, depth), c)
		case ',':
			out = newLine(append(out, c), depth)
		case ':':
			out = append(out, ": "...)
		default: // of a number or a word, or the line break at the end
			out = append(out, c)
		}
	}
	return out
}

// stringEnd returns where the string ends that begins at a quote.
func stringEnd(data []byte, begin int) int {
	i := begin + 1
	for data[i] != '"' {
		if data[i] == '\\' {
			i++ // what is escaped ends nothing
		}
		i++
	}
	return i + 1
}

func newLine(out []byte, depth int) []byte {
	out = append(out, '\n')
	for range depth {
		out = append(out, "  "...)
	}
	return out
}
