# Runs a formula's install in the current directory, as far as Homebrew's language
# is used there.   usage: ruby formula.rb FORMULA PREFIX
require "fileutils"
require "pathname"

class Pathname
  def install(source)
    mkpath
    FileUtils.cp(source, self / File.basename(source))
  end

  def install_symlink(links)
    mkpath
    links.each { |target, name| FileUtils.ln_s(target, self / name) }
  end
end

class Formula
  PREFIX = Pathname.new(ARGV[1])
  class << self
    %i[desc homepage url version sha256 depends_on test].each { |name| define_method(name) { |*| } }
  end
  { bin: "bin", libexec: "libexec", man1: "share/man/man1",
    bash_completion: "etc/bash_completion.d", zsh_completion: "share/zsh/site-functions",
    fish_completion: "share/fish/vendor_completions.d" }.each do |name, place|
    define_method(name) { PREFIX / place }
  end
end

load ARGV[0]
Fabrik.new.install
