package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"sigs.k8s.io/yaml"
)

// revision is what an image says about its source.
type revision struct {
	// version without a v, for example 0.1.0.
	version string
	// commit is the full hash; empty outside of a git repository.
	commit string
	// dirty is true if the work tree differs from the commit.
	dirty bool
	// created is the time of the commit, and not of the build, so that two builds of a commit give one digest.
	created time.Time
}

// readRevision reads the version from the chart unless it is given, and the commit from git. SOURCE_DATE_EPOCH replaces the time
// of the commit, as https://reproducible-builds.org specifies.
func readRevision(ctx context.Context, source, version string) (revision, error) {
	r := revision{version: strings.TrimPrefix(version, "v"), created: time.Unix(0, 0).UTC()}
	if r.version == "" {
		var err error
		if r.version, err = chartVersion(source); err != nil {
			return r, err
		}
	}
	if _, err := os.Stat(filepath.Join(source, ".git")); !errors.Is(err, fs.ErrNotExist) {
		if err := r.readGit(ctx, source); err != nil {
			return r, err
		}
	}
	if epoch := os.Getenv("SOURCE_DATE_EPOCH"); epoch != "" {
		created, err := parseEpoch(epoch)
		if err != nil {
			return r, fmt.Errorf("SOURCE_DATE_EPOCH: Invalid value: %q: must be seconds since 1970: %w", epoch, err)
		}
		r.created = created
	}
	return r, nil
}

func (r *revision) readGit(ctx context.Context, source string) error {
	head, err := git(ctx, source, "log", "-1", "--format=%H %ct")
	if err != nil {
		return err
	}
	commit, epoch, _ := strings.Cut(head, " ")
	created, err := parseEpoch(epoch)
	if err != nil {
		return fmt.Errorf("time of commit %s: %w", commit, err)
	}
	status, err := git(ctx, source, "status", "--porcelain")
	if err != nil {
		return err
	}
	r.commit, r.created, r.dirty = commit, created, status != ""
	return nil
}

func git(ctx context.Context, source string, args ...string) (string, error) {
	command := exec.CommandContext(ctx, "git", append([]string{"-C", source}, args...)...)
	command.Stderr = os.Stderr
	output, err := command.Output()
	if err != nil {
		return "", fmt.Errorf("git %s: %w", strings.Join(args, " "), err)
	}
	return strings.TrimSpace(string(output)), nil
}

func parseEpoch(text string) (time.Time, error) {
	seconds, err := strconv.ParseInt(text, 10, 64)
	return time.Unix(seconds, 0).UTC(), err
}

func chartVersion(source string) (string, error) {
	text, err := os.ReadFile(filepath.Join(source, "charts/flyball/Chart.yaml"))
	if err != nil {
		return "", fmt.Errorf("reading the version: %w; set -version, or -source to the folder of the repository", err)
	}
	var chart struct{ Version, AppVersion string }
	if err := yaml.Unmarshal(text, &chart); err != nil {
		return "", fmt.Errorf("Chart.yaml: %w", err)
	}
	return cmp.Or(chart.AppVersion, chart.Version), nil
}
