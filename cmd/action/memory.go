package main

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

// memoryTarget is how much memory, in bytes, the collector lets the program use
// before it works harder: ten thousand services fit in less than 300 MB. It is no
// bound, larger runs take more memory; see memoryLimit.
const memoryTarget = 256 << 20

// garbage is how many percent of what is in use may be garbage before the collector
// looks for it. Runs are short and memory up to the target is free to use, so that
// the usual 100 would only cost time.
const garbage = 400

// setUpCollector leaves alone what somebody has set in the environment.
func setUpCollector(getenv func(string) string) {
	if getenv("GOGC") == "" {
		debug.SetGCPercent(garbage)
	}
	if getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memoryTarget)
		afterCollection(func() { debug.SetMemoryLimit(memoryLimit(inUse())) })
	}
}

// memoryLimit returns the limit for a run with so many bytes in use. A limit close to
// what is in use would have the collector run all the time, and the time of a run grow
// with the square of the input.
func memoryLimit(inUse uint64) int64 {
	return int64(max(memoryTarget, 2*min(inUse, 1<<60))) //nolint:gosec // 1<<61 at most
}

// inUse returns how many bytes the last collection found in use.
func inUse() uint64 {
	sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}

// afterCollection calls do behind every collection.
func afterCollection(do func()) {
	marker := new([1]*byte) // what holds no pointer may share its memory with others
	runtime.AddCleanup(marker, func(do func()) {
		do()
		afterCollection(do)
	}, do)
}
