// Our .proto files against the published protocols, both ways: nothing differs,
// and there is nothing that they do not have.
#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>
#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <sstream>

#include "build/bazel/remote/asset/v1/remote_asset.pb.h"
#include "build/bazel/remote/execution/v2/remote_execution.pb.h"
#include "build/bazel/semver/semver.pb.h"
#include "google/bytestream/bytestream.pb.h"
#include "google/rpc/status.pb.h"
#include "grpc/health/v1/health.pb.h"

namespace fabrik {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::FileDescriptor;
using google::protobuf::ServiceDescriptor;

std::string type_of(const FieldDescriptor& field) {
  if (field.message_type() != nullptr) {
    return field.message_type()->full_name();
  }
  return field.enum_type() != nullptr ? field.enum_type()->full_name() : field.type_name();
}

// What a file declares, in the words of facts.txt.
class Lines {
 public:
  std::set<std::string> all;

  void add(const FileDescriptor& file) {
    EXPECT_EQ(file.syntax(), FileDescriptor::SYNTAX_PROTO3) << file.name();
    for (int i = 0; i < file.message_type_count(); ++i) {
      add(*file.message_type(i));
    }
    for (int i = 0; i < file.service_count(); ++i) {
      add(*file.service(i));
    }
  }

 private:
  void add(const Descriptor& message) {
    const std::string& name = message.full_name();
    // Wrappers that only hold an enum are not listed.
    if (message.field_count() > 0 || message.nested_type_count() + message.enum_type_count() == 0) {
      all.insert("message " + name);
    }
    for (int i = 0; i < message.field_count(); ++i) {
      const FieldDescriptor& field = *message.field(i);
      all.insert("field " + name + " " + std::to_string(field.number()) + " " + field.name() +
                 (field.is_repeated() ? " repeated " : " single ") + type_of(field));
    }
    for (int i = 0; i < message.reserved_range_count(); ++i) {
      for (int number = message.reserved_range(i)->start; number < message.reserved_range(i)->end;
           ++number) {
        all.insert("reserved " + name + " " + std::to_string(number));
      }
    }
    for (int i = 0; i < message.nested_type_count(); ++i) {
      add(*message.nested_type(i));
    }
    for (int i = 0; i < message.enum_type_count(); ++i) {
      add(*message.enum_type(i));
    }
  }

  void add(const EnumDescriptor& values) {
    for (int i = 0; i < values.value_count(); ++i) {
      all.insert("enum " + values.full_name() + " " + std::to_string(values.value(i)->number()) +
                 " " + values.value(i)->name());
    }
  }

  void add(const ServiceDescriptor& service) {
    for (int i = 0; i < service.method_count(); ++i) {
      const auto& method = *service.method(i);
      const char* kind = method.client_streaming()   ? " client_stream"
                         : method.server_streaming() ? " server_stream"
                                                     : " unary";
      all.insert("method " + service.full_name() + " " + method.name() + " " +
                 method.input_type()->full_name() + " " + method.output_type()->full_name() + kind);
    }
  }
};

std::set<std::string> ours() {
  Lines lines;
  lines.add(*build::bazel::remote::execution::v2::Digest::descriptor()->file());
  lines.add(*build::bazel::remote::asset::v1::Qualifier::descriptor()->file());
  lines.add(*build::bazel::semver::SemVer::descriptor()->file());
  lines.add(*google::bytestream::ReadRequest::descriptor()->file());
  lines.add(*google::rpc::Status::descriptor()->file());
  lines.add(*grpc::health::v1::HealthCheckRequest::descriptor()->file());
  return lines.all;
}

std::set<std::string> published() {
  std::set<std::string> lines;
  std::ifstream file(PROTO_FACTS);
  for (std::string line; std::getline(file, line);) {
    if (!line.empty() && line.front() != '#') {
      lines.insert(line);
    }
  }
  return lines;
}

std::string only_in(const std::set<std::string>& some, const std::set<std::string>& others) {
  std::ostringstream text;
  for (const std::string& line : some) {
    if (!others.contains(line)) {
      text << line << "\n";
    }
  }
  return text.str();
}

TEST(Proto, HasThePublishedFieldsNumbersTypesAndServices) {
  const auto facts = published();
  ASSERT_GT(facts.size(), 300U) << "facts.txt is not complete";
  EXPECT_EQ(only_in(facts, ours()), "") << "missing or different in our files";
  EXPECT_EQ(only_in(ours(), facts), "") << "not published like that";
}

TEST(Proto, KeepsFieldsThatItDoesNotKnow) {
  build::bazel::remote::execution::v2::Digest digest;
  const std::string with_unknown =
      "\x0a\x01"
      "a"
      "\xfa\x3e\x02hi";  // hash, field 1007
  ASSERT_TRUE(digest.ParseFromString(with_unknown));
  EXPECT_EQ(digest.SerializeAsString(), with_unknown);
}

}  // namespace
}  // namespace fabrik
