package sandbox

import (
	"errors"
	"io"
	"mime/multipart"
	"net/http"
)

// readDirect reads a multipart POST /assets: the parameters as parts, the bytes as the part "file", streamed to disk.
// (Newer than the specification; the official SDK's upload helper uses it for small files.)
func (s *Server) readDirect(c *call) *apiError {
	parts, err := c.r.MultipartReader()
	if err != nil {
		return invalidInput(fieldError{"file", "The form could not be read."})
	}
	into := map[string]**string{
		"workspace_id": &c.create.WorkspaceID, "file_name": &c.create.FileName, "folder": &c.create.Folder,
		"content_type": &c.create.ContentType, "project_id": &c.create.ProjectID,
	}
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return invalidInput(fieldError{"file", "The form could not be read."})
		}
		if part.FormName() == "file" {
			if e := s.readDirectFile(c, part); e != nil {
				return e
			}
			continue
		}
		value, err := io.ReadAll(io.LimitReader(part, maxField))
		if err != nil {
			return invalidInput(fieldError{part.FormName(), "The form could not be read."})
		}
		if field := into[part.FormName()]; field != nil {
			given := string(value)
			*field = &given
		}
	}
	if c.incoming == nil {
		return invalidInput(fieldError{"file", "file is required."})
	}
	return nil
}

func (s *Server) readDirectFile(c *call, part *multipart.Part) *apiError {
	if c.incoming != nil {
		return invalidInput(fieldError{"file", "Only one file is allowed."})
	}
	out, err := s.objects.create(DirectLimit)
	if err != nil {
		return internalError(err)
	}
	c.incoming = out
	readErr, writeErr := out.copyFrom(part)
	switch {
	case errors.Is(writeErr, errTooLarge):
		return &apiError{status: http.StatusRequestEntityTooLarge, Code: "file_too_large", Message: "Direct uploads are limited to 4 MB; use the signed upload flow."}
	case writeErr != nil:
		return internalError(writeErr)
	case readErr != nil:
		return invalidInput(fieldError{"file", "The body ended early."})
	}
	if name := part.FileName(); c.create.FileName == nil && name != "" {
		c.create.FileName = &name
	}
	if media := part.Header.Get("Content-Type"); c.create.ContentType == nil && media != "" {
		c.create.ContentType = &media
	}
	return nil
}

// takeDirect makes an asset of the bytes that came with the request.
func (s *Server) takeDirect(c *call) (answer, *apiError) {
	return s.finish(c, "direct", "", c.fault.Fail)
}
