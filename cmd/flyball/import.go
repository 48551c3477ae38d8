package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/policy"
)

const importExitCodes = `Exit codes:
  0  everything was imported
  1  something was left out; the standard error tells what, and what to do
  2  the file or the command line cannot be understood`

// errLeftOut is for an import that is not complete; it is answered by exit code 1.
var errLeftOut = errors.New("not everything was imported")

func newImport() *cobra.Command {
	command := &cobra.Command{
		Use:   "import",
		Short: "Turn the schedules of other scalers into windows",
		Long: "Import reads the objects of another scaler, prints windows that mean what they meant, and reports what differs and what they\n" +
			"would have got wrong. It asks no cluster and changes nothing. docs/windows.md tells what windows are.",
	}
	command.AddCommand(
		newImportOf("cronhpa", "the CronHorizontalPodAutoscalers of kubernetes-cronhpa-controller", "UTC", (*importer).cronHPA),
		newImportOf("scaledobject", "the cron triggers of KEDA's ScaledObjects", "UTC", (*importer).scaledObject),
		newImportOf("scalingschedule", "the ScalingSchedules and ClusterScalingSchedules of Zalando's kube-metrics-adapter, and the HorizontalPodAutoscalers that use them",
			"Europe/Berlin", (*importer).scalingSchedule),
	)
	return command
}

func newImportOf(kind, what, zone string, add func(*importer, []byte) error) *cobra.Command {
	var input file
	var inline bool
	im := importer{zone: zone}
	command := &cobra.Command{
		Use:   kind + " -f FILE",
		Short: "Turn " + what + " into windows",
		Long: "Import " + kind + " reads " + what + ",\n" +
			"from a file of YAML or JSON documents and lists, and prints ScaleWindow objects; with --inline, what goes into spec.windows of a\n" +
			"HorizontalAutoscaler. The standard error has what differs and what would have gone wrong.\n\n" + importExitCodes,
		Example: "  # When would they be open?\n  flyball import " + kind + " -f theirs.yaml | flyball windows -f -",
		Args:    cobra.NoArgs,
	}
	flags := command.Flags()
	flags.StringVarP((*string)(&input), "filename", "f", "", "The file that holds the objects, or - for the standard input.")
	flags.StringVar(&im.zone, "time-zone", im.zone, "Time zone of schedules that name none: that of the other scaler's process.")
	flags.BoolVar(&inline, "inline", false, "Print the windows as they stand in a HorizontalAutoscaler.")
	input.isNeeded(command)
	command.RunE = func(command *cobra.Command, _ []string) error {
		text, err := input.read(command.InOrStdin())
		if err != nil {
			return err
		}
		im.now = time.Now()
		if err := im.importAll(text, add); err != nil {
			return fmt.Errorf("%s: %w", input, err)
		}
		return im.print(command.OutOrStdout(), command.ErrOrStderr(), inline)
	}
	return command
}

// importer collects windows, and what is to be said about them.
type importer struct {
	now  time.Time
	zone string
	// schedules wait until all of their users, HorizontalPodAutoscalers, are known.
	schedules []scalingScheduleObject
	users     []scheduleUser
	windows   []scaleWindow
	report    []string
	found     int
	leftOut   bool
}

// scaleWindow is a ScaleWindow as people write one: without a status.
type scaleWindow struct {
	metav1.TypeMeta `json:",inline"`
	Metadata        objectName               `json:"metadata"`
	Spec            v1alpha1.ScaleWindowSpec `json:"spec"`
}

type objectName struct {
	Name      string `json:"name"`
	Namespace string `json:"namespace,omitempty"`
}

// importAll imports every object of a file.
func (im *importer) importAll(text []byte, add func(*importer, []byte) error) error {
	if err := im.read(text, func(document []byte) error { return add(im, document) }); err != nil {
		return err
	}
	for i := range im.schedules {
		im.addSchedules(&im.schedules[i])
	}
	return nil
}

// read gives every object of the file to add.
func (im *importer) read(text []byte, add func(document []byte) error) error {
	var one func(document []byte) error
	one = func(document []byte) error {
		var meta metav1.TypeMeta
		if err := json.Unmarshal(document, &meta); err != nil {
			return errors.New("it is no object of Kubernetes: write apiVersion, kind, metadata and spec")
		}
		if strings.HasSuffix(meta.Kind, "List") {
			return eachItem(document, one)
		}
		return add(document)
	}
	if err := eachDocument(text, one); err != nil {
		return err
	}
	if im.found == 0 {
		return errors.New("there is no object in it that could be imported")
	}
	return nil
}

// note tells a difference, wrong what the other scaler gets wrong, and leave what is not imported.
func (im *importer) note(about, format string, args ...any) { im.say("Note", about, format, args) }

func (im *importer) wrong(about, format string, args ...any) {
	im.say("Was wrong", about, format, args)
}

func (im *importer) leave(about, format string, args ...any) {
	im.leftOut = true
	im.say("Left out", about, format, args)
}

func (im *importer) say(what, about, format string, args []any) {
	im.report = append(im.report, what+": "+about+": "+fmt.Sprintf(format, args...))
}

// add takes a window if it is one that could open.
func (im *importer) add(about string, object objectName, target v1alpha1.WindowTarget, w v1alpha1.Window) {
	spec := v1alpha1.ScaleWindowSpec{Targets: []v1alpha1.WindowTarget{target}, Window: w}
	errs := (&v1alpha1.ScaleWindow{Spec: spec}).Validate()
	if len(errs) > 0 {
		im.leave(about, "%v", errs.ToAggregate())
		return
	}
	if _, err := policy.CompileWindow(object.Name, &w); err != nil {
		im.leave(about, "%v", err)
		return
	}
	object.Name = im.unique(dnsName(object.Name))
	im.windows = append(im.windows, scaleWindow{
		TypeMeta: metav1.TypeMeta{APIVersion: v1alpha1.SchemeGroupVersion.String(), Kind: "ScaleWindow"}, Metadata: object, Spec: spec,
	})
}

// unique adds a number to a name that is taken.
func (im *importer) unique(name string) string {
	taken := map[string]bool{}
	for i := range im.windows {
		taken[im.windows[i].Metadata.Name] = true
	}
	for n := 2; taken[name]; n++ {
		if numbered := fmt.Sprintf("%s-%d", name, n); !taken[numbered] {
			return numbered
		}
	}
	return name
}

// dnsName makes a name that an object may have.
func dnsName(text string) string {
	name := strings.Trim(strings.Map(func(r rune) rune {
		if 'a' <= r && r <= 'z' || '0' <= r && r <= '9' {
			return r
		}
		return '-'
	}, strings.ToLower(text)), "-")
	return strings.Trim(name[:min(len(name), 58)], "-") // a number may follow
}

func (im *importer) print(out, errOut io.Writer, inline bool) error {
	for _, line := range im.report {
		_, _ = fmt.Fprintln(errOut, line) // there is nobody left to tell if it fails
	}
	before := ""
	for i := range im.windows {
		w := &im.windows[i]
		var answer any = w
		lead := "---\n"
		if inline {
			t := &w.Spec.Targets[0]
			answer = []v1alpha1.InlineWindow{{Name: w.Metadata.Name, Window: w.Spec.Window}}
			if lead = ""; before != t.Kind+"/"+t.Name {
				before = t.Kind + "/" + t.Name
				lead = "# of " + before + "\nwindows:\n"
			}
		}
		text, err := yaml.Marshal(answer)
		if err != nil {
			return fmt.Errorf("printing window %s: %w", w.Metadata.Name, err)
		}
		if _, err := io.WriteString(out, lead+string(text)); err != nil {
			return err
		}
	}
	if im.leftOut {
		return errLeftOut
	}
	return nil
}

// clocks tells when the clocks of a zone change next; empty for never.
func (im *importer) clocks(zone string) string {
	loc, err := time.LoadLocation(zone)
	if err != nil {
		return ""
	}
	_, end := im.now.In(loc).ZoneBounds()
	if end.IsZero() {
		return ""
	}
	return end.Format(time.DateOnly)
}
