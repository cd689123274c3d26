// Package segments does not know what a frame holds or where it goes. It keeps frames of bytes in files, in order, until it
// is told that they are done with, and vouches for those it has acknowledged.
package segments
