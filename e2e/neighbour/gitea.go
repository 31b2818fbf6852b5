package neighbour

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"regexp"
	"strings"
)

// giteaConfig is the configuration of a Gitea that listens here alone, keeps
// everything in one folder and asks nobody.
const giteaConfig = `APP_NAME = Gitea
RUN_MODE = prod
RUN_USER = {user}
WORK_PATH = {folder}
I_AM_BEING_UNSAFE_RUNNING_AS_ROOT = true
[server]
HTTP_ADDR = 127.0.0.1
HTTP_PORT = {port}
ROOT_URL = http://127.0.0.1:{port}/
DISABLE_SSH = true
OFFLINE_MODE = true
STATIC_ROOT_PATH = {static}
[database]
DB_TYPE = sqlite3
PATH = {folder}/gitea.db
SQLITE_TIMEOUT = 20000
SQLITE_JOURNAL_MODE = WAL
[repository]
ROOT = {folder}/repositories
[security]
INSTALL_LOCK = true
[webhook]
ALLOWED_HOST_LIST = loopback
[log]
MODE = console
LEVEL = warn
[cron]
ENABLED = false
`

// Gitea is a Gitea that runs.
type Gitea struct {
	*Server

	binary, config string
}

// NewGitea starts a Gitea that keeps its data in a folder. static is the folder
// with its templates and translations.
func NewGitea(ctx context.Context, binary, static, folder string) (*Gitea, error) {
	address, err := freeAddress(ctx)
	if err != nil {
		return nil, err
	}
	_, port, _ := strings.Cut(address, ":")
	g := &Gitea{binary: binary, config: filepath.Join(folder, "app.ini")}
	self, err := user.Current() // it refuses to run as anybody but the one it is told
	if err != nil {
		return nil, fmt.Errorf("find out who runs Gitea: %w", err)
	}
	text := strings.NewReplacer("{folder}", folder, "{port}", port, "{static}", static, "{user}", self.Username).Replace(giteaConfig)
	if err := os.WriteFile(g.config, []byte(text), 0o600); err != nil {
		return nil, fmt.Errorf("write the configuration of Gitea: %w", err)
	}
	if _, err := g.run(ctx, "migrate"); err != nil {
		return nil, err
	}
	// Its own git must not read the settings of this machine.
	g.Server, err = startIn(ctx, append(os.Environ(), "HOME="+folder), address, "/api/healthz", binary, "--config", g.config, "web")
	return g, err
}

// User makes a user and returns a token for everything that the user may do.
func (g *Gitea) User(ctx context.Context, name string) (string, error) {
	if _, err := g.run(ctx, "admin", "user", "create", "--username", name, "--email", name+"@example.com",
		"--random-password", "--must-change-password=false"); err != nil {
		return "", err
	}
	said, err := g.run(ctx, "admin", "user", "generate-access-token", "--username", name, "--scopes", "all", "--raw")
	if err != nil {
		return "", err
	}
	token := giteaToken.FindString(said) // its log stands around it
	if token == "" {
		return "", fmt.Errorf("gitea printed no token for %s:\n%s", name, said)
	}
	return token, nil
}

// giteaToken is a line with nothing but a token.
var giteaToken = regexp.MustCompile(`(?m)^[0-9a-f]{40}$`)

// run runs a command of Gitea and returns what it printed.
func (g *Gitea) run(ctx context.Context, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, g.binary, append([]string{"--config", g.config}, args...)...)
	cmd.Env = append(os.Environ(), "HOME="+filepath.Dir(g.config))
	said := &output{}
	cmd.Stderr = said
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("gitea %v: %w\n%s%s", args, err, out, said)
	}
	return string(out), nil
}
