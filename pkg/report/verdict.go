package report

// Verdict is the outcome of a check, a stage, a service or a run.
type Verdict string

// The four verdicts. Unknown means that it could not be decided; it never
// counts as pass at a gate.
const (
	Pass        Verdict = "pass"
	Warn        Verdict = "warn"
	Fail        Verdict = "fail"
	Undecidable Verdict = "unknown"
)

// rank orders verdicts by what a reader must see first. A proven failure
// outranks something that could not be seen, which outranks a warning.
func (v Verdict) rank() int {
	switch v {
	case Pass:
		return 0
	case Warn:
		return 1
	case Undecidable:
		return 2
	case Fail:
		return 3
	}
	return 2
}

// Worst returns the worst of the verdicts, and Pass for none.
func Worst(verdicts ...Verdict) Verdict {
	worst := Pass
	for _, v := range verdicts {
		if v.rank() > worst.rank() {
			worst = v
		}
	}
	return worst
}

// Verdict returns the verdict that a decision amounts to.
func (d Decision) Verdict() Verdict {
	switch d {
	case Approved:
		return Pass
	case Warned:
		return Warn
	case Blocked:
		return Fail
	case Unknown:
		return Undecidable
	}
	return Undecidable
}
