package organisation

import (
	"slices"
	"strconv"
	"strings"

	"github.com/nthlayer/action/pkg/policy/codeowners"
	"github.com/nthlayer/action/pkg/spec"
	"github.com/nthlayer/action/pkg/spec/document"
)

// ownership is the kind ownership: the team of a service is among the owners of its
// service file.
type ownership struct {
	// file is the path of CODEOWNERS; empty is where the hosts look for it.
	file    string
	dialect codeowners.Dialect
	// teams are the owners that stand for a team, where its name alone does not.
	teams map[string][]string

	// owners, root and found are set by prepare: who owns what.
	owners *codeowners.File
	root   string
	found  string
}

func (d *decoder) ownership(params *document.Node) check {
	m := d.fields(params, "params of ownership", "codeowners", "syntax", "teams")
	c := ownership{
		file: d.inside(m.Get("codeowners"), "codeowners").V, teams: map[string][]string{},
		dialect: codeowners.Dialect(d.word(m.Get("syntax"), "syntax", []string{string(codeowners.GitHub), string(codeowners.GitLab)}).V),
	}
	teams := d.mapping(m.Get("teams"), "teams")
	if teams == nil {
		return c
	}
	for _, f := range teams.Fields {
		for _, v := range d.texts(f.Value, "the team "+f.Key) {
			if !strings.Contains(v.V, "@") {
				d.wrong(v.At.node, strconv.Quote(v.V)+" is no owner", "write it as in CODEOWNERS: @organisation/team, @user or a mail address")
			}
			c.teams[slug(f.Key)] = append(c.teams[slug(f.Key)], v.V)
		}
	}
	return c
}

// prepare reads CODEOWNERS once for all services. It is that of the checkout: a
// change that moves a service and its owner together is judged as a whole, and hosts
// ask the owners of before about the file itself.
func (c ownership) prepare(in Input) check {
	names := codeowners.Candidates()
	if c.file != "" {
		names = []string{c.file}
	}
	for _, name := range names {
		if in.Read == nil {
			break
		}
		data, err := in.Read(name, codeowners.MaxBytes)
		if err != nil || len(data) > codeowners.MaxBytes {
			continue
		}
		d := c.dialect
		if d == "" {
			d = codeowners.DialectOf(name, data)
		}
		c.owners, c.root, c.found = codeowners.Parse(data, d), codeowners.Root(name), name
		break
	}
	return c
}

func (c ownership) violations(s *spec.Service, _ Input) []violation {
	if c.owners == nil {
		name := c.file
		if name == "" {
			name = "CODEOWNERS"
		}
		return []violation{{at: s.Team.At, message: "no " + name + " says who owns " + s.File, suggestion: "add one with a line for " + s.File + " and the team " + s.Team.V}}
	}
	file, ok := s.File, true
	if c.root != "." {
		file, ok = strings.CutPrefix(s.File, c.root+"/")
	}
	var owners []string
	if ok {
		owners = c.owners.Owners(file)
	}
	switch {
	case len(owners) == 0:
		return []violation{{at: s.Team.At, message: "nobody owns " + s.File + " by " + c.found, suggestion: "add a line for it with the owners of the team " + s.Team.V}}
	case slices.ContainsFunc(owners, func(o string) bool { return c.stands(o, s.Team.V) }):
		return nil
	}
	return []violation{{
		at: s.Team.At, message: "the team " + s.Team.V + " does not own " + s.File + ": " + c.found + " says " + listed(owners),
		suggestion: "give the file to the team in " + c.found + ", or correct team:",
	}}
}

// stands reports whether an owner stands for a team: by the policy, or by its name.
func (c ownership) stands(owner, team string) bool {
	if own, ok := c.teams[slug(team)]; ok {
		return slices.ContainsFunc(own, func(o string) bool { return strings.EqualFold(o, owner) })
	}
	return strings.HasPrefix(owner, "@") && slug(lastPart(owner)) == slug(team)
}

func (c ownership) sentence() string {
	return " must have a team that owns its service file by CODEOWNERS"
}
