package pipeline

import (
	"cmp"
	"context"
	"slices"

	"github.com/nthlayer/action/pkg/gate"
	"github.com/nthlayer/action/pkg/lint"
	"github.com/nthlayer/action/pkg/lint/pint"
	"github.com/nthlayer/action/pkg/portfolio"
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/source"
	"github.com/nthlayer/action/pkg/spec"
	"github.com/nthlayer/action/pkg/verify"
)

func (r *run) lintOptions() lint.Options {
	o := lint.Options{ServiceLabel: r.o.ServiceLabel, Disabled: r.o.Disabled, Now: r.o.At}
	if p := r.policy.Policy; p != nil {
		o.Disabled, o.Locked = p.Without(o.Disabled), p.LockedIDs()
		o.Metadata = p.Metadata
		o.Checks = p.Lint.Checks
	}
	o.DeadLinks, o.Names = r.dead, r.policy.Promruval.Names()
	o.More = append(r.policy.Promruval.Checks(o.Locked), r.asked.checks...)
	return o
}

// lint adds the findings about expressions in service files, which were found
// while validating, and those about rule files.
func (r *run) lint(ctx context.Context) {
	if !r.wants(Lint) {
		return
	}
	if len(r.picked) == 0 && len(r.rules) == 0 && len(r.before.rules) == 0 && len(r.dashboardFiles) == 0 && len(r.unread) == 0 {
		r.skip(Lint, report.Pass, "nothing to lint")
		return
	}
	if r.o.Reach != nil {
		r.reach(ctx, lint.Files(r.rules).RunbookURLs(ctx))
	}
	o := r.ruleOptions()
	o.Beside = slices.DeleteFunc(slices.Clone(r.ruleFiles), func(f ruleFile) bool { return r.o.Changed == nil || r.o.Changed(f.Name) })
	found, rules := lint.Files(r.rules).Lint(ctx, o)
	r.rep.Summary.RuleFiles, r.rep.Summary.Rules = len(r.rules), rules.Rules
	more := slices.Concat(lint.Removed(ctx, r.before.rules, r.ruleFiles, r.before.moved, r.all, r.lintOptions()), r.asked.rules)
	found = append(found, more...)
	byPint, unanswered := r.askPint(ctx, rules, found)
	if r.o.Pint != nil && len(unanswered) == 0 {
		o.Asked = []string{pint.RuleOther}
	}
	unanswered = append(unanswered, r.asked.silent...)
	if len(more)+len(byPint) > 0 {
		found = report.Normalise(append(found, byPint...))
	}
	ofRules, suppressed := rules.Suppress(found, o)
	r.rep.Summary.Suppressed += suppressed
	r.dashboards = r.lintDashboards(ctx, rules.Recorded)
	findings := append(r.standing(ofRules), slices.Concat(r.expressions, r.dashboards.Written, unanswered, r.editedByHand(ctx), r.standing(r.unreadRules()), r.standing(lint.UnaskedLinks(r.unasked)))...)
	verdict := report.Pass
	if len(unanswered) > 0 {
		verdict = report.Undecidable
	}
	if !r.wants(Verify) {
		findings, verdict = append(findings, r.dashboards.Metrics...), report.Worst(verdict, verdictOfMetrics(r.dashboards))
	}
	findings = append(findings, r.policyUse(ctx)...)
	r.stage(Lint, report.Worst(verdict, report.VerdictOf(findings)), findings)
}

// reach asks for the pages of runbooks, where somebody wants that.
func (r *run) reach(ctx context.Context, urls []string) {
	if r.o.Reach != nil && len(urls) > 0 {
		dead, left := r.o.Reach(ctx, urls)
		r.dead, r.unasked = dead, append(r.unasked, left...)
	}
}

// verify asks whether the declared metrics exist.
func (r *run) verify(ctx context.Context) {
	if !r.wants(Verify) || len(r.dashboardFiles) == 0 && r.idle(Verify) || r.blind(Verify) {
		return
	}
	if !r.wants(Lint) {
		r.dashboards = r.lintDashboards(ctx, nil)
	}
	result := verify.Run(ctx, r.o.Source, r.picked, verify.Options{ServiceLabel: r.o.ServiceLabel, At: r.o.At, Concurrency: r.o.Concurrency})
	worst := report.Pass
	for i, s := range result.Services {
		r.services[i].Metrics = s.Metrics
		r.judge(i, s.Verdict)
		worst = report.Worst(worst, s.Verdict)
	}
	worst = report.Worst(worst, verdictOfMetrics(r.dashboards))
	r.stage(Verify, worst, append(result.Findings, r.dashboards.Metrics...))
}

// measure takes the SLIs that gate and portfolio decide on.
func (r *run) measure(ctx context.Context) {
	if !r.wants(Gate) && !r.wants(Portfolio) {
		return
	}
	measured := Measure(ctx, r.o.Source, r.measured(), r.o.ServiceLabel, r.o.At, source.AskOptions{Concurrency: r.o.Concurrency})
	for i, s := range r.picked {
		r.services[i].SLOs = measured[KeyOf(s)]
	}
	r.before.slos = measured
}

// gate decides for each service on its own.
func (r *run) gate(ctx context.Context) {
	if !r.wants(Gate) || !r.missing() && r.idle(Gate) || r.blind(Gate) {
		return
	}
	input := func(s *spec.Service) gate.Input {
		return gate.Input{
			Service: s, Environment: r.rep.Environment, Now: r.o.At, Deploy: r.o.Deploy,
			BlastRadius: r.radius(s.Name.V), Options: r.o.GateOptions, Bounds: r.bounds(s),
		}
	}
	worst, findings := r.absent(input)
	for i, s := range r.picked {
		if ctx.Err() != nil {
			break
		}
		in := input(s)
		in.SLOs = r.services[i].SLOs
		result := r.stricter(in, gate.Decide(in))
		r.services[i].Gate = &result.Gate
		findings = append(findings, result.Findings...)
		verdict := result.Gate.Decision.Verdict()
		r.judge(i, verdict)
		worst = report.Worst(worst, verdict)
	}
	r.stage(Gate, worst, findings)
}

// portfolio sums all services up.
func (r *run) portfolio(_ context.Context) {
	if !r.wants(Portfolio) || r.idle(Portfolio) {
		return
	}
	in := portfolio.Input{Services: r.services, Specs: r.picked, ParseFailures: r.rep.Summary.Unreadable, At: r.o.At}
	r.rep.Portfolio = portfolio.Build(in)
	if r.blind(Portfolio) {
		return
	}
	verdict := portfolio.Verdict(in)
	if !r.wants(Gate) {
		for i := range r.services {
			r.judge(i, portfolio.ServiceVerdict(r.services[i]))
		}
	}
	if r.o.Advisory && verdict == report.Fail {
		verdict = report.Warn
	}
	r.stage(Portfolio, verdict, nil)
}

// judge adds a stage's verdict on one service.
func (r *run) judge(i int, v report.Verdict) { r.verdicts[i] = append(r.verdicts[i], v) }

// finish sums up and puts everything in order.
func (r *run) finish(ctx context.Context) *report.Report {
	rep := r.rep
	rep.Findings = report.Normalise(r.findings)
	worst := map[string]report.Verdict{}
	for i := range rep.Findings { // there may be very many
		service := rep.Findings[i].Service
		worst[service] = report.Worst(cmp.Or(worst[service], report.Pass), report.VerdictOf(rep.Findings[i:i+1]))
	}
	for i := range r.services {
		s := &r.services[i]
		s.Verdict = report.Worst(append(r.verdicts[i], cmp.Or(worst[s.Name], report.Pass))...)
		if s.Verdict == report.Undecidable {
			rep.Summary.Unknown++
		}
	}
	if ctx.Err() != nil {
		r.cutShort()
	}
	rep.Services = r.withRemoved()
	rep.Summary.Services = len(rep.Services)
	rep.Summary.Errors, rep.Summary.Warnings, rep.Summary.Infos = report.Count(rep.Findings)
	for _, s := range rep.Stages {
		rep.Verdict = report.Worst(rep.Verdict, s.Verdict)
	}
	return rep
}

// cutShort turns what may be incomplete into unknown: nobody knows what the rest
// of the run would have found.
func (r *run) cutShort() {
	for i := range r.rep.Stages {
		s := &r.rep.Stages[i]
		if s.SkippedReason == "" {
			s.Verdict = report.Worst(s.Verdict, report.Undecidable)
		}
	}
}
