package report

// Policy says which policy of the organisation a run went by.
type Policy struct {
	State PolicyState `json:"state"`
	// File is its path from the workspace; empty where there is none.
	File string `json:"file,omitempty"`
	// Ref is which of its versions was read; empty where there is none.
	Ref PolicyRef `json:"ref,omitempty"`
}

// PolicyState is whether a policy was applied.
type PolicyState string

// The states of a policy.
const (
	PolicyApplied    PolicyState = "applied"
	PolicyIncomplete PolicyState = "incomplete" // a rule has a mistake, and was not applied
	PolicyUnread     PolicyState = "unread"     // it could not be read from where it is trusted
	PolicyNone       PolicyState = "none"       // nobody named one, and there is none where one is looked for
)

// PolicyRef is where a policy was read.
type PolicyRef string

// The places of a policy. Base and head are of a proposed change.
const (
	PolicyOfBase     PolicyRef = "base"     // as it was before the change
	PolicyOfHead     PolicyRef = "head"     // as the change makes it
	PolicyOfCheckout PolicyRef = "checkout" // as it is, where nothing is proposed
)
