package render

import (
	"bytes"
	"fmt"
	"strings"
)

// The limits of a dotenv report: GitLab takes 5 KiB and, on a server that was
// not told otherwise, 20 variables.
const (
	maxDotenv      = 5000 // bytes, with some room
	maxDotenvNames = 20
	maxDotenvValue = 1000 // bytes
)

// Dotenv returns a dotenv report of GitLab: NAME=VALUE lines from which later
// jobs get variables. Names become upper case with underscores. GitLab reads one
// line a variable, without blanks and quotes, and expands a dollar sign; what is
// not a letter, a digit or a harmless mark becomes an underscore. A long list is
// cut at a comma and says how much is missing; anything else that is too long is
// left empty. What goes over GitLab's limits is left out at the end.
func Dotenv(variables []Property) string {
	var b strings.Builder
	for i, v := range variables {
		line := dotenvName(v.Name) + "=" + dotenvValue(v.Value) + "\n"
		if i >= maxDotenvNames || b.Len()+len(line) > maxDotenv {
			break
		}
		b.WriteString(line)
	}
	return b.String()
}

func dotenvName(name string) string {
	return strings.Map(func(r rune) rune {
		if isASCIIWord(r) {
			return r
		}
		return '_'
	}, strings.ToUpper(name))
}

func dotenvValue(value string) string {
	value = strings.Map(func(r rune) rune {
		if isASCIIWord(r) || strings.ContainsRune(".,:/%+#=@~?&-", r) {
			return r
		}
		return '_'
	}, value)
	if len(value) <= maxDotenvValue {
		return value
	}
	const room = len(",and-1000000-more")
	end := strings.LastIndexByte(value[:maxDotenvValue-room], ',')
	if end < 0 {
		return ""
	}
	return fmt.Sprintf("%s,and-%d-more", value[:end], strings.Count(value[end:], ","))
}

func isASCIIWord(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_'
}

// Link is a link on the page of a GitLab job.
type Link struct{ Label, URL string }

type jobAnnotation struct {
	ExternalLink jobLink `json:"external_link"`
}

type jobLink struct {
	Label string `json:"label"`
	URL   string `json:"url"`
}

// JobLinks returns a report of the kind artifacts:reports:annotations of GitLab,
// which puts links onto the page of the job below a heading. Anything but a
// plain web address is left out.
func JobLinks(heading string, links []Link) ([]byte, error) {
	annotations := make([]jobAnnotation, 0, len(links))
	for _, l := range links {
		if plainAddress(l.URL) {
			annotations = append(annotations, jobAnnotation{jobLink{cutRunes(oneLine(l.Label), StatusLength), l.URL}})
		}
	}
	var b bytes.Buffer
	err := encodeJSON(&b, map[string][]jobAnnotation{heading: annotations})
	return b.Bytes(), err
}
