// Package tools pins the module of the Pulumi CLI, which is built from its own main package.
package tools

import _ "github.com/pulumi/pulumi/pkg/v3/version"
