//go:build !unix

package parquetlog_test

import "time"

// processorTime stands in for what cannot be asked here.
func processorTime() int64 { return time.Now().UnixNano() }
