package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// changeServices is how many services the repository of a pull request has.
const changeServices = 200

// start measures short runs: how long the program takes to begin, and a whole
// CI run for a pull request that changes one service, without a server.
func (b *bench) start(ctx context.Context) error {
	b.printf("\nstart\n")
	version, err := b.median(ctx, call{program: b.program, args: []string{"--version"}, dir: b.work})
	if err != nil {
		return err
	}
	b.printf("  %-24s %8.1f ms\n", "nthlayer --version", milliseconds(version))
	for _, peer := range []string{"promtool", "pint"} {
		path, ok := b.tool(peer)
		if !ok {
			continue
		}
		args := []string{"--version"}
		if peer == "pint" {
			args = []string{"version"}
		}
		wall, err := b.median(ctx, call{program: path, args: args, dir: b.work})
		if err != nil {
			return err
		}
		b.printf("  %-24s %8.1f ms\n", peer+" --version", milliseconds(wall))
	}
	run, env, err := b.pullRequest(ctx)
	if err != nil {
		return err
	}
	c := call{program: b.program, args: []string{"ci", "--stages", "lint", "--changed-only"}, dir: run, env: env}
	f, out, err := b.measure(ctx, c)
	if err != nil || f.code != 0 {
		return fmt.Errorf("the CI run ends with code %d: %w\n%s", f.code, err, out)
	}
	whole, err := b.median(ctx, c)
	if err != nil {
		return err
	}
	b.printf("  %-24s %8.1f ms, one of %d services changed\n", "nthlayer ci, offline", milliseconds(whole), changeServices)
	b.budget("start, --version", milliseconds(version), 20, "ms")
	b.budget("one changed service, offline, whole ci run", milliseconds(whole), 150, "ms")
	return nil
}

// median returns the median of many short runs.
func (b *bench) median(ctx context.Context, c call) (time.Duration, error) {
	const runs = 15
	all := make([]time.Duration, runs)
	for i := range all {
		f, _, err := b.measure(ctx, c)
		if err != nil {
			return 0, err
		}
		all[i] = f.wall
	}
	slices.Sort(all)
	return all[runs/2], nil
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// pullRequest makes a repository in which a pull request changes one service,
// and returns its folder and the environment of GitHub's job.
func (b *bench) pullRequest(ctx context.Context) (string, []string, error) {
	folder := filepath.Join(b.work, "pull-request")
	if err := writeServices(filepath.Join(folder, "services"), changeServices); err != nil {
		return "", nil, err
	}
	git := func(args ...string) (string, error) {
		args = append([]string{"-C", folder, "-c", "user.name=bench", "-c", "user.email=bench@example.com", "-c", "commit.gpgsign=false"}, args...)
		f, out, err := b.measure(ctx, call{program: "git", args: args})
		if err == nil && f.code != 0 {
			err = fmt.Errorf("git %v ends with code %d", args, f.code)
		}
		return strings.TrimSpace(string(out)), err
	}
	var commits []string
	changed := filepath.Join(folder, "services", serviceName(7)+".yaml")
	for _, args := range [][]string{{"init", "-q"}, {"add", "."}, {"commit", "-q", "-m", "Add services"}, {"rev-parse", "HEAD"}, nil, {"commit", "-q", "-a", "-m", "Change one"}, {"rev-parse", "HEAD"}} {
		if args == nil {
			if err := changeObjective(changed); err != nil {
				return "", nil, err
			}
			continue
		}
		out, err := git(args...)
		if err != nil {
			return "", nil, err
		}
		if args[0] == "rev-parse" {
			commits = append(commits, out)
		}
	}
	event := filepath.Join(b.work, "event.json")
	text := fmt.Sprintf(`{"number":1,"pull_request":{"number":1,"base":{"sha":%q,"ref":"main","repo":{"full_name":"a/b"}},"head":{"sha":%q,"repo":{"full_name":"a/b"}}}}`, commits[0], commits[1])
	if err := os.WriteFile(event, []byte(text), 0o600); err != nil {
		return "", nil, err
	}
	return folder, []string{
		"GITHUB_ACTIONS=true", "GITHUB_EVENT_NAME=pull_request", "GITHUB_EVENT_PATH=" + event, "GITHUB_REPOSITORY=a/b",
		"GITHUB_SHA=" + commits[1], "GITHUB_WORKSPACE=" + folder, "GITHUB_RUN_ID=1", "GITHUB_RUN_ATTEMPT=1",
	}, nil
}

func changeObjective(file string) error {
	data, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	return os.WriteFile(file, []byte(strings.Replace(string(data), "objective: 99.9", "objective: 99.8", 1)), 0o644)
}
