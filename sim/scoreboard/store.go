package scoreboard

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// store keeps finished rows in a file of JSON lines.
type store struct {
	file *os.File
	rows map[key]Row
}

// line is a row in the file.
type line struct {
	// Part of the scoreboard, and the probe of the policy at the time of the run.
	Part  string `json:"part"`
	Probe string `json:"probe"`
	Row
}

// key identifies a row.
type key struct{ part, probe, load, policy, metric, start, seed string }

func keyOf(part, probe string, c *Case) key {
	return key{part, probe, c.Load.Name, c.Policy.Name, string(c.Goal.Metric), c.Plant.Pod.Start.Median.String(), fmt.Sprint(c.Seed)}
}

func (l *line) key() key {
	return key{l.Part, l.Probe, l.Load, l.Policy, string(l.Metric), l.Start.String(), fmt.Sprint(l.Seed)}
}

func openStore(path string) (*store, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, err
	}
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, err
	}
	s := &store{file: file, rows: map[key]Row{}}
	good := s.read()
	// An interrupted write leaves an incomplete last line.
	if err := file.Truncate(good); err != nil {
		return nil, err
	}
	_, err = file.Seek(good, io.SeekStart)
	return s, err
}

// readStore reads the rows without changing the file, which another process may write.
func readStore(path string) (*store, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	s := &store{file: file, rows: map[key]Row{}}
	defer s.close()
	s.read()
	return s, nil
}

// read reads the rows and returns the length of their lines in bytes.
func (s *store) read() (good int64) {
	r := bufio.NewReader(s.file)
	for {
		text, err := r.ReadString('\n')
		var l line
		if err != nil || json.Unmarshal([]byte(text), &l) != nil {
			return good
		}
		good += int64(len(text))
		s.rows[l.key()] = l.Row
	}
}

// put stores a row.
func (s *store) put(part, probe string, r *Row) error {
	l := line{part, probe, *r}
	s.rows[l.key()] = *r
	text, err := json.Marshal(l)
	if err != nil {
		return err
	}
	_, err = s.file.Write(append(text, '\n'))
	return err
}

func (s *store) close() { _ = s.file.Close() } // all writes are complete
