"""Moving between directories, and what becomes of the user's own values."""
from box import is_alive
from shell_case import EXPORTED, URL


class EnterAndLeave:
    def test_entering_sets_everything_and_leaving_takes_it_away(self):
        project = self.box.project("p")
        sh = self.shell()
        before = sh.env()
        sh.run(f"cd {project}")
        env = sh.env()
        self.assertEqual(set(EXPORTED) - set(env), set())
        self.assertEqual(env["GRADLE_BUILD_CACHE_URL"], env[URL] + "/cache/")
        self.assertTrue(is_alive(int(env["FABRIK_DAEMON_PID"])))
        sh.run(f"cd {self.box.home}")
        after = sh.env()
        for changing in ("OLDPWD", "PWD", "_"):
            before.pop(changing, None)
            after.pop(changing, None)
        self.assertEqual(after, before)

    def test_a_shell_that_starts_inside_is_inside(self):
        project = self.box.project("p")
        self.assertIsNotNone(self.shell(cwd=project).get(URL))

    def test_a_subdirectory_belongs_to_the_project(self):
        project = self.box.project("p")
        self.box.folder("p/a/b")
        sh = self.shell()
        sh.run(f"cd {project}/a/b")
        url = sh.get(URL)
        self.assertIsNotNone(url)
        sh.run("cd ../..")
        self.assertEqual(sh.get(URL), url)

    def test_siblings_and_nested_projects_replace_each_other(self):
        a, b = self.box.project("a"), self.box.project("b")
        inner = self.box.project("a/inner", '[build_tools]\nenabled = ["nx"]\n')
        sh = self.shell()
        sh.run(f"cd {a}")
        in_a = self.ours(sh.env())
        sh.run(f"cd {b}")
        in_b = self.ours(sh.env())
        self.assertNotEqual(in_a[URL], in_b[URL])
        self.assertNotEqual(in_a["FABRIK_DAEMON_PID"], in_b["FABRIK_DAEMON_PID"])
        sh.run(f"cd {inner}")
        in_inner = self.ours(sh.env())
        self.assertNotIn("TURBO_API", in_inner)
        self.assertNotIn(in_inner[URL], (in_a[URL], in_b[URL]))
        sh.run("cd ..")
        self.assertEqual(self.ours(sh.env()), in_a)
        sh.run("cd ..")
        self.assert_outside(sh)

    def test_a_command_behind_cd_on_the_same_line_has_the_variables(self):
        project = self.box.project("p")
        sh = self.shell()
        out = self.box.file("out")
        sh.run(f"cd {project} {self.dialect.and_then} /usr/bin/env > {out}")
        self.assertIn(f"{URL}=http://127.0.0.1:", out.read_text())

    def test_a_function_that_changes_the_directory_has_the_variables(self):
        project = self.box.project("p")
        sh = self.shell()
        out = self.box.file("out")
        sh.run(self.dialect.function(
            "go", f"cd {project}; /usr/bin/env > {out}; cd {self.box.home}"))
        sh.run("go")
        self.assertIn(f"{URL}=http://127.0.0.1:", out.read_text())
        self.assert_outside(sh)

    def test_pushd_and_popd(self):
        project = self.box.project("p")
        sh = self.shell()
        sh.run(f"pushd {project}")
        self.assertIsNotNone(sh.get(URL))
        sh.run("popd")
        self.assert_outside(sh)

    def test_a_failed_cd_changes_nothing_and_says_so(self):
        project = self.box.project("p")
        sh = self.shell(cwd=project)
        before = self.ours(sh.env())
        sh.send("cd /nowhere/at/all\n")
        status = sh.result(f"echo {self.dialect.last_status}")
        self.assertNotEqual(status.strip(), "0")
        self.assertEqual(self.ours(sh.env()), before)

    def test_names_that_need_quoting(self):
        name = "it's a $(touch executed) \"p\" `touch executed`; é\\"
        project = self.box.project(name)
        self.box.folder(f"{name}/sub")
        sh = self.shell()
        sh.run(f"cd {self.dialect.quote(str(project))}")
        self.assertIsNotNone(sh.get(URL))
        sh.run("cd sub")
        self.assertIsNotNone(sh.get(URL))
        sh.run(f"cd {self.box.home}")
        self.assert_outside(sh)
        self.assertEqual(list(self.box.path.rglob("executed")), [])

    def test_a_directory_reached_through_a_symlink(self):
        self.box.project("p")
        target = self.box.folder("p/deep/down")
        link = self.box.home / "link"
        link.symlink_to(target)
        sh = self.shell()
        sh.run(f"cd {link}")
        self.assertIsNotNone(sh.get(URL))
        sh.run(f"cd {self.box.home}")
        self.assert_outside(sh)

    def test_disabled_means_outside(self):
        project = self.box.project("p")
        sh = self.shell(cwd=project)
        self.assertIsNotNone(sh.get(URL))
        sh.run(self.dialect.export("FABRIK_DISABLE", "1"))
        self.assert_outside(sh)
        sh.run(self.dialect.unset("FABRIK_DISABLE"))
        self.assertIsNotNone(sh.get(URL))


class WhatTheUserHad:
    def test_values_from_before_come_back(self):
        project = self.box.project("p")
        d = self.dialect
        sh = self.shell("\n".join([
            d.export("NX_SELF_HOSTED_REMOTE_CACHE_SERVER", "http://mine it's"),
            d.export("TURBO_TOKEN", ""),
            d.set_unexported("TURBO_TEAM", "hidden 'team'"),
            d.export("GRADLE_OPTS", "-Xmx1g  -Da='b c' "),
        ]))
        sh.run(f"cd {project}")
        env = sh.env()
        self.assertEqual(env["NX_SELF_HOSTED_REMOTE_CACHE_SERVER"], env[URL])
        self.assertEqual(env["TURBO_TEAM"], "fabrik")
        self.assertEqual(env["GRADLE_OPTS"],
                         f"-Xmx1g  -Da='b c'  -Dfabrik.gradle.url={env[URL]}/cache/")
        sh.run(f"cd {self.box.home}")
        env = sh.env()
        self.assertEqual(env["NX_SELF_HOSTED_REMOTE_CACHE_SERVER"], "http://mine it's")
        self.assertEqual(env["TURBO_TOKEN"], "")
        self.assertEqual(env["GRADLE_OPTS"], "-Xmx1g  -Da='b c' ")
        self.assertNotIn("TURBO_TEAM", env)
        self.assertNotIn("TURBO_API", env)
        self.assertEqual(sh.result('echo "$TURBO_TEAM"').strip(), "hidden 'team'")

    def test_an_own_cache_server_is_left_alone(self):
        project = self.box.project("p")
        d = self.dialect
        sh = self.shell("\n".join([d.export("TURBO_API", "https://mine"),
                                   d.export("CCACHE_REMOTE_STORAGE", "redis://mine")]))
        sh.run(f"cd {project}")
        env = sh.env()
        self.assertEqual(env["TURBO_API"], "https://mine")
        self.assertEqual(env["CCACHE_REMOTE_STORAGE"], "redis://mine")
        self.assertNotIn("TURBO_TOKEN", env)
        self.assertNotIn("TURBO_TEAM", env)

    def test_what_the_user_changes_inside_stays(self):
        project = self.box.project("p")
        d = self.dialect
        sh = self.shell(d.export("TURBO_TEAM", ""), cwd=project)
        sh.run(d.export("TURBO_TEAM", "changed"))
        sh.run(d.unset("NX_SELF_HOSTED_REMOTE_CACHE_SERVER"))
        self.edit(project, "# edited\n")
        sh.run("")
        env = sh.env()
        self.assertEqual(env["TURBO_TEAM"], "changed")
        self.assertNotIn("NX_SELF_HOSTED_REMOTE_CACHE_SERVER", env)
        sh.run(f"cd {self.box.home}")
        env = sh.env()
        self.assertEqual(env["TURBO_TEAM"], "changed")
        self.assertNotIn("NX_SELF_HOSTED_REMOTE_CACHE_SERVER", env)
        self.assertNotIn("TURBO_TOKEN", env)
