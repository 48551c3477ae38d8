package suite

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"flyball.dev/flyball/e2e/build"
	"flyball.dev/flyball/e2e/process"
	"flyball.dev/flyball/e2e/testcluster"
)

// browserRequired reports that a test fails, rather than being skipped, without what it needs. CI sets it, so that a runner without a
// browser does not pass.
func browserRequired() bool { return os.Getenv("FLYBALL_BROWSER") == "required" }

// findChromium returns the browser of this machine. Without one it skips the test, or fails it in CI.
func findChromium(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	const missing = "no Chromium is in the PATH, so that the page is not tried in a browser: on Debian, apt-get install chromium; elsewhere, install " +
		"Chromium or Google Chrome as chromium, chromium-browser or google-chrome"
	if browserRequired() {
		t.Fatal(missing)
	}
	t.Skip(missing)
	return ""
}

// tab is one of a headless Chromium with an empty profile.
type tab struct {
	t   *testing.T
	ctx context.Context // chromedp keeps the tab in the context

	mu     sync.Mutex
	faults []string
}

// openTab starts a browser, and collects what it logs as an error and each request to another server than this machine.
func openTab(t *testing.T, chromium string) *tab {
	t.Helper()
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(chromium), chromedp.UserDataDir(t.TempDir()), chromedp.WSURLReadTimeout(testcluster.Patience),
		chromedp.Flag("disable-gpu", true), chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true))
	if os.Getuid() == 0 {
		options = append(options, chromedp.NoSandbox) // which Chromium refuses to root
	}
	allocator, stop := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(stop)
	return newTab(t, allocator)
}

// private opens a tab that shares no cookie with the others of the browser.
func (b *tab) private() *tab {
	b.t.Helper()
	return newTab(b.t, b.ctx, chromedp.WithNewBrowserContext())
}

func newTab(t *testing.T, parent context.Context, options ...chromedp.ContextOption) *tab { //nolint:revive // the test comes first, as in all helpers
	t.Helper()
	ctx, end := chromedp.NewContext(parent, options...)
	t.Cleanup(end)
	b := &tab{t: t, ctx: ctx}
	if err := chromedp.Listen(ctx, b.hear); err != nil {
		t.Fatal(err)
	}
	b.do("listening to requests", chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, network.Enable, network.EnableParams{})
		return err
	}))
	return b
}

func (b *tab) hear(event any) {
	fault := ""
	switch event := event.(type) {
	case *runtime.EventExceptionThrown:
		fault = event.ExceptionDetails.Text
	case *log.EventEntryAdded:
		if event.Entry.Level == log.EntryLevelError {
			fault = event.Entry.Text + " " + event.Entry.URL
		}
	case *runtime.EventConsoleAPICalled:
		if event.Type == runtime.ConsoleAPICalledTypeError {
			fault = "console.error"
		}
	case *network.EventRequestWillBeSent:
		if url := event.Request.URL; !strings.HasPrefix(url, "http://127.0.0.1:") && !strings.HasPrefix(url, "data:") { // which asks no server
			fault = "a request to " + url
		}
	}
	if fault != "" {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.faults = append(b.faults, fault)
	}
}

// hasNoFaults fails where the console has errors or another server was asked.
func (b *tab) hasNoFaults() {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, fault := range b.faults {
		b.t.Errorf("the browser has an error: %s", fault)
	}
}

func (b *tab) do(what string, steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	if err := chromedp.Do(b.ctx, steps...); err != nil {
		b.t.Fatalf("%s: %v", what, err)
	}
}

func (b *tab) open(url string) {
	b.t.Helper()
	b.do("opening "+url, chromedp.Navigate(url))
}

// press sends keys to whatever has the focus.
func (b *tab) press(keys string) {
	b.t.Helper()
	b.do("pressing keys", chromedp.KeyEvent(keys))
}

// pressSlash sends one event with the text, as a keyboard does. That of chromedp comes as a second event, which types it even where the
// page has prevented that.
func (b *tab) pressSlash() {
	b.t.Helper()
	b.do("pressing /", chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, input.DispatchKeyEvent, input.DispatchKeyEventParams{Type: input.DispatchKeyEventTypeKeyDown, Text: "/", Key: "/", Code: "Slash"})
		return err
	}))
}

// read evaluates a script in the page.
func read[T any](b *tab, script string) T {
	b.t.Helper()
	value, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](script, chromedp.EvalAwaitPromise))
	if err != nil {
		b.t.Fatalf("%s: %v", script, err)
	}
	return value
}

// until waits for a condition of the page, which may be loading.
func (b *tab) until(what, condition string) {
	b.t.Helper()
	var last error
	for end := time.Now().Add(testcluster.Patience); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		var holds bool
		if holds, last = chromedp.Run(b.ctx, chromedp.Evaluate[bool]("!!("+condition+")")); holds {
			return
		}
		if b.ctx.Err() != nil {
			break
		}
	}
	text, _ := chromedp.Run(b.ctx, chromedp.Evaluate[string]("location.href + '\\n' + document.body.innerText.slice(0, 3000)"))
	b.t.Fatalf("%s does not come to be: %v\n%s", what, last, text)
}

// looksLike sets the width of the screen and the preferred colors.
func (b *tab) looksLike(width int64, scheme string) {
	b.t.Helper()
	b.do("setting the screen", chromedp.EmulateViewport(width, 800), chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
		})
		return err
	}))
}

// isAccessible runs axe-core in the page, and reports whether it is there.
func (b *tab) isAccessible(what string, axe []byte) {
	b.t.Helper()
	if len(axe) == 0 {
		return
	}
	read[bool](b, string(axe)+"; true")
	for _, found := range read[[]string](b, `axe.run().then(r => r.violations.filter(v => ["serious", "critical"].includes(v.impact)).map(
		v => v.id + ": " + v.help + ": " + v.nodes.slice(0, 3).map(n => n.html.slice(0, 200) + " " + n.failureSummary).join(" | ")))`) {
		b.t.Errorf("%s: axe finds %s", what, found)
	}
}

// readAxe returns the code of axe-core, if it was fetched.
func (s *story) readAxe() []byte {
	s.t.Helper()
	code, err := os.ReadFile(s.Binary(build.Axe))
	if errors.Is(err, os.ErrNotExist) {
		const missing = "axe-core is not here, so that the page is not checked with it: make build-cluster fetches it where npm is (on Debian, apt-get install npm)"
		if browserRequired() {
			s.t.Fatal(missing)
		}
		s.t.Log(missing)
		return nil
	}
	if err != nil {
		s.t.Fatal(err)
	}
	return code
}

// keepScreenshot writes one into the folder that FLYBALL_SCREENSHOTS names, if any.
func (b *tab) keepScreenshot(name string) {
	b.t.Helper()
	folder := os.Getenv("FLYBALL_SCREENSHOTS")
	if folder == "" {
		return
	}
	picture, err := chromedp.Run(b.ctx, chromedp.FullScreenshot(100))
	if err == nil {
		err = os.WriteFile(filepath.Join(folder, name+".png"), picture, 0o600)
	}
	if err != nil {
		b.t.Fatal(err)
	}
}

// dashboard runs flyball dashboard with the credentials of a kubeconfig until the test, or its process, ends, and returns the address that
// it prints.
func (s *story) dashboard(kubeconfig string) string {
	s.t.Helper()
	running, err := process.Start(process.Spec{Name: "dashboard", Path: s.Binary("flyball"), Dir: s.t.TempDir(), Args: []string{
		"dashboard", "--no-browser", "--autoscaler-url", s.Flyball.Autoscaler.URL, "--kubeconfig", kubeconfig,
	}})
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { running.Stop(context.WithoutCancel(s.t.Context())) })
	address := ""
	s.eventually("the address of flyball dashboard", func() (bool, string) {
		select {
		case <-running.Done():
			said, _ := os.ReadFile(running.LogFile())
			s.t.Fatalf("flyball dashboard ended: %v\n%s", running.Err(), said)
		default:
		}
		said, err := os.ReadFile(running.LogFile())
		if err != nil {
			return false, err.Error()
		}
		for line := range strings.Lines(string(said)) {
			if strings.HasPrefix(line, "http://") && strings.HasSuffix(line, "\n") {
				address = strings.TrimSpace(line)
			}
		}
		return address != "", string(said)
	})
	return address
}
