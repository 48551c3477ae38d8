package importing

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"flyball.dev/flyball/autoscaler/importer"
)

var update = flag.Bool("update", false, "write the results of the published objects")

// TestPublishedObjects imports objects of the kinds that people publish, in the folder of their source, and compares the report, the
// printed objects and the error with the file beside each. -update writes them, to be read before they are committed.
func TestPublishedObjects(t *testing.T) {
	files, err := filepath.Glob("testdata/published/*/*.yaml")
	if err != nil || len(files) < 40 {
		t.Fatalf("%d files, want 40 or more: %v", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(strings.TrimPrefix(filepath.ToSlash(file), "testdata/published/"), ".yaml"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			k := kind{source: importer.Source(filepath.Base(filepath.Dir(file))), zone: "UTC"}
			var out, report bytes.Buffer
			failed := k.run(text, time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC), &out, &report)
			got := fmt.Sprintf("%s%s", &report, &out)
			if failed != nil {
				got = fmt.Sprintf("%s%v\n%s", &report, failed, &out)
			}
			golden := strings.TrimSuffix(file, ".yaml") + ".golden"
			want, err := os.ReadFile(golden)
			switch {
			case *update:
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			case err != nil:
				t.Fatal(err)
			default:
				if diff := cmp.Diff(string(want), got); diff != "" {
					t.Errorf("%s (-want +got):\n%s", golden, diff)
				}
			}
		})
	}
}
