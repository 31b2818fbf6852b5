package promql

import (
	"strconv"
	"time"
)

// Duration prints a duration in PromQL's notation, exactly to the millisecond,
// which is PromQL's resolution: 30d, 1h30m, 90s. It writes no weeks and years,
// since people name windows in days, and seconds below two minutes.
func Duration(d time.Duration) string {
	ms := d.Milliseconds()
	if ms == 0 {
		return "0s"
	}
	if ms < 0 {
		return "-" + positiveDuration(-ms)
	}
	return positiveDuration(ms)
}

func positiveDuration(ms int64) string {
	if ms < 120_000 && ms%1000 == 0 && ms%60_000 != 0 {
		return strconv.FormatInt(ms/1000, 10) + "s"
	}
	b := make([]byte, 0, 16)
	for _, unit := range [...]struct {
		ms   int64
		name string
	}{{86_400_000, "d"}, {3_600_000, "h"}, {60_000, "m"}, {1000, "s"}, {1, "ms"}} {
		if n := ms / unit.ms; n > 0 {
			b = append(strconv.AppendInt(b, n, 10), unit.name...)
			ms %= unit.ms
		}
	}
	return string(b)
}
