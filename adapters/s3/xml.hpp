// XML as S3 needs it, both ways. Pure functions over bytes.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace fabrik::adapters {

// `text` with &, <, >, " and what XML cannot say otherwise replaced.
std::string xml_escape(std::string_view text);

// Appends <name>escaped text</name>.
void add_element(std::string& xml, std::string_view name, std::string_view text);

// Told what parse_xml() finds, in order.
class XmlHandler {
 public:
  virtual ~XmlHandler() = default;
  virtual void begin(std::string_view name) = 0;
  // `text`: all character data directly inside.
  virtual void end(std::string_view name, std::string_view text) = 0;
};

// Reads one document: elements (of at most 16 levels), text, the five named and all
// numeric entities, CDATA, comments. Attributes and namespace prefixes are dropped.
// invalid_argument for anything that is not well-formed, and for a document type:
// nothing that expands or fetches is ever followed.
Result<void> parse_xml(std::string_view document, XmlHandler& handler);

}  // namespace fabrik::adapters
