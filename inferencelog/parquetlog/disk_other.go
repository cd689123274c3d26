//go:build !unix

package parquetlog

import "os"

// ignoreUnsupported forgets that folders cannot be flushed here.
func ignoreUnsupported(error) error { return nil }

// lock does nothing: there is no lock here that the end of the process frees.
func lock(*os.File) error { return nil }

func unlock(*os.File) error { return nil }
