package segments

// Options are optional. A nil *Options is the zero value.
type Options struct {
	// FS is the file system. Default: OS{}.
	FS FS

	// SegmentBytes is the size in bytes at which the next segment is begun; a batch is never divided, so that a large one
	// may exceed it. Never more than a quarter of MaxBytes, so that space comes free before all is done. Default, and
	// for what is below 1: 16 MiB.
	SegmentBytes int64

	// MaxBytes bounds what all segments take on disk together, in bytes. Default, and for what is below 1: 1 GiB.
	MaxBytes int64
}

func (o *Options) fs() FS {
	if o == nil || o.FS == nil {
		return OS{}
	}
	return o.FS
}

func (o *Options) segmentBytes() int64 {
	n := int64(16 << 20)
	if o != nil && o.SegmentBytes > 0 {
		n = o.SegmentBytes
	}
	return min(n, o.maxBytes()/4)
}

func (o *Options) maxBytes() int64 {
	if o == nil || o.MaxBytes < 1 {
		return 1 << 30
	}
	return o.MaxBytes
}
