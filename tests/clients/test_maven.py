import pathlib
import shutil
import sys

from support.sandbox import clients_dir
from support.scenarios import Client, Scenarios

EXTENSION = "1.2.1"
POM = """\
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>org.example</groupId><artifactId>app</artifactId><version>1</version>
  <properties>
    <maven.compiler.source>17</maven.compiler.source><maven.compiler.target>17</maven.compiler.target>
    <project.build.outputTimestamp>2020-01-01T00:00:00Z</project.build.outputTimestamp>
    <project.build.sourceEncoding>UTF-8</project.build.sourceEncoding>
  </properties>
</project>
"""
EXTENSIONS = f"""\
<extensions>
  <extension>
    <groupId>org.apache.maven.extensions</groupId>
    <artifactId>maven-build-cache-extension</artifactId><version>{EXTENSION}</version>
  </extension>
</extensions>
"""
# What docs/maven.md says.
CACHE = """\
<cache xmlns="http://maven.apache.org/BUILD-CACHE-CONFIG/1.2.0">
  <configuration>
    <remote enabled="true" saveToRemote="true" id="fabrik"><url>http://127.0.0.1:9/unused</url></remote>
  </configuration>
</cache>
"""


FILES = {"pom.xml": POM, ".mvn/extensions.xml": EXTENSIONS, ".mvn/maven-build-cache-config.xml": CACHE,
         "src/main/java/demo/App.java": "package demo;\npublic class App {\n}\n"}


def write_project(directory):
    for name, text in FILES.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def maven():
    return next(iter(sorted(clients_dir().glob("maven/apache-maven-*/bin/mvn"))), None)


class Maven(Scenarios, Client):
    name = "maven"
    carries_token = False
    outputs = ("target/*.jar",)

    @classmethod
    def missing(cls):
        return None if maven() else "maven"

    def project(self):
        write_project(self.box.project)
        # Plugins are fetched once, not once per test.
        self.repository = clients_dir() / "maven/repository"

    def build(self, **variables):
        return self.box.shell(f"{maven()} -B -o -Dmaven.repo.local={self.repository} "
                              f"-Dmaven.build.cache.location={self.box.root}/local-cache package", **variables)

    def wipe(self):
        self.box.remove("target")
        shutil.rmtree(self.box.root / "local-cache", ignore_errors=True)

    def is_hit(self, run):
        return "Found cached build, restoring org.example:app from cache" in run.output

    def test_store_damaged_under_a_running_daemon(self):
        # Entries this small are still in the worker's memory, so a hit may be right.
        expected = self.cold()
        self.assertGreater(self.box.damage_store(self.box.cache_dir()), 0)
        self.assert_built(self.rebuild(), expected)


if __name__ == "__main__":  # for packaging/test-dependencies.sh: the project, to fetch what its build needs
    write_project(pathlib.Path(sys.argv[1]))
