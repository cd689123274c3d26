package segments_test

import (
	"fmt"
	"os"

	"github.com/modelward/modelward/inferencelog/internal/segments"
)

// Two frames are acknowledged, the process ends with one of them done, and the next one finds what is left.
func Example() {
	dir, err := os.MkdirTemp("", "segments")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = os.RemoveAll(dir) }()

	for range 2 {
		log, err := segments.Open(dir, nil)
		if err != nil {
			fmt.Println(err)
			return
		}
		last, err := log.Append([][]byte{[]byte("this"), []byte("that")})
		fmt.Println("acknowledged up to", last, err)

		frames, err := log.Next(100, 1<<20)
		for _, f := range frames {
			fmt.Printf("%d %s\n", f.Seq, f.Data)
		}
		log.Done(frames[0].Seq)
		fmt.Println("left", log.Stats().Frames, err, log.Close())
	}

	// Output:
	// acknowledged up to 2 <nil>
	// 1 this
	// 2 that
	// left 1 <nil> <nil>
	// acknowledged up to 4 <nil>
	// 1 this
	// 2 that
	// 3 this
	// 4 that
	// left 3 <nil> <nil>
}
