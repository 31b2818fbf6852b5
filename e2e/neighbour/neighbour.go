// Package neighbour starts real servers beside the program, for comparison and
// for measurement: on 127.0.0.1 alone, on free ports, each ended with the
// context that it was started under.
package neighbour

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"time"
)

// readyWithin is how long a server may take to say that it is ready. Slow
// machines under load need far longer than the half second that is usual.
const readyWithin = time.Minute

// Server is a server that runs.
type Server struct {
	// URL is its address.
	URL string

	stop   context.CancelFunc
	ended  chan struct{}
	output *output
}

// Prometheus starts a Prometheus over a folder of blocks. The configuration file
// holds these lines, and may name files that lie beside it.
func Prometheus(ctx context.Context, binary, blocks, config string) (*Server, error) {
	address, err := freeAddress(ctx)
	if err != nil {
		return nil, err
	}
	file := filepath.Join(blocks, "prometheus.yaml")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		return nil, fmt.Errorf("write the configuration of Prometheus: %w", err)
	}
	return start(ctx, address, "/-/ready", binary,
		"--config.file="+file,
		"--storage.tsdb.path="+blocks,
		"--storage.tsdb.retention.time=50y",
		"--web.listen-address="+address,
		"--log.level=warn")
}

// VictoriaMetrics starts an empty VictoriaMetrics that keeps its data in a
// folder.
func VictoriaMetrics(ctx context.Context, binary, folder string) (*Server, error) {
	address, err := freeAddress(ctx)
	if err != nil {
		return nil, err
	}
	return start(ctx, address, "/health", binary,
		"-storageDataPath="+folder,
		"-retentionPeriod=50y",
		"-httpListenAddr="+address,
		"-loggerLevel=WARN")
}

// Alertmanager starts an Alertmanager with a configuration file. It keeps its data
// in a folder and talks to no other.
func Alertmanager(ctx context.Context, binary, config, folder string) (*Server, error) {
	address, err := freeAddress(ctx)
	if err != nil {
		return nil, err
	}
	return start(ctx, address, "/-/ready", binary,
		"--config.file="+config,
		"--storage.path="+folder,
		"--cluster.listen-address=",
		"--web.listen-address="+address,
		"--log.level=warn")
}

// Blocks writes the blocks of a Prometheus from a file in the OpenMetrics
// format. One block holds up to a month: promtool reads the whole file once for
// every block, of which there would be one for every two hours.
func Blocks(ctx context.Context, promtool, openMetrics, folder string) error {
	cmd := exec.CommandContext(ctx, promtool, "tsdb", "create-blocks-from", "openmetrics", "--quiet", "--max-block-duration=744h", openMetrics, folder)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("create blocks from %s: %w\n%s", openMetrics, err, out)
	}
	return nil
}

// Stop ends the server and waits until it is gone.
func (s *Server) Stop() {
	s.stop()
	<-s.ended
}

// Output returns what the server has written so far.
func (s *Server) Output() string { return s.output.String() }

// freeAddress returns an address of this machine that nothing listens on.
func freeAddress(ctx context.Context) (string, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("find a free port: %w", err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String(), nil
}

func start(ctx context.Context, address, ready, binary string, args ...string) (*Server, error) {
	return startIn(ctx, nil, address, ready, binary, args...)
}

// startIn starts a server with an environment of its own; nil is that of this
// process.
func startIn(ctx context.Context, env []string, address, ready, binary string, args ...string) (*Server, error) {
	ctx, stop := context.WithCancel(ctx)
	s := &Server{URL: "http://" + address, stop: stop, ended: make(chan struct{}), output: &output{}}
	cmd := exec.CommandContext(ctx, binary, args...)
	cmd.Env = env
	cmd.Stdout, cmd.Stderr = s.output, s.output
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 10 * time.Second
	if err := cmd.Start(); err != nil {
		stop()
		return nil, fmt.Errorf("start %s: %w", binary, err)
	}
	go func() {
		_ = cmd.Wait()
		close(s.ended)
	}()
	if err := await(ctx, func() bool { return answers(ctx, s.URL+ready) }, s.ended); err != nil {
		s.Stop()
		return nil, fmt.Errorf("%s at %s: %w\n%s", filepath.Base(binary), address, err, s.Output())
	}
	return s, nil
}

// await asks until a server is ready, it ends, or time is up.
func await(ctx context.Context, ready func() bool, ended <-chan struct{}) error {
	ctx, cancel := context.WithTimeout(ctx, readyWithin)
	defer cancel()
	again := time.NewTicker(50 * time.Millisecond)
	defer again.Stop()
	for {
		if ready() {
			return nil
		}
		select {
		case <-again.C:
		case <-ended:
			return errors.New("it ended before it was ready")
		case <-ctx.Done():
			return fmt.Errorf("it was not ready within %s", readyWithin)
		}
	}
}

func answers(ctx context.Context, url string) bool {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return false
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return false
	}
	_ = response.Body.Close()
	return response.StatusCode == http.StatusOK
}

// output keeps what a process writes. Its methods may be called at any time.
type output struct {
	mu     sync.Mutex
	buffer bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buffer.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buffer.String()
}
