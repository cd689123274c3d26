// Package segments does not know what is in a frame, who wrote it or where it goes. It keeps frames of bytes in a folder
// until they are done with, and says that they are kept only when they are on the medium.
//
// # Use
//
//	log, err := segments.Open(dir, nil)      // frames of an earlier process are there to be read
//	…
//	last, err := log.Append(batch)           // nil: all of them are acknowledged
//	…
//	frames, err := log.Next(500, 4<<20)      // the reader
//	log.Done(frames[0].Seq, frames[1].Seq)   // in any order; a file goes when all in it is done
//	…
//	<-log.Wait()                             // when Next had nothing
//	…
//	err = log.Close()
//
// # What is promised
//
//   - What Append acknowledged is read by Next, by this process or the next one, until it is done; its bytes are those that
//     were appended. What it did not acknowledge is there whole after a crash, or not at all (invariant I36).
//   - After an error nothing is written behind what is uncertain: that file is cut back to what was acknowledged and never
//     written again, and the next Append begins a new one. A file whose fsync failed is not trusted to do better next time.
//   - A damaged frame costs itself alone while its head is whole, and otherwise what follows it in its file; both are counted
//     in [Stats], and the files behind it are read. Nothing damaged is ever handed out.
//   - Numbers only grow, also across processes and when all was done in between. Those of a batch are consecutive; between
//     batches some may be missing, because those of a failed batch are not used again.
//   - The files never take more than MaxBytes: Append answers [ErrFull] and changes nothing.
//
// # What is not
//
// What is done is remembered in memory only: after a crash all frames of a file that has one left to do are read once more, so
// what takes them must bear a repetition. Two processes in one folder are kept apart by flock, where the system has it;
// elsewhere by nobody. On Windows a new file's name is as durable as the system makes it, for a folder cannot be synced there.
// Next answers an error of the medium each time it is asked, for as long as the medium does; pausing is the caller's.
//
// # On disk
//
//	lock                          held by the process; says the next number when no segment is there to say it
//	00000000000000000001.segment  named for the number of its first frame
//
// A segment is a head of 20 bytes (magic, version, first number, CRC-32C) and its frames: length u32, number u64, CRC-32C
// of those two, CRC-32C of those two and the data, data; little-endian. The head has its own checksum so that a frame whose
// data is damaged can be stepped over without guessing: what looks like a frame inside a caller's bytes never becomes one.
//
// # Concurrency
//
// All methods may be called from many goroutines. Append waits for Append, Next for Next; neither waits for the other,
// and Stats waits for no file. Nothing here runs a goroutine.
package segments
