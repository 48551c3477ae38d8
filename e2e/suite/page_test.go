package suite

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"flyball.dev/flyball/e2e/cluster"
)

// TestPageInABrowser walks through the page as its readers do: with the keyboard from the list to an autoscaler, a scale-out as it
// happens, and the permalink of its decision. A reader of one namespace sees one namespace.
func TestPageInABrowser(t *testing.T) {
	chromium := findChromium(t)
	s := heavyStory(t, 3)
	other := shared.newStory(t)
	s.applyDeployment("web", 2, "1s")
	s.load("web", requests(17))
	s.apply(tenEach)
	s.applyObject(plainHPA)
	s.applyObject(strictBudget)
	other.apply(strings.Replace(tenEach, "name: web}", "name: missing}", 1))
	b := openTab(t, chromium) // while the pods start
	address := s.dashboard(s.Kubeconfig)
	s.decided("web")

	b.looksLike(1200, "light")
	b.open(address)
	b.until("the list", `document.querySelector("h1")?.innerText == "Autoscalers" && document.querySelector("#live").innerText != ""`)
	b.until("unknown replicas of the missing target", fmt.Sprintf(
		`[...document.querySelectorAll(".list tbody tr")].find(e => e.innerText.includes(%q))?.querySelector("[data-label=Replicas]").innerText == "unknown"`, other.namespace+"/missing"))
	s.findsByKeyboard(b)
	s.seesScaleOut(b)
	link := s.followsPermalink(b)
	s.looksRight(b, address)
	b.hasNoFaults()
	s.tenantSeesOneNamespace(b.private(), other, link)
}

// plainHPA is one of kube-controller-manager's, whose target does not exist, and strictBudget allows no eviction of web's pods.
const (
	plainHPA = `
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: plain}
spec: {scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: gone}, maxReplicas: 7}
`
	strictBudget = `
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: strict}
spec: {maxUnavailable: 0, selector: {matchLabels: {app: web}}}
`
)

// findsByKeyboard searches and opens the autoscaler without a pointer.
func (s *story) findsByKeyboard(b *tab) {
	s.t.Helper()
	b.pressSlash()
	b.press(s.namespace + kb.Enter)
	b.until("the result of the search", `location.search.includes("q=") && document.querySelectorAll(".list tbody tr").length == 1`)
	for range 12 {
		if read[string](b, `document.activeElement.innerText`) == s.namespace+"/web" {
			break
		}
		if outline := read[string](b, `getComputedStyle(document.activeElement).outlineStyle`); read[bool](b, `document.activeElement.matches(":focus-visible")`) && outline == "none" {
			s.t.Errorf("the focus cannot be seen on %s", read[string](b, `document.activeElement.outerHTML`))
		}
		b.press(kb.Tab)
	}
	b.press(kb.Enter)
	b.until("the page of the autoscaler", fmt.Sprintf(`document.querySelector("h1")?.innerText == %q`, s.namespace+"/web"))
}

// figure is the value of a figure at the top of the page.
func figure(name string) string {
	return fmt.Sprintf(`[...document.querySelectorAll(".figures dt")].find(e => e.innerText == %q)?.nextElementSibling.innerText`, name)
}

// seesScaleOut keeps the page open while the load rises. It waits for pods beyond the first two, and not for the last ones, which
// come when the rate has covered its whole window.
func (s *story) seesScaleOut(b *tab) {
	s.t.Helper()
	b.until("the stream of events", `document.querySelector("#live").innerText == "· live"`)
	b.until("2 ready pods", figure("Ready")+` == "2"`)
	read[bool](b, `window.opened = true`)
	s.load("web", requests(67))
	b.until("more desired and ready pods", `Number(`+figure("Desired")+`) > 2 && Number(`+figure("Ready")+`) > 2`)
	if !read[bool](b, `!!window.opened`) {
		s.t.Error("the page was loaded again, so that the place of the reader was lost")
	}
}

// followsPermalink opens the decision that scaled out, from the list of decisions, and returns its address.
func (s *story) followsPermalink(b *tab) string {
	s.t.Helper()
	const scaledOut = `[...document.querySelectorAll(".recent li")].find(e => e.innerText.includes("scale out"))`
	b.until("the decision that scales out", scaledOut)
	read[bool](b, scaledOut+`.querySelector("a").focus(); true`)
	b.press(kb.Enter)
	b.until("the past decision", `location.pathname.includes("/decisions/") && document.querySelector("#h-decision").innerText.startsWith("Decision of")`)
	link, reason := read[string](b, `location.href`), read[string](b, `document.querySelector(".reason").innerText`)
	if !strings.Contains(reason, "scale out") {
		s.t.Errorf("got the reason %q by the permalink, want that of the scale-out", reason)
	}
	b.open(link)
	if again := read[string](b, `document.querySelector(".reason").innerText`); again != reason {
		s.t.Errorf("got the reason %q the second time, want %q", again, reason)
	}
	return link
}

// looksRight checks the list and the page of the autoscaler on a screen and on a phone, in light and dark.
func (s *story) looksRight(b *tab, address string) {
	s.t.Helper()
	axe := s.readAxe()
	root := address[:strings.Index(address, "/open/")] + "/dashboard/"
	detail := root + "autoscalers/" + s.namespace + "/web"
	// The pages, and what they have once they are complete.
	const live = `document.querySelector("#live")?.innerText == "· live"`
	contains := func(words string) string { return fmt.Sprintf(`document.body?.innerText.includes(%q)`, words) }
	pages := []struct{ name, url, complete string }{
		{"list", root, live},
		{"detail", detail, live + " && " + contains("PodDisruptionBudget strict")},
		{"try", detail + "?target=20", contains("changed settings, replayed") + " && " + contains("averageValue: \"20\"")},
		{"hpas", root + "hpas/?namespace=" + s.namespace, contains("TargetNotFound")},
		{"hpa", root + "hpas/" + s.namespace + "/plain", contains("Why this count") + " && " + contains("Deployment/gone")},
	}
	background := map[string]string{}
	for _, screen := range []struct {
		width  int64
		scheme string
	}{{1200, "light"}, {380, "dark"}} {
		b.looksLike(screen.width, screen.scheme)
		for _, page := range pages {
			what := fmt.Sprintf("%s-%d-%s", page.name, screen.width, screen.scheme)
			b.open(page.url)
			b.until(what, page.complete)
			if over := read[int](b, `document.documentElement.scrollWidth - innerWidth`); over > 0 {
				s.t.Errorf("%s: the page is %d pixels wider than the screen", what, over)
			}
			b.isAccessible(what, axe)
			b.keepScreenshot(what)
			background[screen.scheme] = read[string](b, `getComputedStyle(document.body).backgroundColor`)
		}
	}
	if background["light"] == background["dark"] {
		s.t.Errorf("got the background %s in light and dark", background["dark"])
	}
}

// tenantSeesOneNamespace reads with the role view in the namespace of the story.
func (s *story) tenantSeesOneNamespace(b *tab, other *story, link string) {
	s.t.Helper()
	kubeconfig := filepath.Join(s.t.TempDir(), "tenant")
	if err := s.WriteKubeconfig(kubeconfig, cluster.Credentials{Token: s.tenant()}); err != nil {
		s.t.Fatal(err)
	}
	b.open(s.dashboard(kubeconfig))
	b.until("the list of the tenant", `document.querySelector(".count") && document.querySelector("h1").innerText == "Autoscalers"`)
	if text := read[string](b, `document.body.innerText`); !strings.Contains(text, s.namespace+"/web") || !strings.Contains(text, "1–1 of 1") || strings.Contains(text, other.namespace) {
		s.t.Errorf("the tenant of %s sees:\n%s", s.namespace, text)
	}
	status := func(path string) int {
		return read[int](b, fmt.Sprintf(`fetch(%q).then(r => { r.body.cancel(); return r.status })`, path))
	}
	_, decision, _ := strings.Cut(link, "/decisions/")
	for path, want := range map[string]int{
		"autoscalers/" + s.namespace + "/web/decisions/" + decision:     200,
		"events?name=web&namespace=" + s.namespace:                      200,
		"hpas/" + s.namespace + "/plain":                                200,
		"hpas/" + other.namespace + "/plain":                            403,
		"hpas/?namespace=" + other.namespace:                            403,
		"autoscalers/" + other.namespace + "/missing":                   403,
		"autoscalers/" + other.namespace + "/none":                      403,
		"autoscalers/" + other.namespace + "/web/decisions/" + decision: 403,
		"events?name=missing&namespace=" + other.namespace:              403,
		"events?namespace=" + other.namespace:                           403,
		"?namespace=" + other.namespace:                                 403,
	} {
		if got := status("/dashboard/" + path); got != want {
			s.t.Errorf("%s: got the status %d, want %d", path, got, want)
		}
	}
}
