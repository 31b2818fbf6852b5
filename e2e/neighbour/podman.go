package neighbour

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// containersConf makes podman work inside another container and without systemd,
// as on a build machine.
const containersConf = `[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "none"
[containers]
default_ulimits = ["nofile=4096:4096", "nproc=4096:4096"]
`

// Podman runs containers out of a store of its own, so that neither images nor
// settings of this machine matter, and none are left behind.
type Podman struct {
	binary, folder string
}

// NewPodman returns a Podman that keeps its store in a folder, which must be on a
// file system that an overlay can lie on.
func NewPodman(folder string) (*Podman, error) {
	binary, err := exec.LookPath("podman")
	if err != nil {
		return nil, err
	}
	if _, err := exec.LookPath("runc"); err != nil {
		return nil, err
	}
	if os.Geteuid() != 0 {
		return nil, fmt.Errorf("podman runs containers as GitHub's runner does for root alone, and this is user %d", os.Geteuid())
	}
	if err := os.WriteFile(filepath.Join(folder, "containers.conf"), []byte(containersConf), 0o600); err != nil {
		return nil, fmt.Errorf("write the settings of podman: %w", err)
	}
	return &Podman{binary: binary, folder: folder}, nil
}

// Command returns a command of podman that is not started yet.
func (p *Podman) Command(ctx context.Context, args ...string) *exec.Cmd {
	own := []string{
		"--root", filepath.Join(p.folder, "root"), "--runroot", filepath.Join(p.folder, "run"), "--tmpdir", filepath.Join(p.folder, "tmp"),
	}
	cmd := exec.CommandContext(ctx, p.binary, append(own, args...)...)
	cmd.Env = append(os.Environ(), "CONTAINERS_CONF="+filepath.Join(p.folder, "containers.conf"), "BUILDAH_ISOLATION=chroot")
	return cmd
}

// Run runs a command of podman to its end and returns what it printed.
func (p *Podman) Run(ctx context.Context, args ...string) ([]byte, error) {
	out, err := p.Command(ctx, args...).CombinedOutput()
	if err != nil {
		return out, fmt.Errorf("podman %v: %w\n%s", args, err, out)
	}
	return out, nil
}

// Engine is an API like that of Docker.
type Engine struct {
	// Socket is its address, as DOCKER_HOST names it.
	Socket string

	stop  context.CancelFunc
	ended chan struct{}
}

// Serve starts an API like that of Docker over the store.
func (p *Podman) Serve(ctx context.Context) (*Engine, error) {
	path := filepath.Join(p.folder, "engine.sock")
	ctx, stop := context.WithCancel(ctx)
	e := &Engine{Socket: "unix://" + path, stop: stop, ended: make(chan struct{})}
	said := &output{}
	cmd := p.Command(ctx, "system", "service", "--time=0", e.Socket)
	cmd.Stdout, cmd.Stderr = said, said
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 10 * time.Second
	if err := cmd.Start(); err != nil {
		stop()
		return nil, fmt.Errorf("start the API of podman: %w", err)
	}
	go func() {
		_ = cmd.Wait()
		close(e.ended)
	}()
	answers := func() bool {
		conn, err := (&net.Dialer{}).DialContext(ctx, "unix", path)
		if err == nil {
			_ = conn.Close()
		}
		return err == nil
	}
	if err := await(ctx, answers, e.ended); err != nil {
		e.Stop()
		return nil, fmt.Errorf("the API of podman: %w\n%s", err, said)
	}
	return e, nil
}

// Stop ends the API and waits until it is gone.
func (e *Engine) Stop() {
	e.stop()
	<-e.ended
}

// Close removes the store: its layers belong to mounts that a plain removal of
// the folder would stumble over.
func (p *Podman) Close(ctx context.Context) error {
	_, err := p.Run(ctx, "system", "reset", "--force")
	return err
}
