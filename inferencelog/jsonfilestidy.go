package inferencelog

import (
	"bufio"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"strings"
	"time"

	"go.uber.org/zap"
)

// errStopped: the sink was closed meanwhile.
var errStopped = errors.New("stopped")

// tidySoon has finished files looked after.
func (s *JSONFiles) tidySoon() {
	select {
	case s.wake <- struct{}{}:
	default: // it is about to happen
	}
}

func (s *JSONFiles) keepTidy() {
	defer close(s.done)
	for {
		select {
		case <-s.stop:
			return
		case <-s.wake:
			s.tidy()
		}
	}
}

// tidy compresses the finished files and lets those go that are not to be kept.
func (s *JSONFiles) tidy() {
	s.tidying.Lock()
	defer s.tidying.Unlock()
	s.mu.Lock()
	end := s.next // of the numbers of finished files
	if s.current != nil {
		end = s.current.number
	}
	s.mu.Unlock()
	s.tell("a folder cannot be listed", ".", s.removeTemporary())
	files := s.finished(end)
	for i, f := range files {
		both := i+1 < len(files) && files[i+1].name == f.name+zipSuffix // as a crash has left them
		if !f.zipped && (s.opts.gzip() || both) {
			s.tell("a file cannot be compressed", f.name, s.compress(f))
		}
		select {
		case <-s.stop:
			return
		default:
		}
	}
	s.retain(s.finished(end), end)
}

// finished lists the files with a number below end.
func (s *JSONFiles) finished(end uint64) (files []rowFile) {
	all, err := listRowFiles(s.root)
	s.tell("a folder cannot be listed", ".", err)
	for _, f := range all {
		if f.number < end {
			files = append(files, f)
		}
	}
	return files
}

// compress puts a compressed file in the place of a finished one. At every moment one of them is there whole: a
// compressed file gets its name when all of it is on disk, and only then is the other removed.
func (s *JSONFiles) compress(f rowFile) error {
	zipped := f.name + zipSuffix
	if _, err := s.root.Lstat(zipped); errors.Is(err, os.ErrNotExist) {
		err := writeWhole(s.root, zipped, func(to *os.File) error { return s.zip(to, f.name) })
		if err != nil {
			return err
		}
	} else if err != nil {
		return err
	}
	return s.root.Remove(f.name)
}

// zip compresses a file, quickly rather than well.
func (s *JSONFiles) zip(to io.Writer, name string) error {
	from, err := s.root.Open(name)
	if err != nil {
		return err
	}
	defer from.Close()
	buf := bufio.NewWriterSize(to, 1<<16)
	z, err := gzip.NewWriterLevel(buf, gzip.BestSpeed)
	if err != nil {
		return err
	}
	for {
		select {
		case <-s.stop:
			return errStopped
		default:
		}
		_, err := io.CopyN(z, from, 1<<20)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
	}
	if err := z.Close(); err != nil {
		return err
	}
	return buf.Flush()
}

// retain removes the oldest of the finished files until the rest is what the options keep.
func (s *JSONFiles) retain(files []rowFile, end uint64) {
	bytes := int64(0)
	for _, f := range files {
		bytes += f.size
	}
	for i, f := range files {
		if s.opts.keeps(len(files)-i, bytes, s.opts.now().Sub(s.ended(files[i:], end))) {
			return
		}
		if err := s.root.Remove(f.name); err != nil {
			s.tell("a file cannot be removed", f.name, err)
		}
		bytes -= f.size
	}
}

// ended tells when the first of the files was finished, as far as is known: when the next one was begun.
func (s *JSONFiles) ended(files []rowFile, end uint64) time.Time {
	if len(files) > 1 {
		return files[1].begun
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.current != nil && s.current.number >= end {
		return s.current.begun
	}
	return s.opts.now()
}

// removeTemporary removes what a compression that was broken off has left.
func (s *JSONFiles) removeTemporary() error {
	folder, err := s.root.Open(".")
	if err != nil {
		return err
	}
	defer folder.Close()
	names, err := folder.Readdirnames(-1)
	for _, name := range names {
		whole, temporary := strings.CutSuffix(name, tempSuffix)
		if f, ours := parseRowFile(whole); temporary && ours && f.zipped {
			err = errors.Join(err, s.root.Remove(name))
		}
	}
	return err
}

// tell writes a line about an error that nobody else hears of.
func (s *JSONFiles) tell(what, name string, err error) {
	if err == nil || errors.Is(err, errStopped) {
		return
	}
	if line := s.opts.zap().Check(zap.WarnLevel, what); line != nil {
		line.Write(zap.String("file", name), zap.Error(err))
	}
}
