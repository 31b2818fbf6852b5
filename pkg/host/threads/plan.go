package threads

import (
	"context"
	"maps"
	"slices"

	"github.com/nthlayer/action/pkg/host"
)

// plan returns what is to be done about our threads: first what is there twice
// goes, then what is settled is resolved, because an open thread may stop a merge,
// and then findings get their threads.
func (k *keeper) plan(ours map[string][]own) []step {
	var extra, gone []step
	k.did.Open, k.did.Closed = 0, 0
	for _, finding := range slices.Sorted(maps.Keys(ours)) {
		for _, t := range ours[finding][1:] {
			extra = append(extra, k.withdraw(t)...)
		}
		first := ours[finding][0]
		present := k.want.Present(finding)
		switch {
		case k.resolver == nil && first.Outdated && first.Replies == 0:
			gone = append(gone, k.end(first)...)
			delete(ours, finding)
		case !present && !first.Resolved && k.want.Settled(first.marker.rule):
			gone = append(gone, k.end(first)...)
		case !first.Resolved:
			k.did.Open++
		case present && !first.ResolvedBy.Same(k.self):
			k.did.Closed++
		}
	}
	return slices.Concat(extra, gone, k.wanted(ours))
}

// end returns the step that ends a thread whose finding is gone, or its lines. What
// people answered in it is theirs: where it cannot be resolved it stays.
func (k *keeper) end(t own) []step {
	switch {
	case k.resolver != nil:
		return k.change(t, func(ctx context.Context) error {
			err := k.resolver.ResolveThread(ctx, t.Thread, true)
			k.count(err, &k.did.Resolved)
			return err
		})
	case t.Replies > 0:
		return nil
	}
	return k.change(t, func(ctx context.Context) error {
		err := k.h.RemoveThread(ctx, t.Thread)
		k.count(err, &k.did.Removed)
		return err
	})
}

// wanted returns the steps for the findings, as far as there is room.
func (k *keeper) wanted(ours map[string][]own) []step {
	var out []step
	k.did.Without, k.did.Standing = 0, nil
	room := k.want.Max - k.did.Open
	crowded := len(k.want.Findings) > k.want.Max
	taken := k.taken(ours)
	for _, f := range k.want.Findings {
		place := f.Rule + " " + f.File
		threads := ours[f.Fingerprint]
		if len(threads) > 0 {
			k.did.Standing = append(k.did.Standing, f.Fingerprint)
		}
		m := marker{key: k.want.Key, rule: f.Rule, finding: f.Fingerprint, text: digest(f.Text)}
		switch {
		case len(threads) > 0 && (!threads[0].Resolved || !threads[0].ResolvedBy.Same(k.self)):
			out = append(out, k.reword(threads[0], m, f)...)
		case !m.valid(), k.refused[f.Fingerprint], room <= 0, crowded && taken[place]:
			k.did.Without++
		case len(threads) > 0:
			room--
			taken[place] = true
			out = append(out, k.reopen(threads[0], m, f)...)
		case k.tries[f.Fingerprint] < maxTries:
			room--
			taken[place] = true
			out = append(out, step{guarded: true, do: func(ctx context.Context) error { return k.open(ctx, m, f) }})
		default:
			k.did.Without++
		}
	}
	return out
}

// taken returns the rules and files that have a thread already.
func (k *keeper) taken(ours map[string][]own) map[string]bool {
	out := map[string]bool{}
	for _, f := range k.want.Findings {
		if threads := ours[f.Fingerprint]; len(threads) > 0 && !threads[0].Resolved {
			out[f.Rule+" "+f.File] = true
		}
	}
	return out
}

// withdraw takes a second thread for a finding away. What people answered in it is
// theirs: such a thread is resolved and stays.
func (k *keeper) withdraw(t own) []step {
	switch {
	case k.shut[t.ID], t.Replies > 0 && (t.Resolved || k.resolver == nil):
		return nil
	case t.Replies > 0:
		return []step{{do: func(ctx context.Context) error {
			return k.changed(t, k.resolver.ResolveThread(ctx, t.Thread, true))
		}}}
	}
	return []step{{do: func(ctx context.Context) error {
		err := k.h.RemoveThread(ctx, t.Thread)
		if err == nil && slices.Contains(k.opened, t.Note) {
			k.did.Opened--
		}
		return k.changed(t, err)
	}}}
}

// change returns a guarded step on a thread, unless the host refused one before.
func (k *keeper) change(t own, do func(ctx context.Context) error) []step {
	if k.shut[t.ID] {
		return nil
	}
	return []step{{guarded: true, do: func(ctx context.Context) error { return k.changed(t, do(ctx)) }}}
}

// changed passes on the error of a change, after which this run leaves the thread
// alone. A thread that is not there any more is no error.
func (k *keeper) changed(t own, err error) error {
	if err == nil {
		return nil
	}
	k.shut[t.ID] = true
	if kindOf(err) == host.NotFound {
		return nil
	}
	return err
}

func (*keeper) count(err error, n *int) {
	if err == nil {
		*n++
	}
}

// reword edits the note of an open thread when it says something else now.
func (k *keeper) reword(t own, m marker, f Finding) []step {
	if t.Resolved || t.marker == m {
		return nil
	}
	return k.change(t, func(ctx context.Context) error {
		err := k.h.EditThread(ctx, t.Thread, body(m, f))
		k.count(err, &k.did.Edited)
		return err
	})
}

// reopen opens a thread that we resolved, with the present wording.
func (k *keeper) reopen(t own, m marker, f Finding) []step {
	steps := k.change(t, func(ctx context.Context) error {
		err := k.resolver.ResolveThread(ctx, t.Thread, false)
		k.count(err, &k.did.Reopened)
		return err
	})
	t.Resolved = false
	return append(steps, k.reword(t, m, f)...)
}

// maxTries is how often a thread is opened for one finding, when it is not known
// whether the first attempt landed and the next look does not find it.
const maxTries = 2

func (k *keeper) open(ctx context.Context, m marker, f Finding) error {
	if k.refused[f.Fingerprint] {
		return nil
	}
	k.tries[f.Fingerprint]++
	created, err := k.h.OpenThread(ctx, f.Place, body(m, f))
	switch kindOf(err) {
	case host.Transient:
		if k.tries[f.Fingerprint] < maxTries {
			return nil // the next look tells whether it landed
		}
	case host.Rejected, host.TooLong:
		k.refused[f.Fingerprint] = true
		if k.did.Refusal == "" {
			k.did.Refusal = err.Error()
		}
		return nil
	case host.Permission, host.NotFound, host.Conflict:
		k.refuseAll()
	case host.Limited, host.Stopped:
	}
	if err == nil {
		k.did.Opened++
		k.opened = append(k.opened, created.Note)
	}
	return err
}

// refuseAll keeps this run from opening more threads: the host would refuse each
// of them for the same reason.
func (k *keeper) refuseAll() {
	for _, f := range k.want.Findings {
		k.refused[f.Fingerprint] = true
	}
}

func body(m marker, f Finding) string { return m.String() + "\n" + f.Text }
