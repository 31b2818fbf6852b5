package tech

import (
	"errors"
	"fmt"
	"strconv"
)

var errTooLong = errors.New("the expression is longer than " + strconv.Itoa(maxExpr) + " bytes; record a part of it with a rule of its own")

// problem is one thing that is wrong with a file.
type problem struct {
	// path leads to the value: alerts[2].expr.
	path    string
	message string
}

func (p problem) String() string { return p.path + ": " + p.message }

type problems []problem

func (p *problems) add(path, format string, args ...any) {
	*p = append(*p, problem{path: path, message: fmt.Sprintf(format, args...)})
}

// below adds problems whose paths begin at a value.
func (p *problems) below(path string, found problems) {
	for _, f := range found {
		p.add(path+"."+f.path, "%s", f.message)
	}
}

func index(list string, i int) string { return list + "[" + strconv.Itoa(i) + "]" }
