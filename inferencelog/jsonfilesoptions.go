package inferencelog

import (
	"time"

	"go.uber.org/zap"
)

// JSONFilesOptions are the optional things of [JSONFiles]. Nil means every default; so does a field that is zero or
// negative.
type JSONFilesOptions struct {
	// MaxFileBytes finishes a file that has become so long, before the next batch. Default: 64 MiB.
	MaxFileBytes int64

	// MaxFileAge finishes a file that was begun so long ago, before the next batch. Default: 24 h.
	MaxFileAge time.Duration

	// Gzip compresses finished files, in the background. Default: false, they stay as they are.
	Gzip bool

	// Sync makes a batch count as stored only after fsync. Default: false, the operating system writes it when it likes: a
	// row survives the end of the process, and not always the loss of power.
	Sync bool

	// KeepFiles, KeepBytes and KeepFor say how many finished files are kept, how long they may be together, and for how
	// long the last row of one is kept. What is beyond is removed, the oldest first, whenever a file is finished or the
	// folder is opened. Default: 0, all are kept.
	KeepFiles int
	KeepBytes int64
	KeepFor   time.Duration

	// Now tells the time for the names and the ages of files, also in the background. Default: time.Now.
	Now func() time.Time

	// Zap gets a line when a finished file cannot be compressed, removed or read. Default: nil, no lines.
	Zap *zap.Logger
}

func (o *JSONFilesOptions) maxFileBytes() int64 {
	if o == nil || o.MaxFileBytes <= 0 {
		return 64 << 20
	}
	return o.MaxFileBytes
}

func (o *JSONFilesOptions) maxFileAge() time.Duration {
	if o == nil || o.MaxFileAge <= 0 {
		return 24 * time.Hour
	}
	return o.MaxFileAge
}

func (o *JSONFilesOptions) gzip() bool { return o != nil && o.Gzip }

func (o *JSONFilesOptions) sync() bool { return o != nil && o.Sync }

// keeps reports whether so many finished files, so long together, the last row of the oldest so old, may stay.
func (o *JSONFilesOptions) keeps(files int, bytes int64, age time.Duration) bool {
	return o == nil ||
		(o.KeepFiles <= 0 || files <= o.KeepFiles) &&
			(o.KeepBytes <= 0 || bytes <= o.KeepBytes) &&
			(o.KeepFor <= 0 || age <= o.KeepFor)
}

func (o *JSONFilesOptions) now() time.Time {
	if o == nil || o.Now == nil {
		return time.Now()
	}
	return o.Now()
}

func (o *JSONFilesOptions) zap() *zap.Logger {
	if o == nil || o.Zap == nil {
		return zap.NewNop()
	}
	return o.Zap
}
