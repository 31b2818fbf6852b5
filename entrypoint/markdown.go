package entrypoint

import "strings"

// InputsMarkdown returns the table of all inputs for the README, which a test
// compares with it. The texts are ours, so that only the bar needs escaping.
func InputsMarkdown() string {
	var b strings.Builder
	b.WriteString("| Input | Default | What it does |\n|---|---|---|\n")
	for _, o := range Options() {
		b.WriteString("| `" + o.Name + "` | " + shownDefault(o) + " | " + o.description() + " |\n")
	}
	return b.String()
}

// OutputsMarkdown returns the table of all outputs for the README.
func OutputsMarkdown() string {
	var b strings.Builder
	b.WriteString("| Output | What it holds |\n|---|---|\n")
	for _, o := range Outputs() {
		b.WriteString("| `" + o.Name + "` | " + o.Text + " |\n")
	}
	return b.String()
}

func shownDefault(o Option) string {
	shown := ownDefault(o)
	if o.GitLabDefault == "" {
		return shown
	}
	return strings.TrimPrefix(shown+", `"+o.GitLabDefault+"` on GitLab", ", ")
}

func ownDefault(o Option) string {
	switch {
	case o.ActionDefault != "":
		return "`" + o.ActionDefault + "`"
	case o.Default == "":
		return ""
	}
	return "`" + o.Default + "`"
}

// description is the option's sentence and its allowed words, as action.yml,
// the README and --help show it.
func (o Option) description() string {
	if len(o.Allowed) == 0 {
		return o.Text
	}
	return o.Text + " One of: " + strings.Join(o.Allowed, ", ") + "."
}
