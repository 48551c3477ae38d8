package main

import (
	"fmt"
	"maps"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// image makes the image of one platform.
func image(b build, base v1.Layer) (v1.Image, error) {
	layers := []mutate.Addendum{{Layer: base, History: history(b, "CA certificates, user and licenses")}}
	for _, program := range programs {
		l, err := programLayer(b.revision.created, b.binary(program))
		if err != nil {
			return nil, fmt.Errorf("layer of %s: %w", program, err)
		}
		layers = append(layers, mutate.Addendum{Layer: l, History: history(b, "/"+program)})
	}
	image, err := mutate.ConfigFile(mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), types.OCIConfigJSON),
		&v1.ConfigFile{
			Architecture: b.platform.Architecture,
			OS:           b.platform.OS,
			Created:      v1.Time{Time: b.revision.created},
			RootFS:       v1.RootFS{Type: "layers"},
			Config: v1.Config{
				// The chart names the program of each pod.
				Entrypoint: []string{"/" + programs[0]},
				User:       fmt.Sprintf("%d:%d", user, user),
				WorkingDir: "/",
				Labels:     labels(b.revision),
			},
		})
	if err != nil {
		return nil, err
	}
	return mutate.Append(image, layers...)
}

func history(b build, comment string) v1.History {
	return v1.History{Created: v1.Time{Time: b.revision.created}, CreatedBy: "make image", Comment: comment}
}

// labels are those that https://github.com/opencontainers/image-spec/blob/main/annotations.md defines.
func labels(r revision) map[string]string {
	all := map[string]string{
		"org.opencontainers.image.title":         "flyball",
		"org.opencontainers.image.description":   "Horizontal autoscaler and metrics adapter for Kubernetes",
		"org.opencontainers.image.url":           "https://flyball.dev",
		"org.opencontainers.image.documentation": "https://flyball.dev/docs",
		"org.opencontainers.image.licenses":      "Apache-2.0",
		"org.opencontainers.image.vendor":        "The Flyball authors",
		"org.opencontainers.image.version":       r.version,
		"org.opencontainers.image.created":       r.created.Format(time.RFC3339),
	}
	if r.commit != "" {
		all["org.opencontainers.image.revision"] = r.commit
		if r.dirty {
			all["org.opencontainers.image.revision"] += "-dirty"
		}
	}
	return all
}

// index makes the list of the platforms' images, with the labels as annotations.
func index(builds []build, images []v1.Image) v1.ImageIndex {
	list := mutate.IndexMediaType(empty.Index, types.OCIImageIndex)
	for i, b := range builds {
		list = mutate.AppendManifests(list, mutate.IndexAddendum{Add: images[i], Descriptor: v1.Descriptor{Platform: &b.platform}})
	}
	annotated := mutate.Annotations(list, maps.Clone(labels(builds[0].revision)))
	return annotated.(v1.ImageIndex) //nolint:forcetypeassert // it returns the type of its argument
}
