package report

// Push is one object of another system, and what a run does with it.
type Push struct {
	// System is the name and the address, without credentials.
	System string `json:"system"`
	// Object names it, as dashboard nthl-checkout.
	Object string `json:"object"`
	// Action is create, update, delete, unchanged, refused or drifted; failed for the
	// one that a run broke off at, and not tried for those behind it.
	Action string `json:"action"`
	// Reason says how the object differs, or why it is refused.
	Reason string `json:"reason,omitempty"`
	// Requests are what is sent, or would be, in this order.
	Requests []PushRequest `json:"requests"`
}

// PushRequest is one request, without credentials.
type PushRequest struct {
	Method string `json:"method"`
	URL    string `json:"url"`
	// Bytes is the length of the body.
	Bytes int `json:"bytes"`
	// Body is the body where it was asked for, as by a dry run.
	Body string `json:"body,omitempty"`
}
