package local

import (
	"slices"
	"strings"
	"testing"
)

// What git would run is set off by name, also where no call of today runs it.
func TestGitIsCalledWithSettingsOfItsOwn(t *testing.T) {
	for _, name := range []string{"GIT_DIR", "GIT_EXTERNAL_DIFF", "GIT_CONFIG_PARAMETERS", "GIT_SSH_COMMAND", "GITHUB_TOKEN"} {
		t.Setenv(name, "of the job")
	}
	g := Git{command: gitPaths[0], dir: "/repo"}
	cmd := g.call(t.Context(), "diff")
	if cmd.Path != gitPaths[0] || strings.Contains(strings.Join(cmd.Env, "\n"), "of the job") || len(cmd.Env) == 0 {
		t.Errorf("%s in %q", cmd.Path, cmd.Env)
	}
	for _, setting := range []string{
		"safe.directory=/repo", "core.hooksPath=/dev/null", "core.fsmonitor=false", "protocol.ext.allow=never", "core.attributesFile=/dev/null",
	} {
		if i := slices.Index(cmd.Args, setting); i < 1 || cmd.Args[i-1] != "-c" || i > slices.Index(cmd.Args, "diff") {
			t.Errorf("%q does not set %s", cmd.Args, setting)
		}
	}
	for _, variable := range []string{"GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=/dev/null", "GIT_TERMINAL_PROMPT=0", "GIT_NO_LAZY_FETCH=1"} {
		if !slices.Contains(cmd.Env, variable) {
			t.Errorf("%q does not set %s", cmd.Env, variable)
		}
	}
}
