//go:build tools

// Package tools pins the Gitea server that e2e runs.
package tools

import _ "code.gitea.io/gitea"
