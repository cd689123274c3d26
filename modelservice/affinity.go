package modelservice

import "github.com/modelward/modelward/catalog"

// affinity is what stands for a session of a service: the same number on every
// machine, and another one for the same session of another service. 0 stands
// for no session.
func affinity(service catalog.ID, session string) uint64 {
	if session == "" {
		return 0
	}
	// FNV-1a, and then the finalizer of SplitMix64, because the last bytes of
	// FNV's input barely reach its high bits.
	const offset, prime = 0xcbf29ce484222325, 0x100000001b3
	h := uint64(offset)
	for shift := 0; shift < 64; shift += 8 {
		h = (h ^ uint64(service)>>shift&0xff) * prime
	}
	for i := range len(session) {
		h = (h ^ uint64(session[i])) * prime
	}
	h = (h ^ h>>30) * 0xbf58476d1ce4e5b9
	h = (h ^ h>>27) * 0x94d049bb133111eb
	return max(h^h>>31, 1)
}
