package report

import "strings"

// Numbers returns the numbers of a message in their order, as "2.5 10", which is what its
// fingerprint leaves out. The numbers of lines are not among them: they change with
// whatever stands above.
func Numbers(message string) string {
	var out []string
	for i := 0; i < len(message); {
		end := digits(message, i)
		if end == i {
			i++
			continue
		}
		if end < len(message) && message[end] == '.' {
			if more := digits(message, end+1); more > end+1 {
				end = more
			}
		}
		if !numbersLine(message[:i]) {
			out = append(out, message[i:end])
		}
		i = end
	}
	return strings.Join(out, " ")
}

// numbersLine reports whether a number behind a text is that of a line or a column:
// "line 12", "lines 3 to 5", "services/shop.yaml:12:3".
func numbersLine(before string) bool {
	if first, several := strings.CutSuffix(before, " to "); several && strings.HasSuffix(strings.TrimRight(first, "0123456789"), "lines ") {
		return true
	}
	if strings.HasSuffix(before, "line ") || strings.HasSuffix(before, "lines ") {
		return true
	}
	before, behind := strings.CutSuffix(before, ":")
	if !behind {
		return false
	}
	before = strings.TrimSuffix(strings.TrimRight(before, "0123456789"), ":")
	for _, end := range []string{".yaml", ".yml", ".json"} {
		if strings.HasSuffix(before, end) {
			return true
		}
	}
	return false
}
