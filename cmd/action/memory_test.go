package main

import (
	"runtime"
	"testing"
)

func TestTheMemoryLimitStaysAwayFromWhatIsInUse(t *testing.T) {
	for inUse, want := range map[uint64]int64{
		0: memoryTarget, memoryTarget / 2: memoryTarget, memoryTarget: 2 * memoryTarget, 10 * memoryTarget: 20 * memoryTarget, 1 << 63: 1 << 61,
	} {
		if got := memoryLimit(inUse); got != want {
			t.Errorf("%d bytes in use: %d, want %d", inUse, got, want)
		}
	}
}

// TestEveryCollectionIsFollowed waits for three of them, and for what is in use to be
// known.
func TestEveryCollectionIsFollowed(t *testing.T) {
	held := make([]byte, 8<<20)
	after := make(chan uint64)
	done := make(chan struct{})
	defer close(done)
	afterCollection(func() {
		select {
		case after <- inUse():
		case <-done:
		}
	})
	for followed := 0; followed < 3; {
		select {
		case got := <-after:
			followed++
			if got < uint64(len(held)) {
				t.Errorf("%d bytes are in use, at least %d are", got, len(held))
			}
		default:
			runtime.GC()
		}
	}
	runtime.KeepAlive(held)
}
