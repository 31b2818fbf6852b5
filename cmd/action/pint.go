package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/nthlayer/action/pkg/host/tool"
	"github.com/nthlayer/action/pkg/lint/pint"
	"github.com/nthlayer/action/pkg/pipeline"
	"github.com/nthlayer/action/pkg/spec"
	"github.com/nthlayer/action/pkg/spec/document"
)

// pintVariable names the file of pint, as --pint does.
const pintVariable = "NTHLAYER_PINT"

// pinting are the flags about pint.
type pinting struct {
	p                       process
	engine, program, config string
}

// addEngine adds the flags that let an installed pint look at rule files.
func (c *check) addEngine(cmd *cobra.Command) {
	f := &pinting{p: c.p}
	cmd.Flags().StringVar(&f.engine, "engine", "nthlayer", "Who looks at rule files: nthlayer, an installed pint, or both.")
	cmd.Flags().StringVar(&f.program, "pint", "", "The file of pint; that of "+pintVariable+", or the pint of PATH, when empty.")
	cmd.Flags().StringVar(&f.config, "pint-config", "", "The configuration of pint, as "+pint.DefaultConfig+"; none when empty.")
	more := c.more
	c.more = func(o *pipeline.Options) error {
		runs, alone, err := pint.ParseEngine(f.engine)
		if err != nil {
			return err
		}
		switch {
		case !runs && f.program+f.config != "":
			return errors.New("--pint and --pint-config are for pint: add --engine pint or --engine both")
		case runs && c.fixing.on:
			return errors.New("--fix puts right what our rules find: leave --engine out")
		case runs:
			if o.Pint, err = f.open(); err != nil {
				return err
			}
			o.Pint.Alone = alone
		}
		return more(o)
	}
}

// open finds pint and reads its configuration. Its working directory is that of this
// program, which is the workspace.
func (f *pinting) open() (*pint.Engine, error) {
	dir, err := filepath.Abs(".")
	if err != nil {
		return nil, err
	}
	file, err := f.find(dir)
	if err != nil {
		return nil, err
	}
	text, name, err := f.read(dir)
	if err != nil {
		return nil, err
	}
	config, err := pint.ReadConfig(text)
	if err != nil {
		return nil, fmt.Errorf("%s, %w", name, err)
	}
	call := tool.Call{Path: file, Dir: dir, Env: config.Environment(f.p.getenv)}
	return &pint.Engine{Program: file, Config: config, Run: func(ctx context.Context, c pint.Call) (pint.Output, error) {
		return runPint(ctx, call, c, name)
	}}, nil
}

// find returns the file of pint. One of PATH that lies in the workspace is not taken:
// a change may have brought it along.
func (f *pinting) find(workspace string) (string, error) {
	given, by := f.program, "--pint"
	if given == "" {
		given, by = f.p.getenv(pintVariable), pintVariable
	}
	if given != "" {
		file, err := filepath.Abs(given)
		if err == nil {
			err = executable(file)
		}
		if err != nil {
			return "", fmt.Errorf("%s is %s: %w", by, given, err)
		}
		return file, nil
	}
	var passed string
	for _, dir := range filepath.SplitList(f.p.getenv("PATH")) {
		file := filepath.Join(dir, "pint")
		switch {
		case executable(file) != nil:
		case within(workspace, file):
			passed = file
		default:
			return file, nil
		}
	}
	if passed != "" {
		return "", fmt.Errorf("the pint of PATH is %s, a file of the workspace, which a change may have brought along: name it with --pint if it is the right one", passed)
	}
	return "", errors.New("pint is not in PATH: install it from https://github.com/cloudflare/pint/releases, name its file with --pint or " + pintVariable + ", or leave --engine out")
}

// executable says why a file cannot be run, or nil.
func executable(file string) error {
	info, err := os.Stat(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return errors.New("there is no such file")
	case err != nil:
		return errors.Unwrap(err)
	case !info.Mode().IsRegular() || info.Mode().Perm()&0o111 == 0:
		return errors.New("this is no program: is it executable?")
	}
	return nil
}

// within reports whether a file, or what it links to, lies in a folder. One that is
// given by a relative path counts as if it did.
func within(folder, file string) bool {
	target := func(name string) string {
		if file, err := filepath.EvalSymlinks(name); err == nil {
			return file
		}
		return name
	}
	inside := func(name string) bool {
		rel, err := filepath.Rel(target(folder), name)
		return err != nil || filepath.IsLocal(rel)
	}
	return inside(filepath.Join(target(filepath.Dir(file)), filepath.Base(file))) || inside(target(file))
}

// read returns the configuration of pint, nil for none, and its name for people. It must
// be named: the one in the checkout may have come with a change, and what runs the job
// cannot be told for certain.
func (f *pinting) read(workspace string) (config []byte, name string, err error) {
	if name = f.config; name == "" {
		if there(filepath.Join(workspace, pint.DefaultConfig)) {
			_, _ = fmt.Fprintf(f.p.stderr, "nthlayer: pint runs without %s, which a change may have brought along: name it with --pint-config to use it\n", pint.DefaultConfig)
		}
		return nil, pint.DefaultConfig, nil
	}
	folder, base := workspace, name
	if filepath.IsAbs(name) {
		folder, base = filepath.Split(name)
	}
	ws, err := spec.OpenWorkspace(folder)
	if err != nil {
		return nil, name, fmt.Errorf("read the configuration of pint: %w", err)
	}
	defer ws.Close()
	limit := document.ServiceLimits().Bytes
	config, err = ws.Read(filepath.ToSlash(base), limit)
	switch {
	case err != nil:
		return nil, name, fmt.Errorf("read the configuration of pint: %w", err)
	case len(config) > limit:
		return nil, name, fmt.Errorf("the configuration of pint, %s, is larger than %d bytes", name, limit)
	}
	return append([]byte{}, config...), name, nil
}

// runPint runs pint in the workspace, in three quarters of the time that the run has
// left, so that what we found can still be told.
func runPint(ctx context.Context, run tool.Call, c pint.Call, configName string) (pint.Output, error) {
	folder, err := os.MkdirTemp("", "nthlayer-")
	if err != nil {
		return pint.Output{}, err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	config := filepath.Join(folder, "pint.hcl")
	if err := os.WriteFile(config, c.Config, 0o600); err != nil {
		return pint.Output{}, err
	}
	var patience time.Duration
	if deadline, ok := ctx.Deadline(); ok {
		patience = time.Until(deadline) * 3 / 4 //nolint:forbidigo // the deadline is one of the real clock
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, patience)
		defer cancel()
	}
	run.Args = c.Arguments(config)
	out, err := tool.Run(ctx, run)
	if errors.Is(err, context.DeadlineExceeded) {
		err = fmt.Errorf("it was still running after %s, and was ended: raise --timeout", patience.Round(time.Millisecond))
	}
	return pint.Output{Report: out.Stdout, Said: strings.ReplaceAll(out.Stderr, config, configName), Code: out.Code}, err
}
