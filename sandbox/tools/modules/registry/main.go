// The distribution registry with the storage drivers that a stack may choose and no others: the stock build brings the
// SDKs of two more clouds.
package main

import (
	_ "net/http/pprof"

	"github.com/distribution/distribution/v3/registry"
	_ "github.com/distribution/distribution/v3/registry/auth/htpasswd"
	_ "github.com/distribution/distribution/v3/registry/storage/driver/filesystem"
	_ "github.com/distribution/distribution/v3/registry/storage/driver/s3-aws"
)

func main() { _ = registry.RootCmd.Execute() }
