package organisation

// Lint says how the rules of lint are applied.
type Lint struct{}

// Metadata is what rules of Prometheus and Loki must carry.
type Metadata struct{}

// Waiver lets findings pass for a time.
type Waiver struct{}
