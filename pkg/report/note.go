package report

// The codes of notes about an SLI that could be measured.
const (
	NotePartial      = "partial-answer"  // the server says that data may be missing
	NoteShortHistory = "short-history"   // less than half of the window has data
	NoteBurnUnknown  = "burn-unknown"    // a burn rate could not be measured
	NoteAveraged     = "averaged"        // a mean over time, which traffic does not weigh
	NoteBoundary     = "bucket-boundary" // counted up to the bucket above the threshold
	NoteFarBoundary  = "coarse-buckets"  // that bucket is far above the threshold
)
