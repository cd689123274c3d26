package inferencelog

import (
	"cmp"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"
)

// rowFile is a file of rows as its name and its folder tell.
type rowFile struct {
	name   string
	number uint64
	begun  time.Time
	zipped bool
	size   int64
}

const (
	rowFileTime = "20060102T150405Z"
	lineSuffix  = ".jsonl"
	zipSuffix   = ".gz"
	tempSuffix  = ".tmp"
)

func rowFileName(begun time.Time, number uint64) string {
	return fmt.Sprintf("rows-%s-%06d%s", begun.UTC().Format(rowFileTime), number, lineSuffix)
}

// parseRowFile tells whether a name is one that rowFileName makes, with or without zipSuffix.
func parseRowFile(name string) (rowFile, bool) {
	plain, zipped := strings.CutSuffix(name, zipSuffix)
	rest, _ := strings.CutPrefix(strings.TrimSuffix(plain, lineSuffix), "rows-")
	when, number, _ := strings.Cut(rest, "-")
	begun, err := time.Parse(rowFileTime, when)
	if err != nil || len(number) > 18 {
		return rowFile{}, false
	}
	n, err := strconv.ParseUint(number, 10, 64)
	if err != nil || rowFileName(begun, n) != plain {
		return rowFile{}, false
	}
	return rowFile{name: name, number: n, begun: begun, zipped: zipped}, true
}

// listRowFiles returns the files of rows, in the order in which they were begun.
func listRowFiles(root *os.Root) ([]rowFile, error) {
	folder, err := root.Open(".")
	if err != nil {
		return nil, err
	}
	defer folder.Close()
	names, err := folder.Readdirnames(-1)
	if err != nil {
		return nil, err
	}
	var files []rowFile
	for _, name := range names {
		f, ok := parseRowFile(name)
		if !ok {
			continue
		}
		is, err := root.Lstat(name)
		if err != nil || !is.Mode().IsRegular() {
			continue // gone, or no file of ours
		}
		f.size = is.Size()
		files = append(files, f)
	}
	slices.SortFunc(files, func(a, b rowFile) int {
		return cmp.Or(cmp.Compare(a.number, b.number), cmp.Compare(a.name, b.name))
	})
	return files, nil
}

// syncFolder makes new names in the folder durable, where the system needs to be asked.
func syncFolder(root *os.Root) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	folder, err := root.Open(".")
	if err != nil {
		return err
	}
	defer folder.Close()
	return folder.Sync()
}

// writeWhole puts a file in the place of one that may be there: all of it or nothing.
func writeWhole(root *os.Root, name string, write func(*os.File) error) error {
	temp := name + tempSuffix
	if err := root.Remove(temp); err != nil && !os.IsNotExist(err) {
		return err
	}
	file, err := root.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	err = cmp.Or(write(file), file.Sync())
	err = cmp.Or(err, file.Close())
	if err == nil {
		err = root.Rename(temp, name)
	}
	if err != nil {
		root.Remove(temp)
		return err
	}
	return syncFolder(root)
}
