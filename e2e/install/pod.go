package install

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"

	"flyball.dev/flyball/e2e/chart"
)

// pod is what a rendered Deployment would run.
type pod struct {
	spec      corev1.PodSpec
	container corev1.Container
}

// findPod finds the Deployment whose first container has the program's name.
func findPod(rendered *chart.Rendered, program string) (*pod, error) {
	for _, object := range rendered.Objects {
		var deployment appsv1.Deployment
		if object.GetKind() != "Deployment" {
			continue
		}
		if err := convert(object, &deployment); err != nil {
			return nil, err
		}
		spec := deployment.Spec.Template.Spec
		if len(spec.Containers) > 0 && spec.Containers[0].Name == program {
			return &pod{spec: spec, container: spec.Containers[0]}, nil
		}
	}
	return nil, fmt.Errorf("%s: %w", program, errNoPod)
}

// writeVolumes writes the files that the pod would find mounted, each under dir and the path of its mount.
func (p *pod) writeVolumes(dir string, rendered *chart.Rendered) error {
	for _, mount := range p.container.VolumeMounts {
		folder := filepath.Join(dir, mount.MountPath)
		if err := os.MkdirAll(folder, 0o700); err != nil {
			return err
		}
		for _, volume := range p.spec.Volumes {
			if volume.Name != mount.Name || volume.ConfigMap == nil && volume.Secret == nil {
				continue
			}
			files, err := filesOf(rendered, volume)
			if err != nil {
				return err
			}
			for name, content := range files {
				if err := os.WriteFile(filepath.Join(folder, name), []byte(content), 0o600); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// args are the container's arguments, with paths in its mounts led to where writeVolumes put them.
func (p *pod) args(dir string) []string {
	var args []string
	for _, arg := range p.container.Args {
		flag, value, isFlag := strings.Cut(arg, "=")
		for _, mount := range p.container.VolumeMounts {
			if isFlag && (value == mount.MountPath || strings.HasPrefix(value, mount.MountPath+"/")) {
				arg = flag + "=" + filepath.Join(dir, value)
			}
		}
		args = append(args, arg)
	}
	return args
}

// filesOf gives what is in a volume of a ConfigMap or a Secret that the chart renders.
func filesOf(rendered *chart.Rendered, volume corev1.Volume) (map[string]string, error) {
	kind, name := "ConfigMap", ""
	if volume.Secret != nil {
		kind, name = "Secret", volume.Secret.SecretName
	} else {
		name = volume.ConfigMap.Name
	}
	for _, object := range rendered.Objects {
		if object.GetKind() != kind || object.GetName() != name {
			continue
		}
		var found struct {
			Data       map[string]string `json:"data"`
			StringData map[string]string `json:"stringData"`
		}
		if err := convert(object, &found); err != nil {
			return nil, err
		}
		if kind == "Secret" {
			return found.StringData, nil
		}
		return found.Data, nil
	}
	return nil, fmt.Errorf("the chart renders no %s %s, which a pod of it mounts", kind, name)
}

func convert(object *unstructured.Unstructured, into any) error {
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(object.Object, into); err != nil {
		return fmt.Errorf("%s %s: %w", object.GetKind(), object.GetName(), err)
	}
	return nil
}
